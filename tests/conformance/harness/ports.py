"""Ports for servers that end and come back."""
import random
import socket

OURS = range(20_000, 32_000)
"""Below the ports that the system gives to whoever asks for any, so that none of those gets it meanwhile."""


def free():
    """A loopback port that nobody listens on."""
    while True:
        port = random.SystemRandom().choice(OURS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
