#  SPDX-License-Identifier: MIT
"""A server that answers zp-viewers as the gateway does, or as it should not."""

import collections
import http.server
import json
import threading
import time

import zmq

from peers import ANYWHERE, PATIENCE_S, Service

FILM = bytes(range(256)) * 600  # Some reads of libcurl

ACTS = {
    ("GET", "home"): "home",
    ("POST", "switch"): "switch",
    ("GET", "films"): "search",
    ("POST", "subscriptions"): "subscribe",
    ("POST", "cancellations"): "cancel",
    ("POST", "support"): "support",
    ("POST", "exports"): "export",
    ("POST", "uploads"): "upload",
}
HOME = {"profile": {"profile": "ada"}, "may_watch": {}, "for_you": {},
        "trending": {}}
ENDED = {"subscriptions": "COMPLETED", "support": "answered",
         "exports": "ready", "uploads": "encoded"}


class Request:
    """One that came, and how to answer it."""

    def __init__(self, handler):
        self.handler = handler
        self.method = handler.command
        self.path = handler.path
        self.headers = handler.headers
        self.body = handler.rfile.read(
            int(handler.headers.get("Content-Length", 0))).decode()
        parts = self.path.split("?")[0].split("/")
        self.id = parts[3] if len(parts) > 3 else None
        if parts[1] == "films":
            self.act = "play"
        elif len(parts) == 5:
            self.act = "confirm"
        elif self.id and self.method == "GET" and parts[2] != "home":
            self.act = "status of " + parts[2]
        else:
            self.act = ACTS[self.method, parts[2]]

    def answer(self, code, body=b"", size=None, **headers):
        """Answer with bytes, or JSON; and say that they are so many."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.handler.send_response(code)
        self.handler.send_header("Content-Length",
                                 len(body) if size is None else size)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)
        self.handler.close_connection = size is not None

    def hang_up(self):
        self.handler.close_connection = True

    def range(self):
        """(first byte, behind the last one), or None: all of it"""
        wanted = self.headers.get("Range")
        if not wanted:
            return None
        first, last = wanted.removeprefix("bytes=").split("-")
        return int(first), int(last) + 1


def send_film(request, film=FILM, size=None):
    span = request.range()
    first, end = span or (0, len(film))
    request.answer(206 if span else 200, film[first:end], size)


def answer_well(request):
    """As the gateway does when all is well."""
    act = request.act
    if act == "home":
        request.answer(200, HOME)
    elif act in ("switch", "search"):
        request.answer(200, {"films": []})
    elif act == "play":
        send_film(request)
    elif act == "upload":
        request.answer(200, {"upload": json.loads(request.body)["film"]})
    elif act == "confirm":
        request.answer(200, "RUNNING")
    elif act.startswith("status of "):
        request.answer(200, {"state": ENDED[act.removeprefix("status of ")]})
    else:
        request.answer(202, {"id": request.headers["Idempotency-Key"]})


class Quiet(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    block_on_close = False

    def handle_error(self, request, client):
        """Viewers may go when they like."""


class Server:
    """Answers as the function for an act says, or else well.

    came has all requests, in the order in which they came.
    """

    def __init__(self, case, **answers):
        self.answers = {name.replace("_of_", " of "): answer
                        for name, answer in answers.items()}
        self.came = []
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *arguments):
                pass

            def do_GET(self):
                request = Request(self)
                with outer.lock:
                    outer.came.append(request)
                    answer = outer.answers.get(
                        request.act, outer.answers.get("all", answer_well))
                answer(request)

            do_POST = do_GET

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_port
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       args=[0.01])
        self.thread.start()
        case.addCleanup(self.end)

    def end(self):
        if self.http:
            self.http.shutdown()
            self.thread.join()
            self.http.server_close()
            self.http = None

    def count(self, act):
        with self.lock:
            return sum(request.act == act for request in self.came)

    def acts(self):
        """How often each came."""
        with self.lock:
            return collections.Counter(request.act for request in self.came)


class Gateway:
    """Says where the server is, as the gateway does, with a plain socket."""

    def __init__(self, case, server, endpoint=ANYWHERE):
        self.server = server
        self.asked = 0
        self.endpoint = Service(
            case, zmq.REP, self.tell, endpoint).endpoint

    def tell(self, socket, frames):
        assert frames == [b"gateway.url"], frames
        self.asked += 1
        socket.send(self.server.url.encode())


def wait_until(condition, what):
    """Look again and again until it is true, and return that."""
    end = time.monotonic() + PATIENCE_S
    found = condition()
    while not found:
        assert time.monotonic() < end, "never happened: " + what
        time.sleep(0.01)
        found = condition()
    return found
