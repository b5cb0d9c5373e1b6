//  SPDX-License-Identifier: MIT
//
//  A service in sagas, which prints its endpoint; and who asks the coordinator
//  of these, whose endpoint is the first line that comes. Ends with its stdin.

import assert from 'node:assert/strict'
import readline from 'node:readline'
import { Reply, Request } from 'zeromq'

const came = []

//  Whoever asks for more than there is, is refused; all else is done
async function serve (socket)
{
    for await (const parts of socket) {
        const [method, key, kind, input, result] = parts.map (String)
        came.push (`${method} ${key} ${kind} ${result}`)
        const { cents } = JSON.parse (input)
        if (key.endsWith ('/pay') && cents > 100)
            await socket.send (['refused', 'NO_MONEY', 'too dear'])
        else
            await socket.send (['done', '{"seat":7}'])
    }
}

const service = new Reply ()
await service.bind ('tcp://127.0.0.1:*')
serve (service)
console.log (service.lastEndpoint)

const lines = readline.createInterface ({ input: process.stdin })
lines.on ('close', () => process.exit ())
const endpoint = await new Promise (heard =>
    lines.once ('line', heard))
const request = new Request ()
request.connect (endpoint)

async function ask (...parts)
{
    await request.send (parts)
    return (await request.receive ()).map (String)
}

for (const [id, cents, end] of [['f1', 5, 'COMPLETED'],
                                ['f2', 500, 'COMPENSATED']]) {
    const input = JSON.stringify ({ cents })
    assert.deepEqual (await ask ('saga.start', 'film', id, input), [id])
    const [said] = await ask ('saga.wait', id)
    assert.equal (JSON.parse (said).state, end)
}
assert.deepEqual (came, ['do f1/seat action null', 'do f1/pay action null',
                         'do f2/seat action null', 'do f2/pay action null',
                         'undo f2/seat compensate {"seat":7}'])
assert.deepEqual (await ask ('saga.show', 'f3'),
                  ['ERROR', 'NOT_FOUND',
                   "there is no saga 'f3', or not any more"])
request.close ()
console.log ('well')
