#  SPDX-License-Identifier: MIT
"""zp call: what goes in, what comes out, and how it ends."""

import base64
import json
import signal
import unittest

import cli
from cli import service


class Call(cli.Case):
    def setUp(self):
        super().setUp()
        self.up(service("catalog"))

    def echo(self, *words, **keys):
        return self.zp("call", "catalog", "film.echo", *words, **keys).stdout

    def test_the_body_goes_there_and_back_as_it_is(self):
        self.assertEqual(self.echo('{"genre": "horror"}'),
                         '{"genre": "horror"}')
        self.assertEqual(self.echo(""), "")
        self.assertEqual(self.echo("--", "--json"), "--json")

    def test_without_a_body_there_is_no_argument(self):
        self.assertEqual(self.echo(), "(no argument)")

    def test_the_body_may_come_from_stdin_or_a_file_byte_for_byte(self):
        bytes_ = bytes(range(256)) * 300
        done = self.zp("call", "catalog", "film.echo", "-", input=bytes_,
                       text=False)
        self.assertEqual(done.stdout, bytes_)
        with open(self.path("body"), "wb") as file:
            file.write(bytes_)
        done = self.zp("call", "catalog", "film.echo", "@" + self.path("body"),
                       text=False)
        self.assertEqual(done.stdout, bytes_)
        self.assertEqual(self.echo("@@body"), "@body")

    def test_a_body_file_that_is_not_there_is_not_found(self):
        done = self.zp("call", "catalog", "film.echo", "@/no/such/file",
                       code=cli.NOT_FOUND)
        self.assertIn("can't open /no/such/file", done.stderr)

    def test_a_body_beyond_the_limit_is_refused(self):
        done = self.zp("call", "catalog", "film.echo", "-", code=cli.USAGE,
                       input="x" * ((16 << 20) + 1))
        self.assertIn("longer than 16777216 bytes", done.stderr)

    def test_pieces_are_lines(self):
        done = self.zp("call", "catalog", "film.count")
        self.assertEqual(done.stdout, '{"n":1}\n{"n":2}\n{"n":3}\n')

    def test_as_json_it_tells_all(self):
        def call(*words, code=cli.OK):
            return json.loads(
                self.zp("call", "catalog", *words, "--json", code=code).stdout)
        said = call("film.count")
        self.assertEqual((said["status"], said["attempts"]), ("OK", 1))
        self.assertGreaterEqual(said["elapsed_ms"], 0)
        self.assertEqual(said["parts"][:3], [{"n": 1}, {"n": 2}, {"n": 3}])
        self.assertEqual(call("film.echo", "caf\u00e9")["parts"], ["caf\u00e9"])
        with open(self.path("bytes"), "wb") as file:
            file.write(b"\xff\x00\xfe")
        [part] = call("film.echo", "@" + self.path("bytes"))["parts"]
        self.assertEqual(base64.b64decode(part["base64"]), b"\xff\x00\xfe")
        said = call("film.fail", code=cli.ERROR)
        self.assertEqual((said["status"], said["parts"]), ("NOT_FOUND", []))
        self.assertIn("no such film", said["text"])

    def test_an_endpoint_will_do_for_a_service(self):
        done = self.zp("call", f"ipc://{self.run_dir()}/catalog", "film.echo",
                       "hello")
        self.assertEqual(done.stdout, "hello")

    def test_an_error_is_told_and_can_do_nothing_to_the_terminal(self):
        done = self.zp("call", "catalog", "film.fail", code=cli.ERROR)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr,
                         "zp: NOT_FOUND: no such film \\x1B[31m\n")

    def test_an_unknown_method_may_be_meant_otherwise(self):
        done = self.zp("call", "catalog", "film.ecko", code=cli.ERROR)
        self.assertIn("UNIMPLEMENTED", done.stderr)
        self.assertIn("did you mean film.echo?", done.stderr)

    def test_an_unknown_service_is_not_found(self):
        done = self.zp("call", "catlog", "film.echo", code=cli.NOT_FOUND)
        self.assertIn("did you mean catalog?", done.stderr)

    def test_a_dead_service_is_not_running(self):
        self.up(service("shop"), service("other"), name="second")
        self.zp("call", "shop", "film.die", "--once", "--name", "second",
                code=cli.NOT_RUNNING)
        done = self.zp("call", "shop", "film.echo", "--name", "second",
                       code=cli.NOT_RUNNING)
        self.assertIn("shop is dead: signal KILL", done.stderr)
        self.assertIn("zp logs shop", done.stderr)

    def test_time_runs_out(self):
        done = self.zp("call", "catalog", "film.hang", "--timeout", "200",
                       code=cli.TIMEOUT)
        self.assertIn("DEADLINE_EXCEEDED", done.stderr)
        self.assertIn("--timeout", done.stderr)

    def test_nobody_there_is_not_running(self):
        done = self.zp("call", f"ipc://{self.folder}/nobody", "x", "--timeout",
                       "200", code=cli.NOT_RUNNING)
        self.assertIn("nobody answers there", done.stderr)

    def test_nonsense_for_an_endpoint_is_a_mistake(self):
        self.zp("call", "carrier://pigeon", "x", code=cli.USAGE)

    def test_a_method_name_beyond_the_limit_is_an_error(self):
        self.zp("call", "catalog", "m" * 300, code=cli.ERROR)

    def test_ctrl_c_cancels_the_call_at_the_server_too(self):
        process = self.start("call", "catalog", "film.hang", "--timeout",
                             "3600000")
        self.wait_for_log("hang was called")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.wait_for_log("hang was cancelled")

    def wait_for_log(self, part):
        cli.wait_until(lambda: part in self.zp("logs", "catalog").stdout, part)

    def test_on_a_terminal_json_is_indented_and_long_waits_are_shown(self):
        terminal = cli.Terminal(self, cli.ZP, "call", "catalog", "film.echo",
                                '{"a": [1]}')
        self.assertEqual(terminal.end(), cli.OK)
        self.assertIn('{\r\n  "a": [\r\n    1\r\n  ]\r\n}\r\n', terminal.text)
        terminal = cli.Terminal(self, cli.ZP, "call", "catalog", "film.hang",
                                "--timeout", "3600000")
        terminal.read_until("waiting for catalog, 2 s of 3600")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), cli.INTERRUPTED)


class WithoutConstellation(cli.Case):
    def test_nothing_is_running(self):
        done = self.zp("call", "catalog", "film.echo", code=cli.NOT_RUNNING)
        self.assertIn("nothing is running", done.stderr)


if __name__ == "__main__":
    unittest.main()
