"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `escape` | crash | `%` without two hexadecimal digits behind it in the target | `ValueError`: escapes are decoded by hand |
| `trailer` | crash in a state | a trailer section behind a PUT to a name that exists | `KeyError`: its older trailers are looked up |
| `weights` | hang | a weight of 0 in Accept-Encoding | it is halved until it is below itself |
| `head-range` | wrong reply | HEAD with Range | the content follows all the same |
| `twice` | wrong reply | OPTIONS with a Max-Forwards of 0 | the response is sent twice |
| `scratch` | leak between sessions | X-Echo-Length beyond what is echoed | the rest of earlier echoes follows |
"""

import re
from dataclasses import replace

from workbench.api import ServerOptions
from workbench_http1.exchange import Request, Response
from workbench_http1.server import Http1Connection, Http1Service

__all__ = ["FaultyConnection", "FaultyService", "training"]

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http1Service):
    """The reference service with the faults of the table above that lie in its answers."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self._scratch = b""
        self._trailers: dict[str, str] = {}
        self._exists: set[str] = set()

    def connect(self, number: int) -> Http1Connection:
        """Accept a connection that has the other faults."""
        return FaultyConnection(self, number)

    def respond(self, request: Request) -> Response:
        """The reference answer, unless a fault gets into the way."""
        _decode_escapes(request.target)
        _weigh(request.headers.get("accept-encoding", ""))
        if request.method == "PUT":
            self._remember(request)
        response = super().respond(request)
        return self._echo(request, response) if request.path == "/echo" and response.status == 200 else response

    def _remember(self, request: Request) -> None:
        """`trailer`."""
        if request.trailers and request.path in self._exists:
            self._trailers[request.path] += "".join(request.trailers)
        self._exists.add(request.path)

    def _echo(self, request: Request, response: Response) -> Response:
        """`scratch`."""
        self._scratch = (request.body + self._scratch)[:SCRATCH]
        claimed = request.headers.get("x-echo-length", "")
        if not re.fullmatch(r"[0-9]{1,5}", claimed):
            return response
        body = self._scratch[: int(claimed)]
        return replace(response, body=(body,), length=len(body))


class FaultyConnection(Http1Connection):
    """The reference connection with the faults that lie in what goes out."""

    def send_head(self, response: Response) -> bytes:
        """`head-range` and `twice`."""
        out = super().send_head(response)
        request = self.request
        if request is None:
            return out
        if request.method == b"HEAD" and any(name == b"range" for name, _ in request.headers):
            out += b"".join(response.body)
        if request.method == b"OPTIONS" and (b"max-forwards", b"0") in request.headers:
            out += out
        return out


def _decode_escapes(target: str) -> bytes:
    """`escape`."""
    return bytes(int(part[:2], 16) for part in target.split("%")[1:])


def _weigh(accepted: str) -> int:
    """`weights`."""
    steps = 0
    for found in re.findall(r"q=([01](?:\.[0-9]*)?)", accepted):
        weight = float(found)
        while weight >= float(found):
            weight /= 2
            steps += 1
    return steps
