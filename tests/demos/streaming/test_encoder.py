#  SPDX-License-Identifier: MIT
"""zp-encoder makes of each upload what it should, once, whatever is killed."""

import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import unittest

import constellation
from peers import Case

MIB = 1 << 20


class Encoding(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.films = os.path.join(self.place, "films")
        os.makedirs(os.path.join(self.films, "uploads"))
        self.queue = constellation.Queue(self, self.place)
        self.bus = constellation.Bus(self, self.place)
        #  Only a test of its own wants it
        self.environ = {**os.environ, "PATH": "/nowhere"}

    def start(self):
        return constellation.encoder(self, self.films, self.queue.endpoint,
                                     self.bus.endpoint, environ=self.environ)

    def upload(self, name, content):
        """What zp-uploads does."""
        with open(self.source(name), "wb") as file:
            file.write(content)
        self.put(name)

    def put(self, name):
        self.queue.put("encode", {"upload": name}, id=name, lease_ms=10000)

    def source(self, name):
        return os.path.join(self.films, "uploads", name)

    def made(self, name, file="manifest.json"):
        return os.path.join(self.films, "encoded", name, file)

    def check(self, name, content, suffix=""):
        """It is encoded, and all of it is there."""
        with open(self.made(name), encoding="utf-8") as file:
            manifest = json.load(file)
        self.assertEqual(manifest["upload"], name)
        self.assertEqual(manifest["bytes"], len(content))
        found = b""
        for number, segment in enumerate(manifest["segments"]):
            self.assertEqual(segment["file"], f"segment-{number:05}")
            with open(self.made(name, segment["file"]), "rb") as file:
                piece = file.read()
            self.assertEqual(segment["bytes"], len(piece))
            self.assertEqual(segment["sha1"], hashlib.sha1(piece).hexdigest())
            found += piece
        self.assertEqual(found, content)
        self.assertEqual(
            sorted(os.listdir(self.made(name, ""))),
            ["manifest.json"] + [one["file"] for one in manifest["segments"]])


class Cutting(Encoding):
    def test_films_of_any_size_are_cut_into_pieces_of_a_mebibyte(self):
        sizes = (1, 1000, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 77)
        films = {f"film-{size}": os.urandom(size) for size in sizes}
        encoder = self.start()
        for name, content in films.items():
            self.upload(name, content)
        for _ in films:
            encoder.hear_of(" is encoded")
        for name, content in films.items():
            self.check(name, content)
        self.queue.await_empty("encode")

    def test_what_is_encoded_is_left_alone(self):
        encoder = self.start()
        self.upload("faust", b"a film")
        encoder.hear_of("faust is encoded")
        before = os.stat(self.made("faust"))
        self.queue.put("encode", {"upload": "faust"})
        encoder.hear_of("faust is encoded")
        after = os.stat(self.made("faust"))
        self.assertEqual((before.st_ino, before.st_mtime_ns),
                         (after.st_ino, after.st_mtime_ns))

    def test_two_encoders_share_the_work_and_do_nothing_twice(self):
        encoders = [self.start(), self.start()]
        films = {f"film-{number}": os.urandom(MIB) for number in range(20)}
        for name, content in films.items():
            self.upload(name, content)
        self.queue.await_empty("encode")
        for name, content in films.items():
            self.check(name, content)
        lines = []
        for encoder in encoders:
            self.assertEqual(encoder.stop(), 0)
            while (line := encoder.hear()) is not None:
                lines.append(line)
        done = [line for line in lines if line.endswith(" is encoded")]
        self.assertEqual(len(done), len(films))

    def test_jobs_that_make_no_sense_are_buried_with_the_reason(self):
        self.start()
        for job, why in [
                (b"nonsense", "no JSON"), (b"[]", "a JSON object"),
                ({}, '"upload" is missing'), ({"upload": 1}, "a string"),
                ({"upload": "../../queue.db"}, "only a-z, 0-9, -"),
                ({"upload": "no-such-film"}, "there is no such upload"),
                ({"upload": "x", "price": 1}, "no field")]:
            with self.subTest(job=job):
                self.queue.put("encode", job)
                said, = self.queue.await_buried("encode", 1)
                self.assertIn(why, said)
                self.queue.ask(b"queue.purge", b"encode",
                               b'{"state": "buried"}')
        self.assertEqual(os.listdir(os.path.join(self.films, "encoded")), [])

    def test_a_folder_that_can_not_be_written_is_tried_again(self):
        encoder = self.start()
        os.rmdir(os.path.join(self.films, "encoded"))
        with open(os.path.join(self.films, "encoded"), "wb"):
            pass
        self.upload("faust", b"a film")
        encoder.hear_of("faust: Not a directory; again in a second")
        os.unlink(os.path.join(self.films, "encoded"))
        os.mkdir(os.path.join(self.films, "encoded"))
        encoder.hear_of("faust is encoded")
        self.check("faust", b"a film")

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_ffmpeg_cuts_a_video_for_players(self):
        del self.environ["PATH"]
        self.environ["PATH"] = os.environ["PATH"]
        subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i",
             "testsrc=duration=10:size=64x64:rate=10", "-c:v", "mpeg2video",
             "-g", "10", "-f", "mpegts", self.source("faust")], check=True)
        encoder = self.start()
        self.put("faust")
        encoder.hear_of("faust is encoded")
        with open(self.made("faust"), encoding="utf-8") as file:
            segments = json.load(file)["segments"]
        self.assertGreater(len(segments), 1)
        with open(self.made("faust", "index.m3u8")) as file:
            playlist = file.read()
        self.assertIn("#EXT-X-ENDLIST", playlist)
        for segment in segments:
            self.assertIn(segment["file"], playlist)
            with open(self.made("faust", segment["file"]), "rb") as file:
                self.assertEqual(hashlib.sha1(file.read()).hexdigest(),
                                 segment["sha1"])


