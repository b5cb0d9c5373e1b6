#  SPDX-License-Identifier: MIT
"""The services that sagas run over, and their coordinator."""

import json
import os
import subprocess

import zmq

import constellation
from constellation import STREAMING
import peers

PARTNERS = ("licence", "billing", "entitlement", "notifications")
ENDED = ("COMPLETED", "COMPENSATED")


DEFINITIONS = os.path.join(STREAMING, "sagas")


def impatient(case):
    """A folder with the definitions, which give up soon."""
    folder = case.folder()
    for name in os.listdir(DEFINITIONS):
        definition = constellation.load(os.path.join(DEFINITIONS, name))
        definition["defaults"] = {"timeout_ms": 500,
                                  "retry": {"max_attempts": 3}}
        for step in definition["steps"]:
            if "wait_for" in step:
                step["timeout_ms"] = 500
        with open(os.path.join(folder, name), "w") as file:
            json.dump(definition, file)
    return folder


class Coordinator(constellation.Service):
    def __init__(self, case, folder, definitions, **services):
        options = [part for name, endpoint in services.items()
                   for part in ("--service", f"{name}={endpoint}")]
        super().__init__(
            case, "zp", "saga", "serve", os.path.join(folder, "sagas.db"),
            definitions, *options, bind=f"ipc://{folder}/saga")


class Constellation:
    """Each program of it can be killed, and is then started again; where they
    listen stays the same."""

    def __init__(self, case, plans=None, definitions=DEFINITIONS):
        self.case = case
        self.definitions = definitions
        self.place = case.folder()
        self.plans = plans or constellation.plan_file()
        self.programs = {}
        for name in ("queue", "bus", *PARTNERS, "saga"):
            self.start(name)

    def at(self, name):
        return f"ipc://{self.place}/{'log' if name == 'bus' else name}"

    def start(self, name):
        case, place = self.case, self.place
        more = {"bind": self.at(name)}
        self.programs[name] = {
            "queue": lambda: constellation.Queue(case, place),
            "bus": lambda: constellation.Bus(case, place),
            "licence": lambda: constellation.licence(
                case, place, self.plans, **more),
            "billing": lambda: constellation.billing(
                case, place, self.at("queue"), self.at("saga"), self.plans,
                **more),
            "entitlement": lambda: constellation.entitlement(
                case, place, self.at("bus"), **more),
            "notifications": lambda: constellation.notifications(
                case, place, self.at("bus"), **more),
            "saga": lambda: Coordinator(
                case, place, self.definitions,
                **{one: self.at(one) for one in PARTNERS}),
        }[name]()

    def restart(self, name):
        self.programs[name].kill()
        self.start(name)

    def __getattr__(self, name):
        return self.programs[name]

    def ask(self, *parts):
        """The first part of the coordinator's reply; None if it refuses, or
        does not answer."""
        socket = self.case.socket(zmq.REQ, self.at("saga"))
        try:
            reply = self.case.ask(socket, *(part.encode() for part in parts))
        finally:
            socket.close()
        self.case.assertEqual(len(reply), 1, reply)
        return reply[0].decode()

    def begin(self, saga, order="", **body):
        """Start a saga: its id."""
        return self.ask("saga.start", saga, order, json.dumps(body))

    def show(self, order):
        return json.loads(self.ask("saga.show", order))

    def wait(self, order):
        """How it ended, or that it is PARKED."""
        saga = {"state": "RUNNING"}
        while saga["state"] not in (*ENDED, "PARKED"):
            saga = json.loads(self.ask("saga.wait", order))
        return saga

    def run(self, saga, order="", **body):
        """How a saga ended: ("COMPLETED", "") or another state, and why."""
        saga = self.wait(self.begin(saga, order, **body))
        return saga["state"], saga["reason"]

    def confirm(self, order):
        return self.ask("saga.signal", order, "confirm", "true")

    def audit(self, *more):
        """What zp-audit ends with, and what it says. More: other endpoints."""
        done = subprocess.run(
            [os.path.join(peers.BIN, "zp-audit"),
             *(self.at(name) for name in (*PARTNERS[:3], "saga")), *more],
            capture_output=True, text=True, timeout=constellation.PATIENCE_S)
        self.case.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def check_books(self):
        """They agree, once all sagas have ended."""
        code, said = self.audit()
        self.case.assertEqual(code, 0, said)
        return said
