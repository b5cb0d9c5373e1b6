//  SPDX-License-Identifier: MIT
//
//  The two ends of publish/subscribe in Node, which end with their stdin:
//
//      node pubsub.js subscribe ENDPOINT TOPIC...   prints what it hears
//      node pubsub.js publish                       prints its endpoint
//
//  What it hears is a line of JSON each: kind, sequence, topic, payload. What
//  it says it reads so: [topic, payload], sent in two frames, or in one if
//  there is a third element.

import { createInterface } from 'node:readline'
import { Publisher, Subscriber } from 'zeromq'

const HEAD = 32

//  The drawing of it is at the top of patterns/pubsub/zp_update.c
function decode (frame)
{
    const nul = frame.indexOf (0)
    const topic = frame.toString ('utf8', 0, nul)
    const levels = topic.split ('/').length
    return { kind: frame[nul + 4],
             sequence: Number (frame.readBigUInt64BE (nul + 17)),
             topic,
             payload: frame.toString ('utf8', nul + 1 + HEAD + 4 * levels) }
}

async function subscribe (endpoint, ...topics)
{
    const socket = new Subscriber ({ receiveHighWaterMark: 0 })
    process.stdin.on ('end', () => socket.close ()).resume ()
    socket.connect (endpoint)
    socket.subscribe (...topics)
    for await (const [frame] of socket)
        console.log (JSON.stringify (decode (frame)))
}

async function publish ()
{
    const socket = new Publisher ({ linger: 0 })
    await socket.bind ('tcp://127.0.0.1:*')
    console.log (socket.lastEndpoint)
    for await (const line of createInterface ({ input: process.stdin })) {
        const [topic, payload, one] = JSON.parse (line)
        await socket.send (one ? `${topic}\0${payload}` : [topic, payload])
    }
    socket.close ()
}

const [role, ...words] = process.argv.slice (2)
await { subscribe, publish }[role] (...words)
