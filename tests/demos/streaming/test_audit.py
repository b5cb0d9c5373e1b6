#  SPDX-License-Identifier: MIT
"""zp-audit finds what is wrong in the books, and nothing else."""

import os
import sqlite3
import subprocess
import unittest

import constellation
import sagas
from peers import Case

TITLES = (
    "no entry is missing", "what leaves one account comes to another",
    "each balance is the sum of its entries", "each seat is free or held once",
    "nobody has two plans", "who holds a seat may watch, and nobody else",
    "what was paid for was given, or refunded",
    "what was given was paid for",
    "a seat was taken for what was given, or released",
    "what was given has a seat", "who has left was paid back",
    "who was paid back has left")

#  Whose book is changed, how, and which checks see that
TAMPERED = [
    ("licence", "UPDATE entries SET amount = 2 WHERE key = 's1/reserve'"
     " AND account = 'held'", {1, 2, 3, 5}),
    ("licence", "DELETE FROM entries WHERE key = 's1/reserve'",
     {0, 2, 5, 9}),
    ("licence", "UPDATE balances SET balance = balance + 1"
     " WHERE account = 'free' AND plan = 'basic'", {2}),
    ("licence", "UPDATE entries SET profile = 'dino'"
     " WHERE key = 's1/reserve' AND account = 'held'", {2, 5, 8, 9}),
    ("licence", "INSERT INTO entries (time_ms, key, what, account,"
     " profile, plan, amount) VALUES (0, 'x/reserve', 'licence.reserve_seat',"
     " 'free', '', 'basic', -1), (0, 'x/reserve', 'licence.reserve_seat',"
     " 'held', 'dino', 'basic', 1)", {5, 8}),
    ("licence", "DELETE FROM entries WHERE key = 's3/return'", {2, 5}),
    ("billing", "DELETE FROM entries WHERE what = 'billing.refund'",
     {0, 2, 6}),
    ("billing", "UPDATE entries SET amount = 498 WHERE amount = 499", {1, 2}),
    ("billing", "DELETE FROM entries WHERE key = 's1/charge'", {0, 2, 7}),
    ("billing", "UPDATE entries SET key = 'x/charge'"
     " WHERE key = 's1/charge'", {6, 7}),
    ("billing", "UPDATE entries SET profile = 'dino'"
     " WHERE key = 's1/charge' AND account = 'card'", {2, 6, 7}),
    ("billing", "DELETE FROM entries WHERE what = 'billing.pay_back'",
     {2, 10}),
    ("entitlement", "INSERT INTO entries (time_ms, key, what, account,"
     " profile, plan, amount) VALUES (0, 'x/grant', 'entitlement.grant',"
     " 'given', '', 'premium', -1), (0, 'x/grant', 'entitlement.grant',"
     " 'may', 'ada', 'premium', 1)", {4, 5, 7, 9}),
    ("entitlement", "DELETE FROM entries WHERE what = 'entitlement.revoke'",
     {2, 5, 11}),
]


class Audit(Case):
    def setUp(self):
        super().setUp()
        self.services = sagas.Constellation(self)

    def live(self):
        """Sagas of all kinds: ada subscribes, bruno is refunded, clara
        leaves."""
        run = self.services.run
        self.assertEqual(run("subscribe", "s1", profile="ada",
                             plan="basic")[0], "COMPLETED")
        self.assertEqual(run("upgrade", "s2", profile="bruno", plan="premium",
                             **{"from": "basic"})[0], "COMPENSATED")
        self.assertEqual(run("subscribe", "s4", profile="clara",
                             plan="basic")[0], "COMPLETED")
        self.services.begin("cancel", "s3", profile="clara")
        self.services.confirm("s3")
        self.assertEqual(self.services.wait("s3")["state"], "COMPLETED")

    def tamper(self, book, sql):
        """Change a book behind its service's back, as no service can."""
        self.services.programs[book].stop()
        connection = sqlite3.connect(self.services.programs[book].book)
        triggers = list(connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
            " AND name <> 'balance'"))
        for name, _ in triggers:
            connection.execute("DROP TRIGGER " + name)
        self.assertGreater(connection.execute(sql).rowcount, 0)
        connection.commit()
        connection.close()
        self.services.start(book)


class Right(Audit):
    def test_empty_books_agree(self):
        self.services.check_books()

    def test_the_books_agree_when_sagas_have_ended(self):
        self.live()
        said = self.services.check_books()
        self.assertEqual(said.splitlines()[:-1],
                         ["ok     " + title for title in TITLES])
        self.assertIn("105 seats, of which 1 are held", said)

    def test_it_reads_books_of_many_pages(self):
        licence = self.services.licence
        for number in range(150):
            for verb in (licence.step, licence.undo):
                verb("licence.reserve_seat" if verb == licence.step else
                     "licence.release_seat", f"s{number}/reserve",
                     {"profile": "ada", "plan": "basic"})
        self.assertIn("604 entries", self.services.check_books())


