"""Reading much, and keeping nothing of it."""
import http.client
import subprocess
import time
from dataclasses import dataclass

from rig.gateway import HEADERS

PATIENCE = 600
"""Seconds that a server may be silent."""


@dataclass(frozen=True)
class Read:
    """What was read, whoever it came from."""
    seconds: float
    rows: int
    bytes: int


def read_answers(address, paths, mark):
    """Reads the answers to some paths on one connection. Each row has the mark once."""
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    rows = size = 0
    began = time.perf_counter()
    for path in paths:
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.read(500)!r}")
        more, length = count_marks(answer, mark)
        rows, size = rows + more, size + length
    took = time.perf_counter() - began
    connection.close()
    return Read(took, rows, size)


def read_output(command):
    """Reads what a program prints, a row a line. The clock starts at the first byte: how long the program takes to start
    and to connect is not what is measured."""
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, bufsize=0) as process:
        first = process.stdout.read(1)
        began = time.perf_counter()
        rows, size = count_marks(process.stdout, b"\n")
        took = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Read(took, rows, size + len(first))


def count_marks(stream, mark):
    """How often the mark comes in a stream, and the stream's length."""
    buffer, kept, marks, size = bytearray(1 << 20), b"", 0, 0
    while count := stream.readinto(buffer):
        text = kept + buffer[:count]
        marks += text.count(mark)
        size += count
        # A mark may be cut in two; what is kept is too short to hold a whole one.
        kept = bytes(text[max(0, len(text) - len(mark) + 1):])
    return marks, size
