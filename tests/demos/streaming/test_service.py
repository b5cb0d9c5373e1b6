#  SPDX-License-Identifier: MIT
"""What the services have in common: command line, files, endpoints, the end."""

import os
import shutil
import signal
import tempfile
import unittest

import zmq

import constellation
from constellation import HERE, film_file, plan_file, profile_file
from peers import Case

INVALID = os.path.join(HERE, "invalid")
ANYWHERE = "tcp://127.0.0.1:*"

FOLDER = tempfile.mkdtemp()


def book(name):
    return ["--book", os.path.join(FOLDER, name + ".db")]


#  Each program, and the options that it needs
PROGRAMS = {
    "zp-catalog": ["--films", film_file(), "--updates", ANYWHERE,
                   "--requests", ANYWHERE],
    "zp-profiles": ["--profiles", profile_file()],
    "zp-recommendations": [],
    "zp-uploads": ["--folder", FOLDER],
    "zp-encoder": ["--folder", FOLDER],
    "zp-licence": [*book("licence"), "--plans", plan_file()],
    "zp-billing": [*book("billing"), "--plans", plan_file(),
                   "--folder", FOLDER],
    "zp-notifications": book("notifications"),
    "zp-entitlement": book("entitlement"),
    "zp-edge": [],
}


def tearDownModule():
    shutil.rmtree(FOLDER)


class Services(Case):
    def run_program(self, name, *options):
        """(exit code, stdout, stderr)"""
        program = constellation.subprocess.run(
            [os.path.join(constellation.peers.BIN, name), *options],
            stdin=constellation.subprocess.DEVNULL, capture_output=True,
            text=True, timeout=constellation.PATIENCE_S)
        return program.returncode, program.stdout, program.stderr

    def check_fails(self, code, name, options, *texts):
        found, out, said = self.run_program(name, *options)
        self.assertEqual(found, code, said)
        self.assertEqual(out, "")
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertTrue(said.startswith(name + ": "), said)
        for text in texts:
            self.assertIn(text, said)


class CommandLine(Services):
    def test_help_tells_each_option(self):
        for name, options in PROGRAMS.items():
            code, out, said = self.run_program(name, "--help")
            self.assertEqual((code, said), (0, ""))
            for option in ("--bind", "--fault-seed", "--help", *options[:1]):
                self.assertIn(option, out)

    def test_mistakes(self):
        for name, needed in PROGRAMS.items():
            for options, text in [
                    (["--bnid", ANYWHERE], "no option --bnid"),
                    (["--bind"], "--bind needs a value"),
                    (["--fault-seed", "-1"], "a whole number"),
                    (["--fault-seed", "seven"], '"seven"'),
                    (["--fault-seed", "99999999999999999999"], "--fault-seed"),
                    (["-x"], "no option -x"),
                    (["surplus"], '"surplus" is no option')]:
                with self.subTest(program=name, options=options):
                    self.check_fails(2, name, needed + options, text,
                                     f"see {name} --help")

    def test_what_is_needed_and_missing(self):
        self.check_fails(2, "zp-catalog", [], "--films FILE is needed")
        self.check_fails(2, "zp-profiles", [], "--profiles FILE is needed")
        for name in ("zp-uploads", "zp-encoder"):
            self.check_fails(2, name, [], "--folder PATH is needed")
        for name in ("zp-licence", "zp-billing", "zp-notifications",
                     "zp-entitlement"):
            self.check_fails(2, name, [], "--book FILE is needed")

    def test_an_endpoint_that_makes_no_sense(self):
        for name, needed in PROGRAMS.items():
            with self.subTest(program=name):
                self.check_fails(1, name, needed + ["--bind", "nonsense"],
                                 "--bind: can't listen at nonsense")
        self.check_fails(1, "zp-recommendations", ["--catalog", "nonsense"],
                         "--catalog: ", "nonsense")
        for name in ("zp-uploads", "zp-encoder", "zp-billing"):
            self.check_fails(1, name, PROGRAMS[name] + ["--queue", "nonsense"],
                             "--queue: nonsense is no endpoint")
        for name in ("zp-catalog", "zp-recommendations", "zp-notifications",
                     "zp-entitlement"):
            self.check_fails(1, name, PROGRAMS[name] + ["--bus", "nonsense"],
                             "--bus: nonsense is no endpoint")
        self.check_fails(1, "zp-catalog", PROGRAMS["zp-catalog"] +
                         ["--updates", "nonsense"], "--updates", "nonsense")
        self.check_fails(1, "zp-edge", ["--updates", "nonsense"],
                         "--updates", "nonsense")

    def test_a_port_in_use(self):
        socket = self.socket(zmq.ROUTER, bind=ANYWHERE)
        taken = socket.last_endpoint.rstrip(b"\0").decode()
        for name, needed in PROGRAMS.items():
            with self.subTest(program=name):
                self.check_fails(1, name, needed + ["--bind", taken],
                                 f"--bind: can't listen at {taken}", "in use",
                                 "choose another endpoint")


