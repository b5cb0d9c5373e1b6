//  SPDX-License-Identifier: MIT
//
//  Calls a zp_server, as a peer in Node does: node call.js ENDPOINT

import assert from 'node:assert/strict'
import { Dealer, Request } from 'zeromq'
import * as wire from './wire.js'

const endpoint = process.argv[2]
const texts = frames => frames.map (String)

//  With correlation there is one more frame in the path
async function requests (options)
{
    const request = new Request (options)
    request.connect (endpoint)
    await request.send (['echo', 'hello'])
    assert.deepEqual (texts (await request.receive ()), ['hello'])
    await request.send (['echo', 'two', 'arguments'])
    assert.deepEqual (texts (await request.receive ()), ['two', 'arguments'])
    await request.send (['no.such'])
    const [error, code, text] = texts (await request.receive ())
    assert.deepEqual ([error, code], ['ERROR', 'UNIMPLEMENTED'])
    assert.match (text, /no\.such/)
    request.close ()
}

async function manyAtOnce ()
{
    const dealer = new Dealer ({ sendHighWaterMark: 0,
                                 receiveHighWaterMark: 0 })
    dealer.connect (endpoint)
    for (let n = 0; n < 1000; n++)
        await dealer.send (['', 'echo', String (n)])
    for (let n = 0; n < 1000; n++)
        assert.deepEqual (texts (await dealer.receive ()), ['', String (n)])
    dealer.close ()
}

async function envelopes ()
{
    const dealer = new Dealer ()
    dealer.connect (endpoint)
    const sent = { client: 0xF00DF00DF00DF00Dn, serial: 7n, attempt: 2,
                   timeMs: 30000, traceId: Buffer.from ('a trace of 16 b.') }
    await dealer.send ([wire.encode (sent), '', 'stream', 'a', 'b'])
    const kinds = [], bodies = []
    for (let n = 0; n < 3; n++) {
        const [header, empty, body] = await dealer.receive ()
        const got = wire.decode (header)
        assert.equal (empty.length, 0)
        assert.deepEqual ([got.client, got.serial, got.attempt],
                          [sent.client, sent.serial, sent.attempt])
        assert.deepEqual (got.traceId, sent.traceId)
        kinds.push (got.kind)
        bodies.push (String (body))
    }
    assert.deepEqual (kinds, [wire.PARTIAL, wire.PARTIAL, wire.REPLY])
    assert.deepEqual (bodies, ['a', 'b', 'end'])
    dealer.close ()
}

await requests ({})
await requests ({ correlate: true })
await manyAtOnce ()
await envelopes ()
