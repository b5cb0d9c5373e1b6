#  SPDX-License-Identifier: MIT
"""Plain ROUTER/DEALER proxies between the peers; peers that are replaced."""

import unittest

import zmq

import wire
from peers import Caller, Case, Server, Service, proxy, rep_echo
from wire import Envelope


class Proxied:
    """What must work through any number of proxies."""

    hops = 0

    def through(self, endpoint):
        for _ in range(self.hops):
            endpoint = proxy(self, endpoint)
        return endpoint

    def setUp(self):
        super().setUp()
        self.server = Server(self)
        self.endpoint = self.through(self.server.endpoint)

    def test_req_to_our_server(self):
        req = self.socket(zmq.REQ, self.endpoint)
        self.assertEqual(self.ask(req, b"echo", b"a", b"b"), [b"a", b"b"])
        self.assertEqual(self.ask(req, b"no.such")[:2],
                         [b"ERROR", b"UNIMPLEMENTED"])

    def test_dealer_to_our_server(self):
        dealer = self.socket(zmq.DEALER, self.endpoint)
        header = Envelope(client=1, serial=2, attempt=3).encode()
        dealer.send_multipart([header, b"", b"echo", b"hello"])
        header, *rest = dealer.recv_multipart()
        self.assertEqual(rest, [b"", b"hello"])
        reply = wire.decode(header)
        self.assertEqual((reply.kind, reply.client, reply.serial,
                          reply.attempt), (wire.REPLY, 1, 2, 3))
        self.assertEqual(
            reply.marks,
            wire.MARK_SERVER | (0 if self.hops else wire.MARK_COMPACT))

    def test_our_client_to_our_server(self):
        caller = Caller(self, self.endpoint)
        sent = {caller.start("echo", str(n)): n for n in range(1000)}
        self.assertEqual(caller.ends(1000), {
            tag: ("OK", 1, str(n)) for tag, n in sent.items()})
        for n in range(10):
            self.assertEqual(caller.call("echo", "more"), ("OK", 1, "more"))
        self.assertEqual(caller.stats(), (0, 0, 0 if self.hops else 1))

    def test_large_parts(self):
        caller = Caller(self, self.endpoint)
        large = "x" * 100000
        for _ in range(10):
            self.assertEqual(caller.call("echo", large), ("OK", 1, large))

    def test_many_large_replies_at_once(self):
        caller = Caller(self, self.endpoint)
        caller.call("echo", "hello")
        large = "x" * (wire.INLINE + 1)
        sent = {caller.start("hold", *[large] * count, timeout_ms=9000): count
                for count in (31, 63, 31, 63)}
        self.await_in_flight(self.server, len(sent))
        release = caller.start("release")
        ended = caller.ends(len(sent) + 1)
        self.assertEqual(ended.pop(release), ("OK", 1, "0"))
        self.assertEqual(ended, {
            tag: ("OK", 1, " ".join([large] * count))
            for tag, count in sent.items()})

    def test_a_streamed_reply(self):
        caller = Caller(self, self.endpoint)
        tag = caller.start("stream", "a", "b")
        self.assertEqual([caller.hear() for _ in range(3)], [
            f"{tag} piece a", f"{tag} piece b", f"{tag} OK 1 end"])

    def test_a_cancel(self):
        caller = Caller(self, self.endpoint)
        caller.call("echo", "hello")  # Now it knows that it may cancel
        tag = caller.start("hold")
        caller.call("echo", "hello")  # Now the server has it
        caller.say(f"cancel {tag}")
        self.assertEqual(caller.ends(1)[tag][0], "CANCELLED")
        self.assertEqual(caller.call("release"), ("OK", 1, "1"))

    def test_our_client_to_a_rep(self):
        service = Service(self, zmq.REP, rep_echo)
        caller = Caller(self, self.through(service.endpoint))
        sent = {caller.start("echo", str(n)): n for n in range(1000)}
        self.assertEqual(caller.ends(1000), {
            tag: ("OK", 1, str(n)) for tag, n in sent.items()})
        self.assertEqual(caller.stats(), (0, 0, 0))


class NoProxy(Proxied, Case):
    """For comparison: the same, and they may be compact."""


class OneProxy(Proxied, Case):
    hops = 1


class TwoProxies(Proxied, Case):
    hops = 2


class Replaced(Case):
    """Another peer takes over the endpoint of the one before."""

    def test_our_server_by_a_rep_and_back(self):
        server = Server(self)
        endpoint = server.endpoint
        caller = Caller(self, endpoint)
        for _ in range(3):
            self.assertEqual(caller.call("echo", "hello"), ("OK", 1, "hello"))
            self.assertEqual(caller.stats(), (0, 0, 1))
            server.kill()
            tag = caller.start("echo", "while nobody is there")
            service = Service(self, zmq.REP, rep_echo, endpoint)
            self.assertEqual(caller.ends(1)[tag][::2],
                             ("OK", "while nobody is there"))
            self.assertEqual(caller.call("echo", "hello")[::2],
                             ("OK", "hello"))
            self.assertEqual(caller.stats(), (0, 0, 0))
            service.end()
            server = Server(self, endpoint)
            self.assertEqual(caller.call("echo", "back")[::2], ("OK", "back"))

    def test_what_the_old_one_had_taken_the_new_one_answers(self):
        server = Server(self)
        caller = Caller(self, server.endpoint)
        caller.call("echo", "hello")
        held = [caller.start("hold", str(n)) for n in range(5)]
        caller.call("echo", "hello")  # Now the server has them
        server.kill()
        Service(self, zmq.REP, rep_echo, server.endpoint)
        self.assertEqual(caller.ends(len(held)), {
            tag: ("OK", 2, str(n)) for n, tag in enumerate(held)})

    def test_our_server_by_a_proxy_to_it(self):
        direct, behind = Server(self), Server(self)
        caller = Caller(self, direct.endpoint)
        caller.call("echo", "hello")
        self.assertEqual(caller.stats(), (0, 0, 1))
        direct.kill()
        proxy(self, behind.endpoint, direct.endpoint)
        for _ in range(10):
            self.assertEqual(caller.call("echo", "hello")[::2],
                             ("OK", "hello"))
        self.assertEqual(caller.stats(), (0, 0, 0))

    def test_the_server_behind_a_proxy(self):
        server = Server(self)
        caller = Caller(self, proxy(self, server.endpoint))
        self.assertEqual(caller.call("echo", "hello"), ("OK", 1, "hello"))
        server.kill()
        Service(self, zmq.REP, rep_echo, server.endpoint)
        status, attempts, text = caller.call("echo", "hello")
        self.assertEqual((status, text), ("OK", "hello"))

    def test_a_client_may_come_before_its_server(self):
        endpoint = f"ipc://{self.folder()}/early"
        caller = Caller(self, endpoint)
        tag = caller.start("echo", "early")
        Server(self, endpoint)
        self.assertEqual(caller.ends(1)[tag], ("OK", 1, "early"))


if __name__ == "__main__":
    unittest.main()
