#  SPDX-License-Identifier: MIT
"""The programs in all README files are compiled and run, and print what is said.

Before each block of C or Python a comment says what to do with it:

    <!-- snippet: NAME -->                a program that runs to its end, well
    <!-- snippet: NAME, stays -->         one that is left running for others
    <!-- snippet: NAME, calls OTHER -->   run while OTHER is there, and whom
                                          that calls: it may both stay and call
    <!-- not run: WHY -->                 for the eye only

and before a block of text

    <!-- output: NAME -->                 what NAME prints, all of it

Each tcp://HOST:PORT in a program becomes a socket in a folder of its own, so
that no port need be free.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest
from typing import NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.realpath(os.environ.get("ZP_SOURCE_DIR") or os.path.join(
    HERE, "..", "..", "..", ".."))
BUILD = os.path.realpath(os.path.join(
    os.environ.get("ZP_BIN_DIR") or os.path.join(TOP, "build", "bin"), ".."))
FOLDERS = ("lib", "patterns", "demos")
LANGUAGES = ("c", "python")
PATIENCE_S = 60

#  ThreadSanitizer has to be told that messages bring order
TSAN = "-fsanitize=thread"
TSAN_ZMQ = os.path.join(TOP, "tests", "support", "tsan_zmq.c")


class Snippet(NamedTuple):
    where: str            # File and line
    name: str             # As its comment says
    language: str         # "c" or "python"
    text: str             # The program
    stays: bool           # It is ended when those who need it have ended
    calls: Optional[str]  # The name of one that must be there
    output: Optional[str] = None  # What it has to print


class Mistake(Exception):
    """A README that can't be understood."""


COMMENT = re.compile(
    r"<!-- (?:snippet: (?P<name>[a-z0-9-]+)"
    r"(?P<stays>, stays)?(?:, calls (?P<calls>[a-z0-9-]+))?"
    r"|output: (?P<output>[a-z0-9-]+)|not run: (?P<why>.+)) -->$")


