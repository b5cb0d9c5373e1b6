#  SPDX-License-Identifier: MIT
"""A page in Chromium, for a test; browser.mjs has what can be done with it."""

import json
import os
import shutil
import subprocess
import unittest

import node_project

HERE = os.path.dirname(os.path.abspath(__file__))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
PATIENCE_MS = 60000

#  To be put before a test class that needs a browser
needed = unittest.skipUnless(
    CHROMIUM and shutil.which("node") and shutil.which("npm"),
    "there is no chromium, or no node and npm to control it")


class Browser:
    """Started in a folder of the build, where what it needs is kept."""

    def __init__(self, case, folder):
        node_project.install(HERE, folder)
        self.process = subprocess.Popen(
            ["node", os.path.join(folder, "browser.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "CHROMIUM": CHROMIUM})
        case.addCleanup(self.close)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, *words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{words}: {answer['error']}")
        return answer["value"]

    def goto(self, url):
        return self.ask("goto", url)

    def eval(self, script):
        return self.ask("eval", script)

    def wait(self, script):
        return self.ask("wait", script, PATIENCE_MS)

    def click(self, selector):
        self.ask("click", selector)

    def press(self, key):
        self.ask("press", key)

    def prefer(self, **preferences):
        self.ask("prefer", preferences)

    def shot(self, path):
        self.ask("shot", path)

    def size(self, width, height):
        self.ask("size", width, height)

    def said(self):
        return self.ask("said")
