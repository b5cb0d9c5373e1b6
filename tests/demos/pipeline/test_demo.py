#  SPDX-License-Identifier: MIT
"""The demo of the pipeline runs, makes a whole film, and leaves nothing."""

import hashlib
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402
import demo  # noqa: E402

CHUNK = 65536


class Script(demo.Script):
    demo = "pipeline"
    marks = [b"waits for the sink", b"-STOP", b"of 123 chunks"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        story = ["waits for the sink", "of 123 chunks", "kill -KILL worker-1",
                 "kill -STOP worker-2", "OK, 123 done, 0 failed",
                 "the manifest is written", "123 chunks are as",
                 "chunk by chunk", "the chunks are the film"]
        for text in story:
            self.assertIn(text, out)
            out = out[out.index(text):]
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_film_of_ones_own(self):
        code, out, said = self.run_in_pipe("--once", "/bin/bash")
        self.assertEqual((code, said), (0, ""), out)
        chunks = -(-os.path.getsize("/bin/bash") // CHUNK)
        self.assertIn(f"OK, {chunks} done, 0 failed", out)
        self.assertIn("the chunks are the film", out)
        self.check_clean()

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        text = self.seen.decode().replace("\r", "").split("yours:")[-1]
        tries = [line for line in text.splitlines()
                 if line.startswith("  ")]
        self.assertEqual(len(tries), 4)
        done = subprocess.run("\n".join([*tries, "wait"]), shell=True,
                              env=self.environ, capture_output=True, text=True,
                              timeout=demo.PATIENCE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("0 failed", done.stdout)
        self.assertIn("the manifest is written: OK", done.stdout)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_film_that_is_not_there(self):
        code, out, said = self.run_in_pipe("/no/such/film")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("/no/such/film", said)


class Programs(demo.Case):
    """The three programs by themselves."""

    demo = "pipeline"

    def start(self, name, *options):
        process = subprocess.Popen(
            [os.path.join(demo.BIN, name), *options], env=self.environ,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        out, _ = process.communicate(timeout=demo.PATIENCE_S)
        return process.returncode, out

    def test_they_tell_how_they_are_used(self):
        for name, word in [("pipeline-ventilator", "FILM"),
                           ("pipeline-worker", "FOLDER"),
                           ("pipeline-sink", "MANIFEST")]:
            code, out = self.end(self.start(name))
            self.assertEqual(code, 2)
            self.assertIn(word, out)

    def test_an_endpoint_that_makes_no_sense_is_told(self):
        for name, file in [("pipeline-ventilator", "/bin/bash"),
                           ("pipeline-sink", self.folder + "/manifest")]:
            code, out = self.end(self.start(name, file, "nonsense", "nonsense"))
            self.assertNotEqual(code, 0)
            self.assertIn("nonsense", out)

    def package(self, film, chunks):
        """Package a film: what ventilator and sink say."""
        tasks, results, control = (
            f"ipc://{self.folder}/{name}"
            for name in ("tasks", "results", "control"))
        worker = self.start("pipeline-worker", chunks, tasks, results)
        sink = self.start("pipeline-sink", self.folder + "/manifest", results,
                          control)
        ventilator = self.start("pipeline-ventilator", film, tasks, control)
        said = self.end(ventilator), self.end(sink)
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(worker), (0, ""))
        return said

    def test_a_small_film_makes_a_manifest(self):
        film, chunks = self.folder + "/film", self.folder + "/chunks"
        os.mkdir(chunks)
        content = os.urandom(3 * CHUNK + 1)
        with open(film, "wb") as file:
            file.write(content)
        (code, out), (sink_code, sink_out) = self.package(film, chunks)
        self.assertEqual((code, sink_code), (0, 0), (out, sink_out))
        self.assertIn("OK, 4 done, 0 failed", out)
        parts = [content[start:start + CHUNK]
                 for start in range(0, len(content), CHUNK)]
        with open(self.folder + "/manifest") as file:
            self.assertEqual(file.read(), "".join(
                f"{hashlib.sha256(part).hexdigest()}  {number:05d}\n"
                for number, part in enumerate(parts)))
        self.assertEqual(sorted(os.listdir(chunks)),
                         [f"{number:05d}" for number in range(4)])


if __name__ == "__main__":
    abreast.main()
