#  SPDX-License-Identifier: MIT
"""zp files serve, zp get and zp put."""

import json
import os
import resource
import signal
import subprocess
import unittest

import cli
from cli import ERROR, INTERRUPTED, NOT_FOUND, NOT_RUNNING, OK, USAGE

SIZE = 40 << 20


class Files(cli.Case):

    def setUp(self):
        super().setUp()
        self.env.pop("ZP_FILES", None)
        os.mkdir(self.path("films"))
        self.make("films/film")

    def make(self, name, size=1000003):
        data = os.urandom(size)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return data

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def serve(self, *words, **keys):
        return self.daemon("files", "serve", self.path("films"), *words,
                           said="can be got", **keys)

    def get(self, *words, **keys):
        return self.zp("get", *words, **keys)

    def put(self, *words, **keys):
        return self.zp("put", *words, **keys)

    def test_get_and_put(self):
        self.serve("--put")
        self.get("film", self.path("copy"))
        self.assertEqual(self.read("copy"), self.read("films/film"))
        self.put(self.path("copy"), "again")
        self.assertEqual(self.read("films/again"), self.read("films/film"))
        self.put(self.path("copy"))
        self.assertEqual(self.read("films/copy"), self.read("films/film"))

    def test_json_tells_size_and_hash(self):
        self.serve("--put")
        got = json.loads(
            self.get("film", self.path("copy"), "--json").stdout)
        self.assertEqual((got["name"], got["size"], got["resumed"]),
                         ("film", 1000003, 0))
        put = json.loads(
            self.put(self.path("copy"), "new", "--json").stdout)
        self.assertEqual(put["hash"], got["hash"])
        self.assertEqual(len(put["hash"]), 64)

    def test_a_part_goes_to_stdout(self):
        self.serve()
        done = self.get("film", "-", "--offset", "1000", "--length", "50",
                        text=False)
        self.assertEqual(done.stdout, self.read("films/film")[1000:1050])
        self.get("film", self.path("copy"), "--offset", "5", code=USAGE)

    def test_stdout_that_can_not_be_written(self):
        self.make("films/film", SIZE)
        self.serve()
        get = f"exec {cli.ZP} get film -"
        for into, code, said in ((">&-", ERROR, "can't write the output"),
                                 ("> /dev/full", ERROR, "No space left"),
                                 ("| true", OK, "")):
            done = subprocess.run(
                ["sh", "-c", f"{get} {into}"], env=self.env, text=True,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, code, into)
            self.assertIn(said, done.stderr)
            self.assertNotIn("CANCELLED", done.stderr)

    def test_a_file_that_may_not_be_so_large(self):
        self.make("films/film", SIZE)
        self.serve()
        done = subprocess.run(
            ["sh", "-c", f"ulimit -f 100; exec {cli.ZP} get film copy"],
            env=self.env, text=True, cwd=self.path("."),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, ERROR, done.stderr)
        self.assertIn("RESOURCE_EXHAUSTED", done.stderr)

    def test_what_is_refused(self):
        self.serve()
        done = self.get("none", self.path("copy"), code=NOT_FOUND)
        self.assertIn("NOT_FOUND", done.stderr)
        self.get("../secret", self.path("copy"), code=ERROR)
        self.get("film", self.path("no/copy"), code=NOT_FOUND)
        self.put(self.path("films/film"), "new", code=ERROR)  # Without --put
        self.assertEqual(sorted(os.listdir(self.path("films"))), ["film"])

    def test_it_may_open_as_many_files_as_the_machine_lets_it(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
        server = self.serve()
        self.assertEqual(resource.prlimit(server.pid, resource.RLIMIT_NOFILE),
                         (hard, hard))

    def test_nobody_there(self):
        self.get("film", code=NOT_RUNNING)
        self.put(self.path("films/film"), code=NOT_RUNNING)
        self.get("film", self.path("copy"), "--timeout", "50", "--at",
                 "ipc://" + self.path("nobody"), code=NOT_RUNNING)
        self.get("film", self.path("copy"), "--at", "://", code=USAGE)
        self.zp("files", "serve", self.path("nothing"), code=NOT_FOUND)

    def test_keep_does_not_replace(self):
        self.serve("--put")
        self.make("other", 10)
        self.put(self.path("other"), "film", "--keep", code=ERROR)
        self.assertEqual(len(self.read("films/film")), 1000003)
        self.put(self.path("other"), "film")
        self.assertEqual(self.read("films/film"), self.read("other"))

    def kept(self, path):
        try:
            return os.stat(self.path(path)).st_size
        except FileNotFoundError:
            return 0

    def interrupt(self, part, *words):
        """Let a command begin, and interrupt it: how much is kept.

        More than a window is there then, so that both sides know of it. When
        a context ends, libzmq leaks a message now and then; we look for no
        leaks here."""
        self.env["ASAN_OPTIONS"] = ":".join(
            [os.environ.get("ASAN_OPTIONS", ""), "detect_leaks=0"])
        process = self.start(*words)
        cli.wait_until(lambda: self.kept(part) > 5 << 20, "it begins")
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=cli.PATIENCE_S)[1]
        return process.returncode, said

    def check_goes_on(self, part, whole, *words):
        """Ctrl-C says what is kept, and the same command goes on. It may come
        too late: then once more."""
        while True:
            code, said = self.interrupt(part, *words)
            if code == INTERRUPTED:
                break
            self.assertEqual(code, OK, said)
            os.remove(self.path(whole))
        self.assertIn("interrupted", said)
        self.assertIn("the same again: it goes on after", said)
        self.assertFalse(os.path.exists(self.path(whole)))
        done = json.loads(self.zp(*words, "--json").stdout)
        self.assertGreater(done["resumed"], 1 << 20)

    def test_a_get_goes_on_after_ctrl_c(self):
        data = self.make("films/large", SIZE)
        self.serve()
        self.check_goes_on(".copy.part", "copy",
                           "get", "large", self.path("copy"))
        self.assertEqual(self.read("copy"), data)

    def test_a_put_goes_on_after_ctrl_c(self):
        data = self.make("large", SIZE)
        self.serve("--put")
        self.check_goes_on("films/.large.part", "films/large",
                           "put", self.path("large"))
        self.assertEqual(self.read("films/large"), data)

    def test_a_get_turns_to_the_other_server(self):
        data = self.make("films/large", SIZE)
        places = ["ipc://" + self.path(name) for name in ("one", "two")]
        servers = [self.serve("--bind", place) for place in places]
        process = self.start("get", "large", self.path("copy"), "--at",
                             places[0], "--at", places[1])
        for server, place in zip(servers, places):
            kept = self.kept(".copy.part")
            cli.wait_until(
                lambda: self.kept(".copy.part") > kept + (1 << 20)
                or process.poll() is not None, "it goes on")
            server.kill()
            server.wait()
            self.serve("--bind", place)
        process.communicate(timeout=cli.PATIENCE_S)
        self.assertEqual(process.returncode, OK)
        self.assertEqual(self.read("copy"), data)

    def test_a_terminal_sees_how_far_it_is(self):
        self.make("films/large", SIZE)
        self.serve()
        terminal = cli.Terminal(self, cli.ZP, "get", "large",
                                self.path("copy"))
        terminal.read_until("large [#")
        terminal.read_until("40.0 MiB in")
        self.assertEqual(terminal.end(), OK)


if __name__ == "__main__":
    unittest.main()
