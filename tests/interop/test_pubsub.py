#  SPDX-License-Identifier: MIT
"""Plain SUB, PUB and REQ sockets around our publisher and our subscriber."""

import json
import time
import unittest

import zmq

import updates
from peers import ANYWHERE, POLL_S, Case, Pub, Sub, endpoint_of
from updates import DELETED, EVENT, VALUE, Update, want


class Pubsub(Case):

    def listen(self, endpoint, *topics):
        """A SUB socket that wants what begins so, and what reach () sends."""
        sub = self.socket(zmq.SUB, endpoint, rcvhwm=0)
        for topic in (*topics, b"reach"):
            sub.subscribe(topic)
        return sub


class Publisher(Pubsub):
    """Our publisher is zp pub."""

    def setUp(self):
        super().setUp()
        self.start()

    def start(self, *options):
        self.pub = Pub(self, *options)
        self.req = self.socket(zmq.REQ, self.pub.requests)

    def hear(self, sub):
        """The next update; who wants all gets what is none, too."""
        while (frame := sub.recv()).startswith(updates.NOT_UPDATES):
            pass
        return updates.decode(frame)

    def reach(self, *subs):
        """Publish until the subscriptions of all are in force."""
        for sub in subs:
            while not sub.poll(1000 * POLL_S):
                self.pub.event("reach", "")
        self.pub.event("reach", "end")
        for sub in subs:
            while self.hear(sub).payload != b"end":
                pass

    def await_sequence(self, number):
        while self.stat()["sequence"] < number:
            pass

    def stat(self):
        return json.loads(self.ask(self.req, b"pub.stat")[0])

    def snapshot(self, stem):
        """(pages, last will) of a stem."""
        pages, after = [], (b"", b"")
        while not pages or pages[-1].more:
            head, frames, will, life = self.ask(
                self.req, b"pub.snapshot", stem, *after)
            pages.append(updates.decode_page(head, frames))
            if pages[-1].updates:
                after = pages[-1].updates[-1].topic.encode(), life
        return pages, will

    def replay(self, stream, *wants):
        return self.ask(self.req, b"pub.replay", stream.to_bytes(8, "big"),
                        b"".join(wants))


