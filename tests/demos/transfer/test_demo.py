#  SPDX-License-Identifier: MIT
"""The demo of transfer, as people start it, and its programs."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
import abreast
import demo


class Demo(demo.Script):

    demo = "transfer"
    marks = (b"20 % is here", b"all is here")

    def test_it_shows_all_and_ends(self):
        code, out, said = self.run_in_pipe()
        self.assertEqual(code, 0, (out, said))
        self.assertEqual(out.count("the same, byte by byte"), 3)
        self.assertIn(".copy.part", out)
        self.assertIn("what was there was another version", out)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])


class Programs(demo.Case):
    """The small programs by themselves."""

    demo = "transfer"

    def setUp(self):
        super().setUp()
        self.endpoint = f"ipc://{self.folder}/sender"
        self.copy = os.path.join(self.folder, "copy")
        os.mkdir(os.path.join(self.folder, "films"))
        self.films = os.path.join(self.folder, "films")
        with open(os.path.join(self.films, "film"), "wb") as file:
            file.write(os.urandom(1000000))

    def test_a_file_comes(self):
        sender = self.start("transfer-sender", self.films, self.endpoint)
        sender.hear("films at ipc:")
        receiver = self.start("transfer-receiver", "film", self.copy,
                              self.endpoint)
        receiver.hear("all is here")
        self.assertEqual(receiver.wait(), 0)
        with open(self.copy, "rb") as copy, \
                open(os.path.join(self.films, "film"), "rb") as film:
            self.assertEqual(copy.read(), film.read())
        sender.signal(signal.SIGTERM)
        self.assertEqual(sender.wait(), 0)

    def test_what_is_not_there_is_told(self):
        self.start("transfer-sender", self.films, self.endpoint)
        receiver = self.start("transfer-receiver", "other", self.copy,
                              self.endpoint)
        receiver.hear("NOT_FOUND")
        self.assertNotEqual(receiver.wait(), 0)

    def test_a_folder_that_is_not_there_is_told(self):
        sender = self.start("transfer-sender", "/nowhere", self.endpoint)
        sender.hear("/nowhere: No such file")
        self.assertNotEqual(sender.wait(), 0)

    def test_what_is_missing_is_told(self):
        receiver = self.start("transfer-receiver", "film")
        receiver.hear("use: transfer-receiver NAME FILE")
        self.assertEqual(receiver.wait(), 3)


if __name__ == "__main__":
    abreast.main()
