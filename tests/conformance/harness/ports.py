"""Ports for servers that end and come back."""
import random
import socket

OURS = range(20_000, 32_000)
"""Below the ports that the system gives to whoever asks for any, so that none of those gets it meanwhile."""

_claims = []
"""What keeps others from the ports that this program was given, until it ends."""


def free():
    """A loopback port that nobody listens on. Nobody is given it again while this program runs: whoever got it may be
    slow to listen on it, and programs run side by side."""
    while True:
        port = random.SystemRandom().choice(OURS)
        claim = _bound(socket.AF_UNIX, f"\0evalstone-test-port-{port}")
        if claim is None:
            continue
        probe = _bound(socket.AF_INET, ("127.0.0.1", port))
        if probe is None:
            claim.close()
            continue
        probe.close()
        _claims.append(claim)
        return port


def _bound(family, address):
    """A socket at this address; none where another one has it. Linux forgets a name that begins with a zero byte when
    its socket is closed."""
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        return None
    return bound
