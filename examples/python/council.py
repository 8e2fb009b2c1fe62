"""A council's case-management system, as far as the hub sees it."""

import http.client
import json
import sqlite3
import time
import urllib.error
import urllib.request

ATTEMPTS_MAX = 5
TIMEOUT_SECONDS = 30
WAIT_SECONDS = 1


class Refused(Exception):
    """The hub said no, and why; sending the same again would not help."""


class Council:
    """What it must not forget is in one database: the sequence, the dataset that has no answer yet, and the tasks."""

    def __init__(self, hub_url, authority_code, database, wait=time.sleep):
        self.url = f"{hub_url}/v1/authorities/{authority_code}"
        self.wait = wait
        self.database = sqlite3.connect(database, isolation_level=None)
        self.database.execute("create table if not exists sent (sequence integer primary key)")
        self.database.execute("create table if not exists unanswered (dataset text)")
        self.database.execute("create table if not exists tasks (id text primary key, notification text)")

    def close(self):
        self.database.close()

    def send(self, records, extracted_at):
        """Sends the whole current list. A returned one is sent again, corrected, with the same sequence."""
        self.send_unanswered()
        (last,) = self.database.execute("select coalesce(max(sequence), 0) from sent").fetchone()
        dataset = {
            "sequence": last + 1,
            "extractedAt": extracted_at,
            "recordCount": len(records),
            "records": records,
        }
        self.database.execute("insert into unanswered values (?)", [json.dumps(dataset)])
        return self.send_unanswered()

    def send_unanswered(self):
        """Sends what has no answer, unchanged: if it was accepted already, the first receipt comes back."""
        row = self.database.execute("select dataset from unanswered").fetchone()
        if row is None:
            return None
        status, receipt = self._post("datasets", row[0])
        with self.database:
            self.database.execute("begin")
            if status < 400:
                self.database.execute("insert or ignore into sent values (?)", [receipt["sequence"]])
            self.database.execute("delete from unanswered")
        if status >= 400 and receipt.get("outcome") != "returned":
            raise Refused(f"{receipt['code']}: {receipt['detail']}")
        return receipt

    def collect(self):
        """Takes all that the council is told. Each is kept before it is acknowledged; what is not comes again."""
        while True:
            lease = self._post_ok("notifications/lease", "{}")
            if lease["leaseId"] is None:
                return
            # On the disk when the transaction ends; one that comes again is there already.
            with self.database:
                self.database.execute("begin")
                for notification in lease["notifications"]:
                    row = [notification["id"], json.dumps(notification)]
                    self.database.execute("insert or ignore into tasks values (?, ?)", row)
            ids = [notification["id"] for notification in lease["notifications"]]
            self._post_ok("notifications/acknowledge", json.dumps({"ids": ids}))

    def tasks(self):
        """What a social worker has to see to: one for each notification, however often it came."""
        rows = self.database.execute("select notification from tasks order by id")
        return [json.loads(notification) for (notification,) in rows]

    def _post_ok(self, path, text):
        status, body = self._post(path, text)
        if status >= 400:
            raise Refused(f"{body['code']}: {body['detail']}")
        return body

    def _post(self, path, text):
        """Every request of a council may be repeated as it is, so one that was put off or lost is."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return self._try_once(path, text)
            except urllib.error.HTTPError as busy:
                busy.close()
                seconds = int(busy.headers.get("Retry-After", WAIT_SECONDS))
            except (OSError, http.client.HTTPException):
                seconds = WAIT_SECONDS
            if attempt < ATTEMPTS_MAX:
                self.wait(seconds)
        raise TimeoutError(f"The hub gave no answer in {ATTEMPTS_MAX} attempts")

    def _try_once(self, path, text):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{path}", text.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as reply:
            if reply.code >= 500:
                raise
            with reply:
                return reply.code, json.load(reply)