class Updates(Publisher):

    def test_what_an_update_looks_like(self):
        sub = self.listen(self.pub.updates, b"storm/")
        self.reach(sub)
        before_us = time.time_ns() // 1000
        self.pub.set("storm/north/harbour", "red", ttl_ms=60000)
        self.pub.event("storm/siren", "it howls")
        self.pub.delete("storm/north/harbour")
        first, second, third = (self.hear(sub) for _ in range(3))
        stat = self.stat()
        number, stream = first.sequence, int(stat["stream"], 16)
        self.assertEqual(stat["sequence"], number + 2)
        for update in first, second, third:
            self.assertGreaterEqual(update.time_us, before_us)
            self.assertLessEqual(update.time_us, time.time_ns() // 1000)
        self.assertEqual(first._replace(distances=()), Update(
            "storm/north/harbour", VALUE, 60000, stream, number,
            first.time_us, (), b"red"))
        self.assertEqual(len(first.distances), 3)
        self.assertEqual(second._replace(distances=second.distances[:1]),
                         Update("storm/siren", EVENT, 0, stream, number + 1,
                                second.time_us, (1,), b"it howls"))
        self.assertEqual(third, Update(
            "storm/north/harbour", DELETED, 0, stream, number + 2,
            third.time_us, (1, 2, 2), b""))

    def test_several_beside_one_of_ours_each_has_what_it_wants(self):
        storms = self.listen(self.pub.updates, b"storm/")
        fires = self.listen(self.pub.updates, b"fire\0")
        both = self.listen(self.pub.updates, b"storm/", b"storm/1", b"fire\0")
        every = self.listen(self.pub.updates, b"")
        ours = Sub(self, f"{self.pub.updates},{self.pub.requests}", "storm/#",
                   "fire", "firewood")
        joined = 0
        while joined < 3:
            joined += ours.news()["kind"] == "joined"
        self.reach(storms, fires, both, every)
        sent = []
        for n in range(50):  # For each there is room
            for topic in f"storm/{n % 3}", "fire", "firewood":
                sent.append((topic, n))
                self.pub.set(topic, n)

        def heard(sub, *wanted):
            expected = [(topic, b"%d" % n) for topic, n in sent
                        if (topic + "\0").startswith(wanted)]
            got = [self.hear(sub) for _ in expected]
            self.assertEqual([(one.topic, one.payload) for one in got],
                             expected)
            numbers = [one.sequence for one in got]
            self.assertEqual(numbers, sorted(set(numbers)))
        heard(storms, "storm/")
        heard(both, "storm/", "fire\0")
        heard(every, "")
        heard(fires, "fire\0")
        self.assertEqual(sorted(ours.updates(len(sent))), sorted(sent))

    def test_who_ends_or_wants_no_more_harms_nobody(self):
        stays = self.listen(self.pub.updates, b"a")
        wants_less = self.listen(self.pub.updates, b"a", b"b")
        ends = self.listen(self.pub.updates, b"a")
        self.reach(stays, wants_less, ends)
        ends.close()
        wants_less.unsubscribe(b"a")
        #  Its wishes are heard one after the other
        wants_less.subscribe(b"less")
        while not wants_less.poll(1000 * POLL_S):
            self.pub.event("less", "")
        self.pub.event("a", "1")
        self.pub.event("b", "2")
        self.assertEqual(self.hear(stays).payload, b"1")
        while (update := self.hear(wants_less)).topic == "less":
            pass
        self.assertEqual((update.topic, update.payload), ("b", b"2"))


class Requests(Publisher):

    def test_a_snapshot_in_pages(self):
        values = {f"storm/{n:02}": f"{n} " + "x" * 50000 for n in range(20)}
        for topic, value in values.items():
            self.pub.set(topic, "old")
            self.pub.set(topic, value)
        self.pub.set("fire", "no")
        self.pub.set("storm/deleted", "no")
        self.pub.delete("storm/deleted")
        self.pub.event("storm/event", "no")
        self.await_sequence(44)
        pages, will = self.snapshot(b"storm/")
        self.assertGreater(len(pages), 2)
        self.assertEqual(will, b"")
        got = [one for page in pages for one in page.updates]
        self.assertEqual(len(got), 20)
        self.assertEqual({one.topic: one.payload.decode() for one in got},
                         values)
        self.assertEqual({page.sequence for page in pages}, {44})
        self.assertEqual({page.stream for page in pages},
                         {int(self.stat()["stream"], 16)})

    def test_snapshots_of_one_topic_of_all_and_of_nothing(self):
        self.pub.set("a", "1")
        self.pub.set("a/b", "2")
        self.await_sequence(2)
        for stem, expected in (b"a\0", ["a"]), (b"a/", ["a/b"]), (
                b"", ["a", "a/b"]), (b"none/", []):
            (page,), _ = self.snapshot(stem)
            self.assertEqual(sorted(one.topic for one in page.updates),
                             expected)

    def test_the_last_will_is_told(self):
        self.start("--will", "the office is closed")
        self.assertEqual(self.snapshot(b"")[1], b"the office is closed")

    def test_a_replay_of_two_stems(self):
        for n in range(1, 31):
            self.pub.event(("storm/x", "fire", "hail")[n % 3], str(n))
        self.await_sequence(30)
        stream = int(self.stat()["stream"], 16)
        page = updates.decode_page(*self.replay(
            stream, want(9, b"storm/"), want(20, b"fire\0")))
        self.assertEqual(page[:3], (stream, 30, False))
        self.assertEqual(
            [(one.sequence, one.payload) for one in page.updates],
            [(n, b"%d" % n) for n in range(1, 31)
             if n % 3 == 0 and n > 9 or n % 3 == 1 and n > 20])

    def test_a_replay_in_pages(self):
        for n in range(1, 41):
            self.pub.event("a", f"{n} " + "x" * 50000)
        self.await_sequence(40)
        stream = int(self.stat()["stream"], 16)
        got, page, pages = [], None, 0
        while not page or page.more:
            page = updates.decode_page(*self.replay(
                stream, want(page.sequence if page else 0, b"")))
            got += [one.sequence for one in page.updates]
            pages += 1
        self.assertEqual(got, list(range(1, 41)))
        self.assertGreater(pages, 2)

    def test_what_is_not_kept_and_what_is_of_another_life(self):
        self.start("--history", "10")
        for n in range(1, 101):
            self.pub.event("a", str(n))
        self.await_sequence(100)
        stream = int(self.stat()["stream"], 16)
        self.assertEqual(self.replay(stream, want(1, b""))[:2],
                         [b"ERROR", b"OUT_OF_RANGE"])
        self.assertEqual(self.replay(stream ^ 1, want(95, b""))[:2],
                         [b"ERROR", b"ABORTED"])
        page = updates.decode_page(*self.replay(stream, want(95, b"")))
        self.assertEqual([one.sequence for one in page.updates],
                         [96, 97, 98, 99, 100])

    def test_a_plain_peer_that_joins_late_misses_nothing(self):
        for n in range(1, 51):
            self.pub.set(f"count/{n % 5}", n)
        sub = self.listen(self.pub.updates, b"count/")
        self.reach(sub)
        for n in range(51, 101):
            self.pub.set(f"count/{n % 5}", n)
        (page,), _ = self.snapshot(b"count/")
        known = {one.topic: int(one.payload) for one in page.updates}
        while max(known.values()) < 100:
            update = self.hear(sub)
            if update.sequence > page.sequence:
                self.assertEqual(int(update.payload), known[update.topic] + 5)
                known[update.topic] += 5
        self.assertEqual(sorted(known.values()), list(range(96, 101)))


class Subscriber(Pubsub):
    """Our subscriber is zp sub, and the publisher a PUB socket."""

    def setUp(self):
        super().setUp()
        self.pub = self.socket(zmq.PUB, bind=ANYWHERE)
        self.sub = Sub(self, endpoint_of(self.pub), "storm/+/harbour", "reach")
        while self.sub.lines.empty():
            self.pub.send_multipart([b"reach", b""])
            time.sleep(POLL_S)
        self.pub.send_multipart([b"reach", b"end"])
        while self.sub.updates(1) != [("reach", "end")]:
            pass

    def test_it_hears_both_forms(self):
        self.pub.send_multipart([b"storm/1/harbour", b"one"])
        self.pub.send(b"storm/2/harbour\0two")
        self.pub.send_multipart([b"storm/3/harbour", b""])
        self.pub.send(b"storm/4/harbour\0")
        self.pub.send(b"storm/5/harbour")
        self.pub.send_multipart([b"storm/6/harbour\0six", b"no"])
        self.pub.send_multipart([b"storm/7/harbour", b"seven", b"no"] * 2)
        self.pub.send_multipart([b"storm/8/harbour", b"\0\xff"])
        self.assertEqual(self.sub.updates(8), [
            ("storm/1/harbour", "one"), ("storm/2/harbour", "two"),
            ("storm/3/harbour", ""), ("storm/4/harbour", ""),
            ("storm/5/harbour", ""), ("storm/6/harbour", "six"),
            ("storm/7/harbour", "seven"),
            ("storm/8/harbour", {"base64": "AP8="})])

    def test_what_no_filter_lets_through_is_left_out(self):
        self.pub.send_multipart([b"storm/1/beach", b"no"])
        self.pub.send_multipart([b"storm/harbour", b"no"])
        self.pub.send_multipart([b"storm/1/harbour/x", b"no"])
        self.pub.send_multipart([b"reaching", b"no"])
        self.pub.send_multipart([b"storm/1/harbour", b"yes"])
        self.assertEqual(self.sub.updates(1), [("storm/1/harbour", "yes")])

    def test_beside_plain_ones(self):
        plain = [self.listen(endpoint_of(self.pub), b"storm/")
                 for _ in range(3)]
        for sub in plain:
            while not sub.poll(1000 * POLL_S):
                self.pub.send_multipart([b"reach", b""])
        for n in range(100):
            self.pub.send_multipart([b"storm/1/harbour", b"%d" % n])
        for sub in plain:
            got = [sub.recv_multipart()]
            while got[-1][-1] != b"99":
                got.append(sub.recv_multipart())
            self.assertEqual([payload for topic, payload in got
                              if topic != b"reach"],
                             [b"%d" % n for n in range(100)])
        got = []
        while len(got) < 100:
            got += [payload for topic, payload in self.sub.updates(1)
                    if topic != "reach"]
        self.assertEqual(got, list(range(100)))


if __name__ == "__main__":
    unittest.main()
