#  SPDX-License-Identifier: MIT
"""zp-profiles answers what is asked, and refuses the rest."""

import unittest

import zmq

import constellation
import wire
from constellation import load, outcome, profile_file
from peers import Case


class Profiles(Case):
    def setUp(self):
        super().setUp()
        self.service = constellation.profiles(self)
        self.ada = load(profile_file())[0]

    def call(self, method, **body):
        return self.service.call("profiles." + method, body)

    def log_in(self):
        code, result = self.call("login", profile="ada", pin=self.ada["pin"])
        self.assertEqual(code, "OK", result)
        self.assertEqual(result["name"], self.ada["name"])
        return result["token"]

    def history(self, profile="ada"):
        code, result = self.call("history.list", profile=profile)
        self.assertEqual(code, "OK", result)
        return result["history"]

    def test_the_list_tells_names_and_no_secrets(self):
        code, result = self.call("list")
        self.assertEqual(code, "OK")
        self.assertEqual(
            result["profiles"],
            [{"profile": one["id"], "name": one["name"]}
             for one in load(profile_file())])

    def test_get(self):
        self.assertEqual(
            self.call("get", profile="ada"),
            ("OK", {"profile": "ada", "name": self.ada["name"],
                    "watched": len(self.ada["history"])}))

    def test_a_profile_that_is_not_there(self):
        for method in ("get", "history.list"):
            code, text = self.call(method, profile="nobody")
            self.assertEqual(code, "NOT_FOUND")
            self.assertIn('"nobody"', text)
            self.assertIn("profiles.list", text)

    def test_a_log_in_gives_a_token_that_nobody_had_before(self):
        tokens = {self.log_in() for _ in range(5)}
        self.assertEqual(len(tokens), 5)
        for token in tokens:
            self.assertRegex(token, "^[0-9a-f]{32}$")

    def test_a_wrong_pin_and_a_wrong_name_are_told_in_the_same_words(self):
        wrong_pin = self.call("login", profile="ada", pin="9999")
        wrong_name = self.call("login", profile="eve", pin=self.ada["pin"])
        self.assertEqual(wrong_pin[0], "UNAUTHENTICATED")
        self.assertEqual(wrong_pin, wrong_name)

    def test_what_is_watched_comes_first_in_the_history(self):
        self.assertEqual(self.history(), self.ada["history"])
        token = self.log_in()
        code, result = self.call("history.add", token=token, film="faust")
        self.assertEqual(code, "OK")
        self.assertEqual(result, {"profile": "ada", "watched":
                                  len(self.ada["history"]) + 1})
        self.assertEqual(self.history(), ["faust"] + self.ada["history"])

    def test_watched_twice_counts_once(self):
        token = self.log_in()
        for _ in range(2):
            self.call("history.add", token=token, film="faust")
        last = self.ada["history"][-1]
        self.call("history.add", token=token, film=last)
        self.assertEqual(self.history(),
                         [last, "faust"] + self.ada["history"][:-1])

    def test_a_history_is_of_one_profile(self):
        self.call("history.add", token=self.log_in(), film="faust")
        self.assertNotIn("faust", self.history("bruno"))

    def test_old_films_are_forgotten(self):
        token = self.log_in()
        for number in range(510):
            self.call("history.add", token=token, film=f"film-{number}")
        self.assertEqual(self.history(),
                         [f"film-{number}" for number in range(509, 9, -1)])

    def test_a_token_that_was_never_given(self):
        for token in ("0" * 32, "é" * 16):
            code, text = self.call("history.add", token=token, film="faust")
            self.assertEqual(code, "UNAUTHENTICATED")
            self.assertIn("profiles.login", text)
        self.assertEqual(self.history(), self.ada["history"])

    def test_the_ninth_device_logs_out_the_first(self):
        tokens = [self.log_in() for _ in range(9)]
        codes = [self.call("history.add", token=token, film="faust")[0]
                 for token in tokens]
        self.assertEqual(codes, ["UNAUTHENTICATED"] + ["OK"] * 8)

    def test_a_repeated_log_in_gets_the_same_token(self):
        dealer = self.socket(zmq.DEALER, self.service.endpoint)
        envelope = wire.Envelope(client=1, serial=7)
        body = f'{{"profile": "ada", "pin": "{self.ada["pin"]}"}}'.encode()
        tokens = []
        for attempt in (1, 2):
            dealer.send_multipart(
                [envelope._replace(attempt=attempt).encode(), b"",
                 b"profiles.login", body])
            tokens.append(outcome(dealer.recv_multipart()[2:])[1]["token"])
        self.assertEqual(tokens[0], tokens[1])

    def test_who_watches_where(self):
        for profile, device, count in [
                ("ada", "tv", 1), ("bruno", "tv", 2), ("ada", "phone", 1)]:
            code, result = self.call("switch", profile=profile, device=device)
            self.assertEqual((code, result), ("OK", {
                "profile": profile, "name": profile.capitalize(),
                "device": device, "switched": count}))
        self.assertEqual(self.call("switch", profile="ada")[1]["device"], "tv")
        self.assertEqual(self.call("switch", profile="nobody")[0],
                         "NOT_FOUND")
        self.assertEqual(self.service.gauges(), {
            "switched": 4, "twice": 0, "watching": 2})

    def switch(self, serials, attempts):
        """Ask so many times with each id: how often it says it was
        switched."""
        dealer = self.socket(zmq.DEALER, self.service.endpoint)
        said = []
        for serial in serials:
            envelope = wire.Envelope(client=1, serial=serial)
            for attempt in attempts:
                dealer.send_multipart(
                    [envelope._replace(attempt=attempt).encode(), b"",
                     b"profiles.switch", b'{"profile": "ada"}'])
                code, result = outcome(dealer.recv_multipart()[2:])
                said.append(result["switched"])
        return said

    def test_a_repeated_switch_is_executed_once(self):
        self.assertEqual(self.switch((7, 8), (1, 2, 3)), [1, 1, 1, 2, 2, 2])
        self.assertEqual(self.service.gauges()["switched"], 2)
        self.assertEqual(self.service.gauges()["twice"], 0)

    def test_bad_bodies(self):
        for method, body, text in [
                ("login", {}, "is missing"),
                ("login", {"profile": "ada"}, '"pin" is missing'),
                ("login", {"profile": "ada", "pin": 1922}, "a string"),
                ("get", {}, '"profile" is missing'),
                ("get", {"profile": "x" * 65}, "of 1 to 64 bytes"),
                ("history.list", {"profile": 1}, "a string"),
                ("history.add", {"film": "faust"}, '"token" is missing'),
                ("history.add", {"token": "short", "film": "faust"},
                 "of 32 to 32 bytes"),
                ("history.add", {"token": "0" * 32, "film": ""},
                 '"film" must be a string')]:
            with self.subTest(method=method, body=body):
                code, said = self.call(method, **body)
                self.assertEqual(code, "INVALID_ARGUMENT")
                self.assertIn(text, said)

    def test_bad_bodies_are_refused_by_each_method(self):
        constellation.check_bad_bodies(
            self, self.service, "profiles.list", "profiles.login",
            "profiles.get", "profiles.history.list", "profiles.history.add",
            "profiles.switch", "gauges")


if __name__ == "__main__":
    unittest.main()
