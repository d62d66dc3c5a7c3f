"""What a user of the vendor's API calls around a benchmark, as plain HTTP."""
import http.client
import json
import time
from contextlib import closing
from urllib.parse import urlsplit

ENDED = ("completed", "failed")


class Client:
    """Calls a gateway as somebody of an organization, by its id or slug."""

    def __init__(self, url, key, org):
        self.url, self.org = url, org
        self._key = key

    def call(self, method, path, body=None):
        """The status of an answer and what it says."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        with closing(connection):
            connection.request(method, f"/v1/orgs/{self.org}{path}", body and json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def done(self, method, path, body=None):
        """What the answer says to a call that succeeds."""
        status, said = self.call(method, path, body)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {said}")
        return said

    def dataset(self, samples):
        """The id of a new dataset with these samples."""
        made = self.done("POST", "/datasets", {"name": "made up"})["id"]
        self.done("POST", f"/datasets/{made}/samples", {"samples": samples})
        return made

    def samples(self, dataset):
        """All samples of a dataset, in its order."""
        return self._pages(f"/datasets/{dataset}/samples", "samples")

    def start(self, dataset, **more):
        """A new benchmark, as the answer has it."""
        return self.done("POST", "/benchmarks", {"dataset_id": dataset, **more})

    def benchmark(self, run):
        """How a benchmark stands."""
        return self.done("GET", f"/benchmarks/{run}")

    def awaited(self, run, until, within=120):
        """A benchmark as soon as `until` says so of it. None when that never happens."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            benchmark = self.benchmark(run)
            if until(benchmark):
                return benchmark
            time.sleep(0.05)
        return None

    def ended(self, run, within=120):
        """A benchmark when it has ended; as it stands when it does not end."""
        ended = self.awaited(run, lambda benchmark: benchmark["status"] in ENDED, within)
        return ended or self.benchmark(run)

    def results(self, run):
        """All rows of a benchmark, in pages that do not divide them evenly."""
        return self._pages(f"/benchmarks/{run}/results", "results")

    def _pages(self, path, name, limit=97):
        rows = []
        while True:
            page = self.done("GET", f"{path}?limit={limit}&offset={len(rows)}")
            rows += page[name]
            if not page[name]:
                return rows
