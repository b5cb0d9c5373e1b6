#  SPDX-License-Identifier: MIT
"""zp doctor: is the machine fit?"""

import json
import os
import resource
import unittest

import cli
from cli import service


class Doctor(cli.Case):
    def findings(self, code=cli.OK, **keys):
        done = self.zp("doctor", "--json", code=code, **keys)
        return {one["check"]: one for one in json.loads(done.stdout)}

    def test_a_healthy_machine_passes(self):
        found = self.findings()
        for check in ("libzmq", "CZMQ", "jansson", "CURVE", "ipc", "run folder",
                      "ipc call", "tcp call", "programs", "running"):
            self.assertEqual(found[check]["level"], "ok", found[check])
        self.assertRegex(found["ipc call"]["text"], r"^a call takes \d+ us")
        self.assertEqual(os.listdir(os.path.dirname(self.run_dir())), [])

    def test_each_line_is_ok_or_says_what_to_do(self):
        lines = self.zp("doctor").stdout.splitlines()
        for line in lines:
            self.assertRegex(line, r"^(ok |warn|fail) |^ +try: ")
            self.assertLessEqual(len(line), 100)

    def test_a_bad_run_folder_fails_and_says_why(self):
        os.mkdir(os.path.dirname(self.run_dir()), 0o777)
        os.chmod(os.path.dirname(self.run_dir()), 0o777)
        found = self.findings(code=cli.ERROR)["run folder"]
        self.assertEqual(found["level"], "fail")
        self.assertIn("nobody else may enter", found["text"])
        self.assertIn("XDG_RUNTIME_DIR", found["next"])

    def test_few_descriptors_are_a_warning(self):
        found = self.findings(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (256, 256)))["descriptors"]
        self.assertEqual((found["level"], found["next"]),
                         ("warn", "ulimit -n 65536"))

    def test_it_knows_what_is_running(self):
        self.up(service("catalog"))
        self.assertRegex(self.findings()["running"]["text"],
                         r"^films, process \d+$")


if __name__ == "__main__":
    unittest.main()
