//  SPDX-License-Identifier: MIT
//
//  Services in Node for a zp_client to call: node serve.js reply|router
//
//  Prints the endpoint, and ends with its stdin. The router gathers three
//  requests, then answers them in reverse order, each twice, and each time
//  somebody else as well.

import { Reply, Router } from 'zeromq'
import * as wire from './wire.js'

async function reply (socket)
{
    for await (const [method, ...args] of socket)
        await socket.send (args)
}

async function router (socket)
{
    const waiting = []
    for await (const [peer, header, empty, method, ...args] of socket) {
        waiting.push ([peer, wire.decode (header), args])
        if (waiting.length < 3)
            continue
        for (const [to, envelope, parts] of waiting.splice (0).reverse ()) {
            const answer = { ...envelope, kind: wire.REPLY }
            const other = { ...answer, client: envelope.client ^ 1n }
            await socket.send ([to, wire.encode (other), '', 'not yours'])
            await socket.send ([to, wire.encode (answer), '', ...parts])
            await socket.send ([to, wire.encode (answer), '', 'again'])
        }
    }
}

const services = { reply: [Reply, reply], router: [Router, router] }
const [Socket, serve] = services[process.argv[2]]
const socket = new Socket ()
await socket.bind ('tcp://127.0.0.1:*')
process.stdin.on ('end', () => socket.close ()).resume ()
console.log (socket.lastEndpoint)
await serve (socket)
