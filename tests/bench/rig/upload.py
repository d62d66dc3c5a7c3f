"""A client of Aegis' upload that keeps neither the file nor the answer in memory."""
import http.client
import socket
import time
from dataclasses import dataclass

from rig.gateway import KEY
from rig.reading import count_marks

BOUNDARY = "----the-boundary-of-the-bench"
METRICS = '{"1":{"threshold":70,"metric_args":null}}'
PATIENCE = 600
"""Seconds that the server may be silent."""


@dataclass(frozen=True)
class Uploaded:
    """What a 201 told."""
    seconds: float
    """From the first byte sent to the last byte received."""
    seconds_to_head: float
    """The same up to the head of the answer: by then all is stored."""
    records: int
    answer_bytes: int


def head(address, length):
    """The head of the request."""
    return (f"POST /api/v1/datasets HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n").encode()


def before_file():
    """What stands before the file's bytes; like the vendor's own example the file comes first."""
    return (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n"
            f"Content-Type: text/csv\r\n\r\n").encode()


def after_file(name, metrics=METRICS):
    fields = "".join(f"\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}"
                     for field, value in (("selected_metrics", metrics), ("name", name)))
    return f"{fields}\r\n--{BOUNDARY}--\r\n".encode()


def connect(address):
    host, port = address.split(":")
    made = socket.create_connection((host, int(port)), timeout=PATIENCE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def upload(address, name, pieces, length, metrics=METRICS):
    """Uploads a file that comes in pieces and counts the records of the answer."""
    before, after = before_file(), after_file(name, metrics)
    with connect(address) as connection:
        began = time.perf_counter()
        try:
            connection.sendall(head(address, len(before) + length + len(after)) + before)
            for piece in pieces:
                connection.sendall(piece)
            connection.sendall(after)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server refused it half way; its answer says why.
        answer = http.client.HTTPResponse(connection, method="POST")
        answer.begin()
        seconds_to_head = time.perf_counter() - began
        if answer.status != 201:
            raise RuntimeError(f"the upload was answered with {answer.status}: {answer.read(2000)!r}")
        records, size = count_marks(answer, MARK)
        return Uploaded(time.perf_counter() - began, seconds_to_head, records, size)


MARK = b'"dataset_id":'
"""Each record has it once. In a text its quotes would be escaped."""
