"""One object of each kind, made by several customers at once who all say the same, as far as the API lets them.
Tells the ids of all that was made."""
import argparse
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from gentrace import AsyncGentrace, Gentrace

from judge.checks import Tally

TABLES = {"pipelines": "pipelines", "datasets": "datasets", "test_cases": "cases", "experiments": "runs"}


def calls(label, number, dataset):
    """What a customer asks for: the same as every other, but for the slug, which cannot be taken twice."""
    return [
        ("pipelines", {"slug": f"{label}-{number}"}),
        ("datasets", {"name": f"{label} d", "description": None}),
        ("test_cases", {"name": f"{label} c", "inputs": {"q": 1}, "dataset_id": dataset}),
        ("experiments", {"pipeline_id": "default"}),
        ("experiments", {"pipeline_id": "default", "name": label, "metadata": {"a": [1.5]}}),
    ]


class Customers:
    """Clients, each with connections of its own."""

    def __init__(self, urls, label):
        self.urls, self.label = urls, label
        self.made = {table: [] for table in TABLES.values()}
        self.tally = Tally()

    def sync(self):
        """Plain clients, each in a thread; nobody begins a call before all others have ended the one before."""
        with Gentrace(base_url=self.urls[0]) as client:
            dataset = client.datasets.create(name=f"{self.label} 0", description=None)
        self.made["datasets"].append(dataset.id)
        barrier = threading.Barrier(len(self.urls), timeout=60)

        def customer(number):
            with Gentrace(base_url=self.urls[number]) as client:
                for resource, fields in calls(self.label, number, dataset.id):
                    barrier.wait()
                    try:
                        made = getattr(client, resource).create(**fields)
                    except Exception as error:  # Whatever the vendor's client raises, its user would see.
                        made = error
                    self.keep(resource, made)

        with ThreadPoolExecutor(len(self.urls)) as pool:
            list(pool.map(customer, range(len(self.urls))))

    async def asynchronous(self):
        """Asynchronous clients, all in one event loop."""
        clients = [AsyncGentrace(base_url=url) for url in self.urls]
        dataset = await clients[0].datasets.create(name=f"{self.label} 0", description=None)
        self.made["datasets"].append(dataset.id)
        alike = zip(*(calls(self.label, number, dataset.id) for number in range(len(clients))), strict=True)
        for asked in alike:
            asking = (getattr(one, resource).create(**fields)
                      for one, (resource, fields) in zip(clients, asked, strict=True))
            for made in await asyncio.gather(*asking, return_exceptions=True):
                self.keep(asked[0][0], made)
        for one in clients:
            await one.close()

    def keep(self, resource, made):
        """Keeps the id of what was made."""
        is_error = isinstance(made, Exception)
        self.tally.that(f"{resource}.create", not is_error, f"expected an object, saw {made!r}")
        if not is_error:
            self.made[TABLES[resource]].append(made.id)


def main():
    """Makes everything once for each URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", choices=("sync", "async"), required=True)
    parser.add_argument("--label", required=True)
    parser.add_argument("--at", action="append", required=True, help="the base URL of one customer")
    chosen = parser.parse_args()
    customers = Customers(chosen.at, chosen.label)
    if chosen.form == "sync":
        customers.sync()
    else:
        asyncio.run(customers.asynchronous())
    tally = customers.tally
    for table, ids in customers.made.items():
        expected = len(chosen.at) * (2 if table == "runs" else 1) + (table == "datasets")
        tally.equal(f"{table} given back", len(set(ids)), expected)
    print(tally.json(made=customers.made))


if __name__ == "__main__":
    main()