class Wrong(Audit):
    def test_each_change_behind_the_back_of_a_service_is_seen(self):
        seen = set()
        self.live()
        self.services.check_books()
        for name in sagas.PARTNERS[:3]:
            self.services.programs[name].stop()
        whole = {}
        for name in sagas.PARTNERS[:3]:
            with open(self.services.programs[name].book, "rb") as file:
                whole[name] = file.read()
            self.services.start(name)
        for book, sql, checks in TAMPERED:
            with self.subTest(book=book, sql=sql):
                self.tamper(book, sql)
                code, said = self.services.audit()
                self.assertEqual(code, 1, said)
                wrong = {TITLES.index(line[len("WRONG  "):-1])
                         for line in said.splitlines()
                         if line.startswith("WRONG")}
                self.assertEqual(wrong, checks, said)
                seen |= wrong
            self.services.programs[book].stop()
            with open(self.services.programs[book].book, "wb") as file:
                file.write(whole[book])
            self.services.start(book)
        self.assertEqual(seen, set(range(len(TITLES))))
        self.services.check_books()


class Work(Audit):
    """What was accepted for later, and is done."""

    def setUp(self):
        super().setUp()
        self.place = self.services.place
        self.queue = self.services.queue
        self.exporter = constellation.exporter(
            self, self.place, self.queue.endpoint,
            profiles=constellation.profiles(self).endpoint,
            **{name: self.services.at(name) for name in sagas.PARTNERS[1:]})
        self.viewers = constellation.Service(
            self, "zp-viewers", "--gateway", constellation.NOWHERE,
            "--profiles", constellation.profile_file(), "--film", __file__,
            "--factor", "0")

    def audit(self, desk):
        return self.services.audit(
            self.queue.endpoint, desk.endpoint, self.exporter.endpoint,
            self.viewers.endpoint)

    def work(self):
        """Somebody subscribes, has a question, and wants all data: the
        desk, and the number of the export."""
        desk = constellation.support(self, self.place, self.queue.endpoint)
        self.live()
        self.queue.put("support", {"profile": "ada", "text": "no sound"})
        export = self.queue.put("exports", {"profile": "ada"})
        for name in ("support", "exports", "invoices"):
            self.queue.await_empty(name)
        return desk, os.path.join(self.place, "exports", f"{export}.json")

    def invoice(self):
        return os.path.join(self.place, "invoices", min(os.listdir(
            os.path.join(self.place, "invoices"))))

    def check_wrong(self, desk, title):
        code, said = self.audit(desk)
        self.assertEqual(code, 1, said)
        self.assertEqual([line for line in said.splitlines()
                          if line.startswith("WRONG")], [f"WRONG  {title}:"])

    def test_all_agrees_when_all_is_done(self):
        desk, _ = self.work()
        code, said = self.audit(desk)
        self.assertEqual(code, 0, said)
        self.assertIn("ok     viewers got all that they were promised", said)

    def test_nothing_is_said_while_jobs_are_open(self):
        desk, _ = self.work()
        desk.stop()
        self.queue.put("support", {"profile": "ada", "text": "no picture"})
        desk = constellation.support(self, self.place, constellation.NOWHERE)
        self.assertEqual(self.audit(desk),
                         (3, "open   jobs that are not done: 1\n"))

    def test_a_job_that_was_given_up_is_seen(self):
        desk, _ = self.work()
        self.queue.put("support", b"{")
        self.queue.await_buried("support", 1)
        self.check_wrong(desk, "no job was given up")

    def test_an_invoice_that_is_not_there_is_seen(self):
        desk, _ = self.work()
        os.unlink(self.invoice())
        self.check_wrong(
            desk, "each charge has its invoice, and each invoice its charge")

    def test_an_answer_that_is_not_there_is_seen(self):
        desk, _ = self.work()
        book = sqlite3.connect(os.path.join(self.place, "support.db"))
        with book:
            book.execute("DELETE FROM answers")
        book.close()
        self.check_wrong(desk, "each ticket is counted once")

    def test_an_export_that_is_not_whole_is_seen(self):
        desk, export = self.work()
        os.truncate(export, 10)
        self.check_wrong(desk, "each export is whole")


class Open(Audit):
    def test_nothing_is_said_while_sagas_are_open(self):
        self.live()
        self.services.begin("cancel", "s5", profile="ada")
        code, said = self.services.audit()
        self.assertEqual((code, said),
                         (3, "open   sagas that are running: 1\n"))
        self.services.confirm("s5")
        self.services.wait("s5")
        self.services.check_books()


class Calls(Audit):
    def run_audit(self, *endpoints):
        return subprocess.run(
            [os.path.join(constellation.peers.BIN, "zp-audit"), *endpoints],
            capture_output=True, text=True, timeout=constellation.PATIENCE_S)

    def test_it_needs_four_endpoints_or_eight(self):
        for count in (1, 5):
            done = self.run_audit(*count * ["tcp://127.0.0.1:1"])
            self.assertEqual(done.returncode, 2)
            self.assertIn("LICENCE BILLING ENTITLEMENT SAGA", done.stderr)
        done = self.run_audit(*4 * ["nonsense"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("nonsense", done.stderr)

    def test_a_service_that_is_not_there_is_told(self):
        self.services.billing.stop()
        done = self.run_audit(*(self.services.at(name) for name in (
            *sagas.PARTNERS[:3], "saga")))
        self.assertEqual(done.returncode, 1)
        self.assertIn("ledger.entries failed: ", done.stderr)
        self.services.start("billing")


if __name__ == "__main__":
    unittest.main()
