//  SPDX-License-Identifier: MIT
//
//  Puts, reserves and acks at a queue's broker: node queue.js ENDPOINT

import assert from 'node:assert/strict'
import { Request } from 'zeromq'

const request = new Request ()
request.connect (process.argv[2])

async function ask (...parts)
{
    await request.send (parts)
    return await request.receive ()
}

const texts = frames => frames.map (String)
const body = Buffer.from ([0, 0xff, 0x7a])

assert.deepEqual (texts (await ask ('queue.put', 'jobs', body,
                                    '{"priority":9}')), ['1'])
const [receipt, got] = await ask ('queue.reserve', 'jobs')
assert.equal (String (receipt), '1:1:1')
assert.deepEqual (Buffer.from (got), body)
assert.deepEqual (texts (await ask ('queue.ack', receipt)), ['1'])
assert.deepEqual (texts (await ask ('queue.ack', receipt)),
                  ['ERROR', 'FAILED_PRECONDITION', '1:1:1 is gone'])
assert.deepEqual (texts (await ask ('queue.reserve', 'jobs')),
                  ['ERROR', 'NOT_FOUND', 'no message is ready in jobs'])
const [stat] = await ask ('queue.stat', 'jobs')
assert.equal (JSON.parse (stat).acked, 1)
request.close ()