class Faults(Encoding):
    """Films come through a pipe, so that a job is in the middle for as long
    as the test likes."""

    def begin(self, name, content):
        """Upload a film, and let an encoder read half of it: the pipe."""
        path = self.source(name)
        os.mkfifo(path)
        self.put(name)
        file = os.open(path, os.O_WRONLY)  # When it has begun to read
        fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, MIB)
        half = memoryview(content)[:len(content) // 2]
        while half:
            half = half[os.write(file, half):]
        while not os.path.exists(self.made(name, "segment-00000")):
            pass
        return file

    def replace(self, name, content):
        """Put a plain file in the place of the pipe."""
        path = self.source(name)
        with open(path + "-", "wb") as file:
            file.write(content)
        os.rename(path + "-", path)

    def finish(self, file, content):
        rest = memoryview(content)[len(content) // 2:]
        while rest:
            rest = rest[os.write(file, rest):]
        os.close(file)

    def test_another_one_does_the_job_of_one_that_was_killed(self):
        content = os.urandom(4 * MIB)
        first = self.start()
        file = self.begin("faust", content)
        self.assertFalse(os.path.exists(self.made("faust")))
        second = self.start()
        self.replace("faust", content)
        first.kill()
        os.close(file)
        second.hear_of("faust is encoded")
        self.check("faust", content)
        self.queue.await_empty("encode")

    def test_a_job_goes_on_while_the_queue_is_dead(self):
        content = os.urandom(4 * MIB)
        encoder = self.start()
        file = self.begin("faust", content)
        self.queue.kill()
        encoder.hear_of("gets no jobs")
        self.finish(file, content)
        encoder.hear_of("faust is encoded")
        self.replace("faust", content)
        self.queue = constellation.Queue(self, self.place)
        encoder.hear_of("takes jobs again")
        self.queue.await_empty("encode")
        self.check("faust", content)

    def test_all_are_killed_and_the_job_is_still_there(self):
        content = os.urandom(4 * MIB)
        encoder = self.start()
        file = self.begin("faust", content)
        self.queue.kill()
        encoder.kill()
        os.close(file)
        self.replace("faust", content)
        self.queue = constellation.Queue(self, self.place)
        self.start().hear_of("faust is encoded")
        self.check("faust", content)
        self.queue.await_empty("encode")

    def test_two_do_not_encode_the_same_film_at_once(self):
        content = os.urandom(4 * MIB)
        self.start()
        file = self.begin("faust", content)
        other = self.start()
        #  The first one can hold two; one of these goes to the other
        for _ in range(3):
            self.queue.put("encode", {"upload": "faust"})
        other.hear_of("another encoder is at it; again in a second")
        self.finish(file, content)
        self.replace("faust", content)
        self.queue.await_empty("encode")
        self.check("faust", content)

    def test_a_job_that_lasts_is_not_given_to_another(self):
        content = os.urandom(4 * MIB)
        encoder = self.start()
        file = self.begin("faust", content)
        encoder.signal(signal.SIGTERM)  # It shall not end in the middle
        self.finish(file, content)
        encoder.hear_of("faust is encoded")
        self.assertEqual(encoder.wait(), 0)
        self.assertIn("finished what was begun", encoder.hear())
        self.queue.await_empty("encode")
        self.assertEqual(self.queue.stat("encode")["returned"], 0)

    def test_whatever_is_killed_each_upload_is_encoded(self):
        seed = int(os.environ.get("ZP_SEED") or random.randrange(1 << 32))
        print(f"ZP_SEED={seed}")
        chance = random.Random(seed)
        films = {f"film-{number}": chance.randbytes(4 * MIB)
                 for number in range(24)}
        encoders = [self.start(), self.start()]
        for number, (name, content) in enumerate(films.items()):
            self.upload(name, content)
            if number % 4 != 3:
                continue
            victim = chance.randrange(3)
            if victim == 2:
                self.queue.kill()
                self.queue = constellation.Queue(self, self.place)
            else:
                encoders[victim].kill()
                encoders[victim] = self.start()
        self.queue.await_empty("encode")
        for name, content in films.items():
            self.check(name, content)


if __name__ == "__main__":
    unittest.main()
