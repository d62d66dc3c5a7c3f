"""How the scripts talk to the gateway."""
import argparse

import httpx

PATIENCE = 60
"""Seconds that an answer may take, on a machine that is busy too."""


def client():
    """A client of the gateway that the script is told of on its command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="the gateway's address")
    parser.add_argument("--key", required=True, help="an admin key of its organization `default`")
    given = parser.parse_args()
    return httpx.Client(base_url=given.url, headers={"X-API-Key": given.key}, timeout=PATIENCE, trust_env=False)


def answer(response):
    """What a request that must succeed is answered."""
    if response.status_code != 200:
        raise RuntimeError(f"{response.request.method} {response.request.url}: {response.status_code} {response.text}")
    return response.json()


def send(client, method, path, text):
    """Sends JSON as it is spelled, and gives what it is answered."""
    return answer(client.request(method, path, content=text.encode(), headers={"Content-Type": "application/json"}))
