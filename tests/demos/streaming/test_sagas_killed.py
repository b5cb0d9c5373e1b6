#  SPDX-License-Identifier: MIT
"""Whatever is killed or frozen while viewers come and go: in the end no saga is
open, and seats and money are all there.

ZP_SECONDS says for how long, and ZP_SEED which faults.
"""

import collections
import json
import os
import random
import signal
import threading
import time
import unittest

import zmq

import sagas
from peers import Case, PATIENCE_S

SECONDS = float(os.environ.get("ZP_SECONDS") or 4)
VIEWERS = 16  # At the same time
PROFILES = 30  # They share so many, so they get in each other's way
ANSWER_MS = 1000  # Then a viewer asks again
PLANS = [{"id": "basic", "cents": 499, "seats": 20},
         {"id": "premium", "cents": 999, "seats": 12}]


class Viewer(threading.Thread):
    """Subscribes, upgrades and leaves until the time is over, one saga after
    the other, each to its end."""

    def __init__(self, case, number, chance=None):
        super().__init__(daemon=True)
        self.context = case.context
        self.place = case.services.at("saga")
        self.number = number
        self.chance = chance
        self.over = threading.Event()
        self.ended = collections.Counter()
        self.trouble = None

    def ask(self, *parts):
        """What the coordinator says, however often it must be asked."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            socket = self.context.socket(zmq.REQ)
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = ANSWER_MS
            socket.connect(self.place)
            try:
                socket.send_multipart([part.encode() for part in parts])
                reply = [part.decode() for part in socket.recv_multipart()]
                if reply[0] != "ERROR":
                    return reply[0]
                if reply[1] == "FAILED_PRECONDITION":
                    return None  # It has gone on, or ended, meanwhile
                if reply[1] not in ("UNAVAILABLE", "DEADLINE_EXCEEDED",
                                    "UNKNOWN"):
                    raise AssertionError((parts, reply))
            except zmq.Again:
                pass
            finally:
                socket.close()
        raise AssertionError((parts, "nobody answers"))

    def live_through(self, order):
        """Start a saga, and see it end."""
        name = self.chance.choice(("subscribe", "subscribe", "upgrade",
                                   "cancel"))
        body = {"profile": f"p{self.chance.randrange(PROFILES)}"}
        if name == "subscribe":
            body["plan"] = self.chance.choice(("basic", "premium"))
        if name == "upgrade":
            body.update({"from": "basic", "plan": "premium"})
        if name != "cancel" and self.chance.randrange(10) == 0:
            body["card"] = "expired"
        if self.ask("saga.start", name, order, json.dumps(body)) != order:
            raise AssertionError("another saga was started")
        if name == "cancel":
            self.ask("saga.signal", order, "confirm", "true")
        state = None
        while state not in sagas.ENDED:
            state = json.loads(self.ask(
                "saga.wait", order, '{"wait_ms": 500}'))["state"]
        self.ended[name, state] += 1

    def run(self):
        try:
            count = 0
            while not self.over.is_set():
                count += 1
                self.live_through(f"v{self.number}-{count}")
        except Exception as trouble:
            self.trouble = trouble


class Operator(Viewer):
    """Lets sagas that are PARKED try again, until the viewers have ended."""

    def run(self):
        self.parked = 0
        try:
            while not self.over.wait(0.2):
                for saga in json.loads(self.ask(
                        "saga.ls", '{"state": "PARKED"}')):
                    self.parked += 1
                    self.ask("saga.retry", saga["id"], "tester",
                             "whatever it was, it is over")
        except Exception as trouble:
            self.trouble = trouble


class Killed(Case):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("ZP_SEED") or random.randrange(1 << 32))
        print(f"ZP_SEED={seed}")
        self.chance = random.Random(seed)
        plans = os.path.join(self.folder(), "plans.json")
        with open(plans, "w") as file:
            json.dump(PLANS, file)
        self.services = sagas.Constellation(
            self, plans, sagas.impatient(self))
        self.faults = collections.Counter()

    def harm(self):
        """Kill a program and start it again, or freeze it for a while."""
        name = self.chance.choice(("saga", "saga", "queue", "bus",
                                   *sagas.PARTNERS))
        kill = self.chance.randrange(4) > 0
        self.faults["kills" if kill else "freezes"] += 1
        if kill:
            self.services.restart(name)
        else:
            self.services.programs[name].signal(signal.SIGSTOP)
            time.sleep(self.chance.random() * 2 * ANSWER_MS / 1000)
            self.services.programs[name].signal(signal.SIGCONT)

    def check_invoices(self):
        """Each charge that was not refunded has one."""
        self.services.queue.await_empty("invoices")
        rows = self.services.billing.rows("ledger.entries")
        refunded = {row["key"] for row in rows
                    if row["what"] == "billing.refund"}
        charges = [row for row in rows if row["what"] == "billing.charge"
                   and row["key"] not in refunded]
        profile = {row["key"]: row["profile"] for row in charges
                   if row["account"] == "card"}
        names = {f"{profile[row['key']]}-{row['number']}.json"
                 for row in charges if row["account"] == "income"}
        folder = os.path.join(self.services.place, "invoices")
        self.assertEqual(
            {name for name in os.listdir(folder) if name.endswith(".json")},
            names)

    def end(self, threads):
        for one in threads:
            one.over.set()
        for one in threads:
            one.join(2 * PATIENCE_S)
            self.assertFalse(one.is_alive(), "a saga does not end")
            self.assertIsNone(one.trouble)

    def test_seats_and_money_are_conserved(self):
        viewers = [Viewer(self, number, random.Random(self.chance.random()))
                   for number in range(VIEWERS)]
        operator = Operator(self, VIEWERS)
        for one in (operator, *viewers):
            one.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.harm()
        self.end(viewers)
        self.end([operator])
        said = self.services.check_books()
        self.check_invoices()
        ended = sum((viewer.ended for viewer in viewers),
                    collections.Counter())
        for state in sagas.ENDED:
            self.assertGreater(sum(
                count for (name, how), count in ended.items()
                if how == state), 0, state)
        print(f"{sum(ended.values())} sagas in {SECONDS:g} s: " + ", ".join(
            f"{count} {name} {state}" for (name, state), count
            in sorted(ended.items())))
        print(f"{self.faults['kills']} kills, {self.faults['freezes']} "
              f"freezes; {operator.parked} were PARKED; "
              + said.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
