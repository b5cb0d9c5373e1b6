#  SPDX-License-Identifier: MIT
"""Sends one message as often and as fast as the peer takes it.

flood.py ENDPOINT FRAME... with frames in hexadecimal. Prints a line for each
thousand messages, and ends with its stdin.
"""

import os
import sys
import threading

import zmq


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
socket = zmq.Context().socket(zmq.DEALER)
socket.connect(sys.argv[1])
frames = [bytes.fromhex(frame) for frame in sys.argv[2:]]
while True:
    for _ in range(1000):
        socket.send_multipart(frames)
    print("1000 sent", flush=True)
