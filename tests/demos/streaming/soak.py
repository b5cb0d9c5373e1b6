#!/usr/bin/python3 -B
#  SPDX-License-Identifier: MIT
"""Breaks the whole streaming service at random, for minutes, while viewers use
it; then heals it, and looks whether anything was lost, or is left over.

    tests/demos/streaming/soak.py [--minutes M] [--seed N]

What must be so at the end: all services are ready and all breakers closed; all
books agree; nothing that viewers were promised is lost, and no film was wrong;
no process that lived on has more descriptors or memory than before; and after
zp down no process is left. Parked sagas are retried, as a person would.
"""

import argparse
import collections
import json
import random
import subprocess
import sys
import time

import scenes

#  Viewers know best what they were promised, so they are not killed
SPARED = {"viewers"}
CALM = 3           # Deeds until it is healed, at most
WAIT_S = (0.2, 3)  # After each deed
#  A process that has lived for so much of the run is looked at: the least that
#  it had in the first third of its life, and in the last. So what comes and
#  goes does not count
LIVED = 0.3
MORE_FDS = 24      # Viewers and the gateway keep connections for who comes next
MORE_KB = 4096
MORE_TIMES = 1.25


class Soak:
    def __init__(self, seed, minutes):
        self.random = random.Random(seed)
        self.length_s = minutes * 60
        self.all = scenes.Constellation(seed)
        self.begun_s = time.monotonic()
        self.samples = collections.defaultdict(list)
        self.deeds = collections.Counter()
        with open(scenes.SCENES, encoding="utf-8") as file:
            self.scenes = [scene["name"] for scene in json.load(file)]
        self.names = [one["name"] for one in self.services()]
        #  Who has met all desks once keeps a connection for each
        self.all.zp("scale", "support=8")
        self.all.zp("heal")

    def say(self, text):
        print(f"{time.monotonic() - self.begun_s:7.1f} s  {text}", flush=True)

    def services(self):
        return json.loads(self.all.zp("ps", "--json"))["services"]

    def sample(self):
        """What all have of descriptors and memory now"""
        now_s = time.monotonic()
        for one in self.services():
            if one.get("pid") and one.get("rss_kb"):
                self.samples[one["name"], one["pid"]].append(
                    (now_s, one["fds"], one["rss_kb"]))

    def deed(self):
        """Something that may happen: what to tell zp"""
        service = self.random.choice(
            [name for name in self.names if name not in SPARED])
        return self.random.choice([
            ("break", self.random.choice(self.scenes)),
            ("break", self.random.choice(self.scenes)),
            ("kill", service), ("pause", service), ("stop", service),
            ("scale", f"support={self.random.randint(1, 8)}"),
            ("load", f"x{self.random.randint(1, 5)}")])

    def break_something(self):
        words = self.deed()
        self.deeds[words[0]] += 1
        try:
            self.all.zp(*words)
            self.say(" ".join(words))
        except AssertionError as error:  # Such as of what is dead already
            reason = (error.args[0][3].splitlines() or [""])[0]
            self.say(f"{' '.join(words)}: {reason}")

    def heal(self):
        self.say("heal")
        self.all.zp("heal")

    def run(self):
        while time.monotonic() - self.begun_s < self.length_s:
            for _ in range(self.random.randint(1, CALM)):
                self.break_something()
                time.sleep(self.random.uniform(*WAIT_S))  # That is a soak
                self.sample()
            self.heal()
            self.sample()

    def repair(self):
        """What a person must do"""
        parked = json.loads(self.all.zp("saga", "ls", "--state", "parked",
                                        "--json"))
        for saga in parked:
            self.say(f"retry {saga['id']}: {saga['reason']}")
            self.all.zp("saga", "retry", saga["id"], "--why", "it is back")
        return not parked

    def is_well(self):
        state = self.all.state()
        return (all(one["state"] in ("ready", "off")
                    for one in state["services"].values()) and
                all(edge["breaker"] == "closed" for edge in state["edges"]
                    if edge["from"] == "gateway"))

    def check_promises(self):
        """What the viewers have met with, by act"""
        acts = self.all.call("viewers", "load.stats")["acts"]
        for name, act in acts.items():
            told = {key: act[key] for key in (
                "done", "ok", "failed", "shed", "accepted", "finished",
                "lost", "wrong_hash") if key in act}
            print(f"  {name:10}", json.dumps(told))
        return [f"{name}: {key} is {act[key]}" for name, act in acts.items()
                for key in ("lost", "wrong_hash") if act.get(key)]

    def check_growth(self):
        """Who has more than it had"""
        wrong, most_fds, most_kb, lived = [], 0, 0, 0
        length_s = time.monotonic() - self.begun_s
        for (name, pid), samples in self.samples.items():
            first_s, last_s = samples[0][0], samples[-1][0]
            third_s = (last_s - first_s) / 3
            if last_s - first_s < LIVED * length_s or len(samples) < 6:
                continue
            lived += 1
            (fds, kb), (fds_then, kb_then) = (
                (min(one[1] for one in part), min(one[2] for one in part))
                for part in (
                    [one for one in samples if one[0] <= first_s + third_s],
                    [one for one in samples if one[0] >= last_s - third_s]))
            most_fds = max(most_fds, fds_then - fds)
            most_kb = max(most_kb, kb_then - kb)
            if fds_then > fds + MORE_FDS:
                wrong.append(f"{name} {pid}: {fds} descriptors, {fds_then}")
            if kb_then > kb * MORE_TIMES + MORE_KB:
                wrong.append(f"{name} {pid}: {kb} KB, {kb_then} KB")
        print(f"  {lived} processes lived on; at most {most_fds} descriptors "
              f"and {most_kb} KB more")
        return wrong

    def check(self):
        """What is wrong at the end"""
        self.heal()
        self.heal()  # If the stage was dead, it knows now what else is to do
        scenes.wait_until(self.is_well, "all services are well")
        scenes.wait_until(self.repair, "no saga is parked")
        self.say("well; wait for all that was begun")
        self.all.audit()
        self.say("the books agree")
        return self.check_promises() + self.check_growth()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=scenes.SEED)
    given = parser.parse_args()
    soak = Soak(given.seed, given.minutes)
    try:
        soak.run()
        wrong = soak.check()
    except subprocess.TimeoutExpired as error:
        wrong = [str(error)]
    finally:
        soak.all.down()
    print(f"{sum(soak.deeds.values())} faults: {dict(soak.deeds)}")
    for line in wrong:
        print("WRONG ", line)
    print("nothing is lost or left" if not wrong else
          f"again: soak.py --minutes {given.minutes} --seed {given.seed}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
