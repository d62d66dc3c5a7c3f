"""Ports for servers that end and come back."""
import os
import random
import socket

OURS = range(20_000, 32_000)
"""Below the ports that the system gives to whoever asks for any, so that none of those gets it meanwhile."""
SHARES = 12
"""Programs that run side by side take theirs from shares of their own."""

_given = set()


def free():
    """A loopback port that nobody listens on. It is given once: whoever got it may be slow to listen on it."""
    while True:
        port = random.SystemRandom().choice(OURS[os.getpid() % SHARES::SHARES])
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
