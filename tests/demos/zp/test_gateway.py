#  SPDX-License-Identifier: MIT
"""zp gateway: checks a routes file, makes keys, and serves."""

import http.client
import json
import os
import signal
import socket
import unittest
import urllib.parse

import cli


def routes(endpoint, **more):
    call = {"service": "films", "method": "film.echo", "arguments": "body"}
    return {"services": {"films": {"endpoints": [endpoint]}},
            "routes": [{"method": "POST", "path": "/echo", "call": call},
                       {"method": "POST", "path": "/mine", "private": "staff",
                        "call": call}], **more}


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.endpoint = f"ipc://{self.folder}/films.sock"

    def routes(self, **more):
        return self.write("routes.json",
                          json.dumps(routes(self.endpoint, **more)))

    def serve(self, *words):
        """Run a gateway, ready to be asked; its URL."""
        gateway = self.daemon("gateway", "serve", self.routes(), "--http", "0",
                              *words, said="routes to")
        gateway.url = gateway.said[0].split()[-1]
        return gateway

    def ask(self, gateway, method, path, body=None, **headers):
        """(status, what JSON the answer is)"""
        place = urllib.parse.urlsplit(gateway.url).netloc
        connection = http.client.HTTPConnection(place, timeout=cli.PATIENCE_S)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class Check(Case):
    def test_a_file_without_mistakes(self):
        path = self.routes()
        done = self.zp("gateway", "check", path)
        self.assertEqual(done.stderr,
                         f"{path}: 2 routes to 1 service, no mistakes\n")
        said = json.loads(self.zp("gateway", "check", path, "--json").stdout)
        self.assertEqual(said, {"file": path, "services": 1, "routes": 2,
                                "mistakes": []})

    def test_each_mistake_is_told_with_its_place(self):
        path = self.write("routes.json", '{\n  "services": {},\n'
                          '  "routs": [],\n  "routes": 7\n}\n')
        done = self.zp("gateway", "check", path, code=cli.USAGE)
        self.assertRegex(done.stderr, f"{path}:3:\\d+: .*routs")
        self.assertRegex(done.stderr, f"{path}:4:\\d+: ")
        said = json.loads(self.zp("gateway", "check", path, "--json",
                                  code=cli.USAGE).stdout)
        self.assertEqual([one["line"] for one in said["mistakes"]], [3, 4])
        self.zp("gateway", "serve", path, code=cli.USAGE)

    def test_a_file_that_is_not_there(self):
        for verb in "check", "serve":
            done = self.zp("gateway", verb, self.path("none"),
                           code=cli.NOT_FOUND)
            self.assertIn("none", done.stderr)


class Key(Case):
    def test_the_key_is_said_once_and_its_hash_is_for_the_file(self):
        done = self.zp("gateway", "key", "ann", "staff,uploads")
        self.assertRegex(done.stdout,
                         r"^ann +b2:[0-9a-f]{64} +staff,uploads\n$")
        self.assertRegex(done.stderr, r"zpk_[A-Za-z0-9_-]{43}\n$")
        again = self.zp("gateway", "key", "ann", "staff,uploads")
        self.assertNotEqual(again.stdout, done.stdout)

    def test_a_name_that_can_be_none(self):
        self.zp("gateway", "key", "a b", code=cli.USAGE)
        self.zp("gateway", "key", "ann", "st aff", code=cli.USAGE)


class Serve(Case):
    def test_it_answers_with_what_a_service_says(self):
        self.up(cli.service("films"))
        films = f"ipc://{self.run_dir()}/films"
        gateway = self.serve("-s", "films=" + films)
        self.assertRegex(gateway.url, r"^http://127\.0\.0\.1:\d+$")
        kind = {"Content-Type": "application/json"}
        self.assertEqual(self.ask(gateway, "POST", "/echo", "[1]", **kind),
                         (200, [1]))

    def test_who_has_a_key_may_use_what_is_private(self):
        self.up(cli.service("films"))
        made = self.zp("gateway", "key", "ann", "staff")
        gateway = self.serve("--keys", self.write("keys", made.stdout),
                             "-s", f"films=ipc://{self.run_dir()}/films")
        kind = {"Content-Type": "application/json"}
        code, problem = self.ask(gateway, "POST", "/mine", "[1]", **kind)
        self.assertEqual((code, problem["code"]), (401, "UNAUTHENTICATED"))
        kind["Authorization"] = "Bearer " + made.stderr.split()[-1]
        self.assertEqual(self.ask(gateway, "POST", "/mine", "[1]", **kind),
                         (200, [1]))

    def test_its_access_log_has_a_line_for_each_request(self):
        path = self.path("access.log")
        gateway = self.serve("--access-log", path)
        self.ask(gateway, "GET", "/healthz")
        self.ask(gateway, "GET", "/none")

        def written():
            with open(path, encoding="utf-8") as file:
                return [json.loads(line) for line in file]

        cli.wait_until(lambda: len(written()) == 2, "two lines")
        self.assertEqual([(one["target"], one["status"]) for one in written()],
                         [("/healthz", 200), ("/none", 404)])

    def test_it_can_be_asked_where_it_is(self):
        bound = f"ipc://{self.folder}/gateway.sock"
        gateway = self.serve("--bind", bound)
        done = self.zp("call", bound, "gateway.url")
        self.assertEqual(done.stdout.strip(), gateway.url)

    def test_sigterm_ends_it_gently_and_ctrl_c_too(self):
        for number in signal.SIGTERM, signal.SIGINT:
            gateway = self.serve()
            self.assertEqual(self.stop(gateway, number), (0, "stopped\n"))

    def test_in_the_background(self):
        done = self.zp("gateway", "serve", self.routes(), "--http", "0",
                       "--detach")
        self.assertIn("in the background", done.stderr)
        [pid] = self.processes()
        os.kill(pid, signal.SIGTERM)
        self.assert_nothing_left()

    def test_a_place_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            done = self.zp("gateway", "serve", self.routes(), "--http", address,
                           code=cli.ERROR)
        self.assertIn(address, done.stderr)

    def test_a_service_that_is_none(self):
        for wrong in "films", "films=", "=tcp://127.0.0.1:1", "no=ipc://x":
            self.zp("gateway", "serve", self.routes(), "-s", wrong,
                    code=cli.USAGE)


if __name__ == "__main__":
    unittest.main()
