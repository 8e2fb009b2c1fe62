"""Needs `cpis-hub` on the PATH. Run it with: python3 -m unittest"""

import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.request

from council import Council

HALTON = "E06000006"
OF_AUTHORITY = "/v1/authorities/{authorityCode}"
LAST_NIGHT = "2026-11-24T02:00:00Z"
ROBIN = {"nhsNumber": "9990000018", "planType": "CPP", "startDate": "2026-03-02", "localId": "HAL-10231"}
ALEX = {"nhsNumber": "9990000026", "planType": "LAC", "startDate": "2025-09-15", "localId": "HAL-10232"}
NURSE = {
    "organisation": {"odsCode": "RBN01", "name": "Whiston Hospital (simulated)"},
    "user": {"id": "555500000001", "name": "Jo Bright", "roleName": "Nurse"},
}
START_SECONDS = 30


class CouncilTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        ready = os.path.join(cls.folder.name, "ready")
        cls.hub = subprocess.Popen(
            ["cpis-hub", "serve", "--port", "0", "--ready-file", ready],
            env={**os.environ, "DATA_DIR": ":memory:", "TESTER_CONTROLS": "true", "LOG_LEVEL": "silent"},
            stdout=subprocess.DEVNULL,
        )
        cls.addClassCleanup(cls.hub.wait)
        cls.addClassCleanup(cls.hub.terminate)
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(ready):
            if cls.hub.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the hub did not start")
            time.sleep(0.05)
        with open(ready, encoding="utf-8") as file:
            cls.hub_url = file.read().strip()

    def setUp(self):
        self.ask("POST", "/tester/reset")
        self.ask("PUT", "/tester/clock", {"now": "2026-11-24T09:30:00Z", "frozen": True})
        self.waits = []
        self.database = os.path.join(self.folder.name, f"{self.id()}.db")
        self.council = self.open_council()

    def open_council(self):
        """Halton's system, also after a new start; it does not wait, but notes how long it would."""
        council = Council(self.hub_url, HALTON, self.database, self.waits.append)
        self.addCleanup(council.close)
        return council

    def ask(self, method, path, message=None):
        body = None if message is None else json.dumps(message).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(self.hub_url + path, body, headers, method=method)
        with urllib.request.urlopen(request) as reply:
            text = reply.read()
            return json.loads(text) if text else None

    def fault(self, route, times, what):
        self.ask("POST", "/tester/faults", {"match": {"route": OF_AUTHORITY + route}, "times": times, "do": what})

    def receipts(self):
        items = self.ask("GET", f"/v1/authorities/{HALTON}/datasets")["items"]
        return [(item["sequence"], item["outcome"]) for item in items]

    def queue(self):
        return [item["state"] for item in self.ask("GET", f"/v1/authorities/{HALTON}/notifications")["items"]]

    def see(self, child):
        self.ask("POST", "/v1/lookups", {"nhsNumber": child["nhsNumber"], "requester": NURSE})

    def test_a_returned_dataset_is_corrected_under_the_same_sequence(self):
        returned = self.council.send([ROBIN, {**ALEX, "nhsNumber": "9990000027"}], LAST_NIGHT)
        (finding,) = returned["findings"]
        self.assertEqual((finding["localId"], finding["code"]), ("HAL-10232", "NHS_NUMBER_CHECK_DIGIT"))
        self.council.send([ROBIN, ALEX], LAST_NIGHT)
        self.assertEqual(self.receipts(), [(1, "accepted"), (1, "returned")])

    def test_a_busy_hub_is_waited_for_as_long_as_it_says(self):
        self.fault("/datasets", 2, {"status": 503, "retryAfterSeconds": 7})
        self.council.send([ROBIN], LAST_NIGHT)
        self.assertEqual(self.waits, [7, 7])
        self.assertEqual(self.receipts(), [(1, "accepted")])

    def test_a_lost_reply_costs_no_second_sequence(self):
        self.fault("/datasets", 5, {"drop": "after"})
        with self.assertRaises(TimeoutError):
            self.council.send([ROBIN], LAST_NIGHT)
        self.open_council().send([ROBIN, ALEX], "2026-11-25T02:00:00Z")
        self.assertEqual(self.receipts(), [(2, "accepted"), (1, "accepted")])

    def test_what_was_not_acknowledged_comes_again_and_is_one_task(self):
        self.council.send([ROBIN], LAST_NIGHT)
        self.see(ROBIN)
        self.fault("/notifications/acknowledge", 5, {"drop": "before"})
        with self.assertRaises(TimeoutError):
            self.council.collect()
        self.assertEqual(len(self.council.tasks()), 1, "it was kept before it was acknowledged")
        self.assertEqual(self.queue(), ["leased"])

        self.ask("PUT", "/tester/clock", {"advance": "PT61S"})
        self.open_council().collect()
        (task,) = self.council.tasks()
        self.assertEqual((task["kind"], task["localIds"]), ("access", ["HAL-10231"]))
        self.assertEqual(self.queue(), ["acknowledged"])


if __name__ == "__main__":
    unittest.main()