def blocks(text):
    """(line number, language, text, the line before it) of each block."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        if lines[number].startswith("```"):
            start = number
            number += 1
            while number < len(lines) and lines[number] != "```":
                number += 1
            if number == len(lines):
                raise Mistake(f"{start + 1}: this block has no end")
            yield (start + 1, lines[start][3:].strip(),
                   "".join(line + "\n" for line in lines[start + 1:number]),
                   lines[start - 1] if start else "")
        number += 1


def snippets(text, path):
    """The snippets of a README, by name."""
    found = {}
    for number, language, body, before in blocks(text):
        where = f"{path}:{number}"
        comment = COMMENT.match(before)
        if language in LANGUAGES:
            if not comment or comment["output"]:
                raise Mistake(f"{where}: no comment before this block says "
                              "<!-- snippet: NAME -->, or <!-- not run: WHY "
                              "-->")
            if comment["why"]:
                continue
            if comment["name"] in found:
                raise Mistake(f"{where}: {comment['name']} is there already")
            if comment["calls"] and comment["calls"] not in found:
                raise Mistake(f"{where}: there is no {comment['calls']} "
                              "before it")
            found[comment["name"]] = Snippet(
                where, comment["name"], language, body,
                bool(comment["stays"]), comment["calls"])
        elif comment and comment["output"]:
            if comment["output"] not in found:
                raise Mistake(f"{where}: there is no {comment['output']} "
                              "before it")
            found[comment["output"]] = found[comment["output"]]._replace(
                output=body)
        elif comment:
            raise Mistake(f"{where}: this is no C and no Python")
    return found


def readmes():
    """The paths of all README files, from the top folder."""
    found = ["README.md"] if os.path.exists(
        os.path.join(TOP, "README.md")) else []
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            if "README.md" in names:
                found.append(os.path.relpath(
                    os.path.join(path, "README.md"), TOP))
    return sorted(found)


def cached(name):
    """What CMake was told for the build that is tested."""
    with open(os.path.join(BUILD, "CMakeCache.txt")) as file:
        return re.search(rf"^{name}:\w+=(.*)$", file.read(), re.M)[1]


def module_lines(key):
    """All values of a key in the MODULE files."""
    for folder in ("lib", "patterns"):
        for name in os.listdir(os.path.join(TOP, folder)):
            path = os.path.join(TOP, folder, name, "MODULE")
            if os.path.exists(path):
                with open(path) as file:
                    for line in file:
                        if line.split()[:1] == [key]:
                            yield line.split(None, 1)[1]


class Workshop:
    """A folder where snippets are compiled and run."""

    def __init__(self, case):
        self.folder = tempfile.mkdtemp(dir="/tmp")
        case.addCleanup(shutil.rmtree, self.folder)
        self.processes = []

    def command(self, snippet):
        """The command that runs a snippet, compiled if need be."""
        text = re.sub(r"tcp://[^\"':]+:(\d+)", rf"ipc://{self.folder}/\1",
                      snippet.text)
        ending = {"c": ".c", "python": ".py"}[snippet.language]
        source = os.path.join(self.folder, snippet.name + ending)
        with open(source, "w") as file:
            file.write(text)
        if snippet.language == "python":
            return ["/usr/bin/python3", "-B", source]
        program = os.path.join(self.folder, snippet.name)
        includes = [f"-I{os.path.join(TOP, folder, name)}"
                    for folder in ("lib", "patterns")
                    for name in os.listdir(os.path.join(TOP, folder))]
        links = {name for line in module_lines("links")
                 for name in re.findall(r"[a-z]\S+", line)}
        packages = shlex.split(subprocess.run(
            ["pkg-config", "--cflags", "--libs", *sorted(links)],
            check=True, capture_output=True, text=True).stdout)
        flags = shlex.split(cached("CMAKE_C_FLAGS"))
        sources = [source] + ([TSAN_ZMQ] if TSAN in flags else [])
        compiled = subprocess.run(
            [cached("CMAKE_C_COMPILER"), "-std=c11", "-Wall", "-Wextra",
             "-Wpedantic", "-Werror", *flags,
             *includes, *sources, "-o", program, f"-L{BUILD}",
             f"-Wl,-rpath,{BUILD}", "-lzpatterns", *packages, "-lm"],
            capture_output=True, text=True)
        if compiled.returncode != 0:
            raise AssertionError(f"{snippet.where}: {compiled.stderr}")
        return [program]

    def run(self, snippet):
        """Run to the end: what it printed."""
        done = subprocess.run(self.command(snippet), stdout=subprocess.PIPE,
                              text=True, timeout=PATIENCE_S, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"{snippet.where}: {snippet.name} ended with "
                                 f"{done.returncode}: {done.stdout}")
        return done.stdout

    def start(self, name, found):
        """Start one that stays, after the one that it calls."""
        snippet = found[name]
        if snippet.calls:
            self.start(snippet.calls, found)
        process = subprocess.Popen(self.command(snippet), cwd=self.folder)
        self.processes.append((snippet, process))

    def end(self):
        """End all that stayed, the last first. Those in C end well, or a
        sanitizer says so."""
        for snippet, process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            code = process.wait(PATIENCE_S)
            if code not in (0, -signal.SIGTERM) or (
                    snippet.language == "c" and code != 0):
                raise AssertionError(f"{snippet.where}: {snippet.name} ended "
                                     f"with {code}")
        self.processes = []


class Readmes(unittest.TestCase):
    def test_all_of_them(self):
        paths = readmes()
        self.assertIn("patterns/reqrep/README.md", paths)
        for path in paths:
            with self.subTest(readme=path):
                with open(os.path.join(TOP, path), encoding="utf-8") as file:
                    found = snippets(file.read(), path)
                self.run_all(found)

    def run_all(self, found):
        for snippet in found.values():
            if snippet.stays:
                continue
            with self.subTest(snippet=snippet.name):
                workshop = Workshop(self)
                try:
                    if snippet.calls:
                        workshop.start(snippet.calls, found)
                    printed = workshop.run(snippet)
                    if snippet.output is not None:
                        self.assertEqual(printed, snippet.output,
                                         snippet.where)
                finally:
                    workshop.end()
        called = {snippet.calls for snippet in found.values()}
        for snippet in found.values():
            if snippet.stays:
                self.assertIn(snippet.name, called,
                              f"{snippet.where}: nobody calls it")


class Rules(unittest.TestCase):
    """What this test finds wrong."""

    C = "```c\nint main (void) { return 0; }\n```\n"

    def check_mistake(self, text, says):
        with self.assertRaises(Mistake) as caught:
            snippets(text, "README.md")
        self.assertIn(says, str(caught.exception))

    def test_a_block_without_a_comment(self):
        self.check_mistake(self.C, "README.md:1: no comment")
        self.check_mistake("<!-- snippet -->\n" + self.C, "README.md:2: no ")

    def test_a_block_without_an_end(self):
        self.check_mistake("text\n```c\nint x;\n", "2: this block")

    def test_two_of_one_name(self):
        one = "<!-- snippet: one -->\n" + self.C
        self.check_mistake(one + one, "one is there already")

    def test_a_name_that_is_not_there(self):
        self.check_mistake("<!-- snippet: one, calls two -->\n" + self.C,
                           "no two before it")
        self.check_mistake("<!-- output: one -->\n```text\n1\n```\n",
                           "no one before it")

    def test_other_languages_need_no_comment(self):
        self.assertEqual(snippets("```sh\nls\n```\n```text\n1\n```\n", ""), {})

    def test_not_run(self):
        text = "<!-- not run: it is an outline -->\n```c\n...\n```\n"
        self.assertEqual(snippets(text, ""), {})

    def test_a_snippet_with_its_output(self):
        text = ("<!-- snippet: one -->\n" + self.C +
                "<!-- output: one -->\n```text\n1\n```\n")
        found = snippets(text, "README.md")["one"]
        self.assertEqual(found.language, "c")
        self.assertEqual(found.output, "1\n")

    def test_a_program_that_fails_is_noticed(self):
        workshop = Workshop(self)
        failing = Snippet("README.md:1", "one", "python",
                          "raise SystemExit (3)", False, None)
        with self.assertRaises(AssertionError):
            workshop.run(failing)

    def test_c_that_gives_a_warning_is_noticed(self):
        workshop = Workshop(self)
        bad = Snippet("README.md:1", "one", "c",
                      "int main (void) { int unused; }", False, None)
        with self.assertRaises(AssertionError) as caught:
            workshop.run(bad)
        self.assertIn("unused", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
