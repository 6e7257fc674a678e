"""Lifelike traffic with the synchronous client of `websockets`: texts, files, fragments, pings, compression. All chance is given."""

import json
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from workbench.api import Endpoint

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["workload"]

MESSAGES = 12
"""Of each session; a run of three sessions takes well under a second."""

TIMEOUT_S = 10.0
"""A server that says nothing for so long is gone."""


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint`; yields a line per thing done. Raises `OSError` or `WebSocketException` when it misbehaves."""
    from websockets import Subprotocol
    from websockets.sync.client import connect  # loads asyncio and ssl: not at the start of every command

    for path, compression in (("/echo", "deflate"), ("/echo", None), ("/broadcast", "deflate")):
        uri = f"ws://{endpoint}{path}"
        subprotocol = Subprotocol("workbench")
        with connect(
            uri, subprotocols=[subprotocol], compression=compression, open_timeout=TIMEOUT_S, ping_interval=None
        ) as client:
            yield f"{uri}: open, {'compressed' if compression else 'plain'}, subprotocol {client.subprotocol}"
            for number in range(MESSAGES):
                yield _said(client, number, random)
            waiting = client.ping(random.randbytes(8))
            client.send("behind the ping")
            client.recv(TIMEOUT_S)
            yield f"ping: {'answered' if waiting.wait(TIMEOUT_S) else 'not answered'}"
        yield f"{uri}: closed with {client.close_code}"


def _said(client: "ClientConnection", number: int, random: Random) -> str:
    """Send one message and hear it again."""
    kind = random.choice(("json", "words", "binary", "fragments"))
    if kind == "json":
        content: str | bytes = json.dumps({"op": "tick", "seq": number, "price": random.randrange(10_000) / 100})
        client.send(content)
    elif kind == "words":
        content = " ".join(random.choices(("grüße", "hello", "κόσμε", "world"), k=random.randrange(1, 200)))
        client.send(content)
    elif kind == "binary":
        content = random.randbytes(random.randrange(2_000))
        client.send(content)
    else:
        pieces = [f"part {part} of message {number}; " for part in range(random.randrange(2, 6))]
        content = "".join(pieces)
        client.send(iter(pieces))
    answer = client.recv(TIMEOUT_S)
    return f"{kind}: {len(content)} sent, {'the same' if answer == content else 'something else'} came back"
