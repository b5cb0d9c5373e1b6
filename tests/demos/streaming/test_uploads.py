#  SPDX-License-Identifier: MIT
"""zp-uploads stores what it is given, and puts a job for the encoders."""

import hashlib
import json
import os
import unittest

import constellation
from peers import Case

DELIVERY_LIMIT = 20


class Uploads(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.films = os.path.join(self.place, "films")
        self.queue = constellation.Queue(self, self.place)
        self.service = constellation.uploads(
            self, self.films, self.queue.endpoint)

    def file(self, content, name="film.mp4"):
        path = os.path.join(self.place, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def call(self, method, **body):
        return self.service.call("uploads." + method, body)

    def add(self, **body):
        code, result = self.call("add", **body)
        self.assertEqual(code, "OK", result)
        return result

    def stored(self):
        return sorted(os.listdir(os.path.join(self.films, "uploads")))

    def jobs(self):
        return [json.loads(body)["upload"]
                for info, body in self.queue.jobs("encode", "ready")]

    def test_a_film_is_stored_and_a_job_waits(self):
        content = os.urandom(3000000)
        digest = hashlib.sha1(content).hexdigest()
        upload = self.add(film="faust", path=self.file(content))
        name = "faust-" + digest[:12]
        self.assertEqual(upload, {"upload": name, "bytes": 3000000})
        with open(os.path.join(self.films, "uploads", name), "rb") as file:
            self.assertEqual(file.read(), content)
        self.assertEqual(self.stored(), [name])
        self.assertEqual(self.jobs(), [name])
        self.assertEqual(self.call("status", upload=name), ("OK", {
            "upload": name, "state": "waiting", "segments": 0}))

    def test_the_same_again_is_the_same_upload_and_the_same_job(self):
        path = self.file(b"a film")
        first = self.add(film="faust", path=path)
        self.assertEqual(self.add(film="faust", path=path), first)
        self.assertEqual(self.stored(), [first["upload"]])
        self.assertEqual(self.jobs(), [first["upload"]])

    def test_another_content_or_film_is_another_upload(self):
        names = [self.add(film=film, path=self.file(content))["upload"]
                 for film, content in [("faust", b"one"), ("faust", b"two"),
                                       ("nosferatu", b"one")]]
        self.assertEqual(self.stored(), sorted(names))
        self.assertEqual(self.jobs(), names)

    def test_without_a_path_it_makes_a_sample_the_same_each_time(self):
        first = self.add(film="holidays")
        self.assertEqual(first["bytes"], 8 << 20)
        self.assertEqual(self.add(film="holidays"), first)
        self.assertNotEqual(self.add(film="beach")["upload"][-12:],
                            first["upload"][-12:])

    def test_a_sample_is_as_large_as_one_likes(self):
        small, large = (self.add(film="holidays", bytes=size)
                        for size in (1000, 2000))
        self.assertEqual((small["bytes"], large["bytes"]), (1000, 2000))
        films = os.path.join(self.films, "uploads")
        with open(os.path.join(films, small["upload"]), "rb") as one:
            with open(os.path.join(films, large["upload"]), "rb") as other:
                self.assertEqual(one.read(), other.read(1000))
        self.assertEqual(self.service.gauges(), {"accepted": 2})

    def test_what_can_not_be_read_is_refused(self):
        fifo = os.path.join(self.place, "fifo")
        os.mkfifo(fifo)
        for path, code, text in [
                ("/no/such/film", "NOT_FOUND", "No such file"),
                (self.place, "INVALID_ARGUMENT", "no file with a film"),
                (fifo, "INVALID_ARGUMENT", "no file with a film"),
                ("/dev/zero", "INVALID_ARGUMENT", "no file with a film"),
                (self.file(b""), "INVALID_ARGUMENT", "no file with a film")]:
            with self.subTest(path=path):
                found, said = self.call("add", film="faust", path=path)
                self.assertEqual(found, code)
                self.assertIn(text, said)
                self.assertIn(path, said)
        self.assertEqual(self.stored(), [])

    def test_a_film_with_a_name_that_leads_elsewhere_is_refused(self):
        for film in ("..", "../faust", "a/b", "-f", "Faust", "fäust", "a b"):
            code, said = self.call("add", film=film)
            self.assertEqual(code, "INVALID_ARGUMENT", film)
            self.assertIn("only a-z, 0-9 and -", said)
        self.assertEqual(self.stored(), [])

    def test_an_upload_that_is_not_there(self):
        for upload in ("faust-000000000000", "..", "../../queue.db", "."):
            code, said = self.call("status", upload=upload)
            self.assertEqual(code, "NOT_FOUND")
            self.assertIn("uploads.list", said)

    def test_the_list_has_all(self):
        self.assertEqual(self.call("list"), ("OK", {"uploads": []}))
        names = sorted(self.add(film=film, path=self.file(b"x"))["upload"]
                       for film in ("b", "a", "c"))
        code, result = self.call("list")
        self.assertEqual([one["upload"] for one in result["uploads"]], names)
        self.assertEqual({one["state"] for one in result["uploads"]},
                         {"waiting"})

    def test_one_whose_job_was_buried_or_died_has_failed_and_says_why(self):
        names = [self.add(film=film, path=self.file(b"x"))["upload"]
                 for film in ("a", "b")]
        receipt, body = self.queue.ask(b"queue.reserve", b"encode")
        self.queue.ask(b"queue.bury", receipt, b'{"why":"no film at all"}')
        for _ in range(DELIVERY_LIMIT):
            receipt, body = self.queue.ask(b"queue.reserve", b"encode")
            self.assertEqual(json.loads(body)["upload"], names[1])
            self.queue.ask(b"queue.nack", receipt)
        names.append(self.add(film="c", path=self.file(b"x"))["upload"])
        code, result = self.call("list")
        self.assertEqual([one["state"] for one in result["uploads"]],
                         ["failed", "failed", "waiting"])
        self.assertEqual(self.call("status", upload=names[0]), ("OK", {
            "upload": names[0], "state": "failed", "segments": 0,
            "why": "no film at all"}))
        self.assertTrue(self.call("status", upload=names[1])[1]["why"])
        self.assertNotIn("why", self.call("status", upload=names[2])[1])
        self.assertEqual(self.queue.ask(b"queue.kick", b"encode"), [b"1"])
        self.assertEqual(self.call("status", upload=names[0])[1]["state"],
                         "waiting")

    def test_the_failed_are_found_however_many_there_are(self):
        for number in range(40):
            self.queue.put("encode", {}, id=f"other-{number}")
        name = self.add(film="a", path=self.file(b"x"))["upload"]
        for _ in range(41):
            receipt, _ = self.queue.ask(b"queue.reserve", b"encode")
            self.queue.ask(b"queue.bury", receipt)
        self.assertEqual(self.call("status", upload=name)[1]["state"],
                         "failed")

    def test_without_a_queue_it_still_tells_what_the_files_tell(self):
        name = self.add(film="a", path=self.file(b"x"))["upload"]
        self.queue.kill()
        self.assertEqual(self.call("status", upload=name)[1]["state"],
                         "waiting")

    def test_without_a_queue_it_says_so_and_can_be_asked_again(self):
        path = self.file(b"a film")
        self.queue.kill()
        code, said = self.call("add", film="faust", path=path)
        self.assertIn(code, ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        self.assertIn("encode: ", said)
        self.queue = constellation.Queue(self, self.place)
        upload = self.add(film="faust", path=path)["upload"]
        self.assertEqual(self.jobs(), [upload])

    def test_what_it_confirmed_outlives_it_and_the_queue(self):
        names = [self.add(film=f"film-{number}",
                          path=self.file(b"%d" % number))["upload"]
                 for number in range(20)]
        self.queue.kill()
        self.service.kill()
        self.queue = constellation.Queue(self, self.place)
        self.service = constellation.uploads(
            self, self.films, self.queue.endpoint)
        self.assertEqual(self.jobs(), names)
        self.assertEqual(self.stored(), sorted(names))

    def test_what_was_not_finished_is_gone_after_a_restart(self):
        self.service.kill()
        path = os.path.join(self.films, "uploads", ".4711-0x1234")
        with open(path, "wb"):
            pass
        self.service = constellation.uploads(
            self, self.films, self.queue.endpoint)
        self.assertEqual(self.stored(), [])

    def test_bad_bodies(self):
        for method, body, text in [
                ("add", {}, '"film" is missing'),
                ("add", {"film": ""}, "of 1 to 64 bytes"),
                ("add", {"film": "x" * 65}, "of 1 to 64 bytes"),
                ("add", {"film": "faust", "path": 1}, "a string"),
                ("add", {"film": "faust", "path": "x" * 5000}, "a string"),
                ("add", {"film": "faust", "bytes": 9000000}, "8388608"),
                ("status", {}, '"upload" is missing'),
                ("list", {"limit": 1}, "no field")]:
            with self.subTest(method=method, body=body):
                code, said = self.call(method, **body)
                self.assertEqual(code, "INVALID_ARGUMENT")
                self.assertIn(text, said)
        constellation.check_bad_bodies(
            self, self.service, "uploads.add", "uploads.status",
            "uploads.list")


if __name__ == "__main__":
    unittest.main()
