//  SPDX-License-Identifier: MIT
//
//  The open form of the wire format, written from its description alone

export const REQUEST = 1, REPLY = 2, PARTIAL = 3
export const SIZE = 52

export function encode (envelope)
{
    const frame = Buffer.alloc (SIZE)
    frame.write ('ZP\x01', 0, 'latin1')
    frame[3] = envelope.kind ?? REQUEST
    frame[4] = envelope.status ?? 0
    frame[5] = envelope.attempt ?? 1
    frame[6] = envelope.marks ?? 0
    frame.writeUInt32BE (envelope.timeMs ?? 0, 8)
    frame.writeBigUInt64BE (envelope.client ?? 0n, 12)
    frame.writeBigUInt64BE (envelope.serial ?? 0n, 20)
    envelope.traceId?.copy (frame, 28)
    return frame
}

export function decode (frame)
{
    if (frame.length !== SIZE || frame.toString ('latin1', 0, 3) !== 'ZP\x01')
        return null
    return {
        kind: frame[3], status: frame[4], attempt: frame[5], marks: frame[6],
        timeMs: frame.readUInt32BE (8), client: frame.readBigUInt64BE (12),
        serial: frame.readBigUInt64BE (20), traceId: frame.subarray (28, 44)
    }
}