class Folders(Services):
    def test_a_folder_that_can_not_be_made(self):
        for name in ("zp-uploads", "zp-encoder", "zp-billing"):
            self.check_fails(1, name, [*PROGRAMS[name], "--folder",
                                       "/no/such/folder"],
                             "can't make /no/such/folder",
                             "No such file or directory",
                             "give another with --folder")


class Files(Services):
    def test_a_file_that_is_not_there(self):
        for name, option in [("zp-catalog", "--films"),
                             ("zp-profiles", "--profiles"),
                             ("zp-licence", "--plans"),
                             ("zp-billing", "--plans")]:
            self.check_fails(1, name, [*PROGRAMS[name], option,
                                       "/no/such/file"],
                             "can't read /no/such/file", "No such file",
                             f"give another file with {option}")

    def test_a_folder_is_no_file(self):
        self.check_fails(1, "zp-catalog", ["--films", INVALID], INVALID,
                         "directory")

    def test_each_invalid_file_is_refused_with_the_place(self):
        expected = {
            "broken.json": ":3:", "object.json": "an array",
            "empty.json": "no JSON", "number.json": "entry 1",
            "unknown-field.json": '"stars"', "no-utf8.json": "no JSON",
            "year-is-text.json": '"year" must be a whole number',
            "no-genres.json": '"genres" is missing',
            "same-id-twice.json": 'entry 2, "faust"',
            "same-field-twice.json": "no JSON"}
        self.assertEqual(set(os.listdir(INVALID)), set(expected))
        for name, text in expected.items():
            with self.subTest(file=name):
                path = os.path.join(INVALID, name)
                self.check_fails(1, "zp-catalog", ["--films", path], path,
                                 text)


class Life(Services):
    def start(self, name, *options):
        return constellation.Service(self, name, *PROGRAMS[name], *options)

    def test_sigterm_and_sigint_end_each_well(self):
        for name in PROGRAMS:
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(program=name, signal=number):
                    service = self.start(name)
                    service.signal(number)
                    self.assertEqual(service.wait(), 0)
                    self.assertIn("finished what was begun", service.hear())

    def test_faults_can_be_injected_only_if_the_command_line_says_so(self):
        for name in PROGRAMS:
            for options, faults in [([], False),
                                    (["--fault-seed", "0"], False),
                                    (["--fault-seed", "7"], True)]:
                with self.subTest(program=name, options=options):
                    service = self.start(name, *options)
                    info = service.call("zp.info")[1]
                    self.assertIs(info["faults"], faults)
                    self.assertEqual(info["name"], name)
                    self.assertEqual(service.call("zp.faults")[0] ==
                                     "UNIMPLEMENTED", not faults)
                    service.end()

    def test_it_can_listen_at_a_local_socket(self):
        endpoint = "ipc://" + self.folder() + "/catalog"
        service = constellation.catalog(self, bind=endpoint)
        self.assertEqual(service.endpoint, endpoint)
        self.assertEqual(service.call("zp.ping"), ("OK", "pong"))


if __name__ == "__main__":
    unittest.main()
