#  SPDX-License-Identifier: MIT
"""What the tests of zp saga share: a real coordinator, and a shop that does the
steps as files say (zp-test-participant)."""

import json
import os
import subprocess
import xml.etree.ElementTree as xml

import cli

PARTICIPANT = os.path.join(os.path.dirname(cli.SERVICE), "zp-test-participant")
SVG = "{http://www.w3.org/2000/svg}"
QUICK = {"timeout_ms": 5000,
         "retry": {"max_attempts": 2, "initial_ms": 1, "max_ms": 1}}


def step(name, kind, **keys):
    """A step that the shop does; the compensatable ones can be undone."""
    if "wait_for" not in keys and "saga" not in keys:
        keys = {"service": "shop", "action": "do", **keys}
    if kind == "compensatable" and "wait_for" not in keys:
        keys = {"compensation": "undo", **keys}
    return {"id": name, "kind": kind, **keys}


ORDER = [step("reserve", "compensatable"), step("charge", "pivot"),
         step("grant", "retriable")]


def drawing(text):
    """The groups of a drawing by class, and all its texts. It must be whole,
    explain itself, and need nothing else."""
    root = xml.fromstring(text)
    assert root.tag == SVG + "svg", root.tag
    for name in ("title", "desc"):
        assert root.find(SVG + name).text.strip()
    for word in ("<script", "href", "@import", "url(http"):
        assert word not in text, word
    groups = {}
    for group in root.iter(SVG + "g"):
        groups.setdefault(group.get("class"), []).append(group)
    return groups, [one.text or "" for one in root.iter(SVG + "text")]


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.env.pop("ZP_SAGA", None)
        self.env["XDG_STATE_HOME"] = self.path("state")
        self.shop = f"ipc://{self.path('shop')}"
        for folder in ("sagas", "words"):
            os.mkdir(self.path(folder))

    def define(self, name, steps, **keys):
        return self.write(f"sagas/{name}.json", json.dumps(
            {"saga": name, "version": 1, "defaults": QUICK, "steps": steps,
             **keys}))

    def open_shop(self):
        """Run the service, ready to be called."""
        process = subprocess.Popen(
            [PARTICIPANT, self.shop, self.path("shop.db"), self.path("words")],
            env=self.env, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait, cli.PATIENCE_S)
        self.addCleanup(process.kill)
        self.read_until(process.stderr, "listening")
        return process

    def say(self, name, word):
        """How the shop does a step from now on; None: well."""
        if word:
            #  It may read at any time
            os.rename(self.write("new", word), self.path("words/" + name))
        else:
            os.remove(self.path("words/" + name))

    def serve(self, *words, journal="sagas.db", **keys):
        """Run a coordinator, ready to be called."""
        return self.daemon("saga", "serve", self.path(journal),
                           self.path("sagas"), "-s", "shop=" + self.shop,
                           *words, said="taken back", **keys)

    def saga(self, *words, **keys):
        return self.zp("saga", *words, **keys)

    def json(self, *words, **keys):
        return json.loads(self.saga(*words, "--json", **keys).stdout)

    def run_saga(self, *words, **keys):
        """Start one, wait for its end, and return its id."""
        return self.saga("start", *words, "--wait", **keys).stdout.split()[0]

    def events(self, saga):
        return [one["event"] for one in self.json("show", saga)["history"]]

    def steps(self, saga):
        """The states of its steps."""
        return {one["id"]: one["state"]
                for one in self.json("show", saga)["steps"]}
