"""
Ports of loopback for the servers that tests start in processes of their own.

A port that the system gives for the asking lies among those it also gives to connections that go out, and in the
moments before the server takes it, one of the hundreds that a run of the tests holds can get it first. These lie
outside of that range (Linux: net.ipv4.ip_local_port_range, from 32768), so only another server can be there.
"""

import contextlib
import random
import socket

_LOWEST, _HIGHEST = 12_000, 32_000

#: Not the generator that a test may have seeded: two processes with the same seed would meet at the same port.
_chance = random.SystemRandom()


def free_port() -> int:
    """Give a loopback TCP port that nothing listens on."""
    for _ in range(100):
        port = _chance.randrange(_LOWEST, _HIGHEST)
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"100 ports of loopback between {_LOWEST} and {_HIGHEST} are all taken")
