"""Lifelike traffic with aioquic as the client: pages side by side, uploads, streams, ranges, a cancelled download, a WebSocket, mistakes.

Equal randomness, equal requests. Certificates are not looked at: the server is one's own.
"""

from collections.abc import Iterator
from random import Random

from workbench.api import Endpoint

__all__ = ["workload"]

ROUNDS = 10
"""Rounds of requests over one connection; a run has about a hundred of them and takes a second or two."""


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint`; yields a line per thing done. Raises `OSError` when it misbehaves or says nothing."""
    from workbench_http3.workload_client import Client  # like aioquic, not at the start of every command

    with Client(endpoint) as client:
        for number in range(ROUNDS):
            yield client.get("/")
            yield from client.together("/hello.txt", "/data.json", f"/bytes/{random.randrange(1, 100_000)}")
            yield client.get("/data.json", (("accept-encoding", "gzip"),))
            yield client.send("PUT", f"/store/item-{number}", random.randbytes(random.randrange(1, 90_000)))
            start = random.randrange(90_000)
            yield client.get("/bytes/100000", (("range", f"bytes={start}-{start + 999}"),))
            yield client.get(f"/stream?parts={random.randrange(1, 20)}", (("te", "trailers"),))
            yield client.get(random.choice(("/missing", "/status/503", "/echo", "/hints")))
            yield client.cancel("/bytes/300000")
            yield client.websocket(b"message %d" % random.randrange(1000), random.randbytes(4))
