"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show http1`), the functions that have them name them.
"""

import re
from dataclasses import replace

from workbench.api import Fault, FaultKind, ServerOptions
from workbench_http1.exchange import Request, Response
from workbench_http1.server import Http1Connection, Http1Service

__all__ = ["FAULTS", "FaultyConnection", "FaultyService", "training"]


def _ask(first: str, *fields: str, body: bytes = b"") -> bytes:
    return "".join(f"{line}\r\n" for line in (f"{first} HTTP/1.1", "Host: workbench.test", *fields, "")).encode() + body


_PUT = _ask("PUT /store/x", "Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\nT: u\r\n\r\n")

FAULTS = (
    Fault(
        name="escape",
        kind=FaultKind.MAGIC,
        trigger="`%` without two hexadecimal digits behind it in the target",
        effect="`ValueError`: escapes are decoded by hand",
        oracles=("crash",),
        example=(_ask("GET /%zz"),),
    ),
    Fault(
        name="agent",
        kind=FaultKind.OVERFLOW,
        trigger="a User-Agent of more than 64 characters",
        effect="`IndexError`: it is copied into a line of 64 for the log",
        oracles=("crash",),
        example=(_ask("GET /", f"User-Agent: {'a' * 65}"),),
    ),
    Fault(
        name="trailer",
        kind=FaultKind.ORDER,
        trigger="a trailer section behind a PUT to a name that exists",
        effect="`KeyError`: its older trailers are looked up",
        oracles=("crash",),
        example=(_PUT, _PUT),
    ),
    Fault(
        name="weights",
        kind=FaultKind.HANG,
        trigger="a weight of 0 in Accept-Encoding",
        effect="it is halved until it is below itself",
        oracles=("hang",),
        example=(_ask("GET /", "Accept-Encoding: gzip;q=0"),),
    ),
    Fault(
        name="validators",
        kind=FaultKind.GROWTH,
        trigger="If-None-Match with anything but `*`",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(_ask("GET /hello.txt", 'If-None-Match: "a"'),),
    ),
    Fault(
        name="scratch",
        kind=FaultKind.LEAK,
        trigger="X-Echo-Length beyond what is echoed",
        effect="the rest of earlier echoes follows",
        oracles=("leak",),
        example=(_ask("POST /echo", "X-Echo-Length: 99", "Content-Length: 1", body=b"x"),),
    ),
    Fault(
        name="head-range",
        kind=FaultKind.REPLY,
        trigger="HEAD with Range",
        effect="the content follows all the same",
        oracles=("reply", "state"),
        example=(_ask("HEAD /hello.txt", "Range: bytes=0-4"),),
    ),
    Fault(
        name="twice",
        kind=FaultKind.REPLY,
        trigger="OPTIONS with a Max-Forwards of 0",
        effect="the response is sent twice",
        oracles=("reply", "state", "exchange"),
        example=(_ask("OPTIONS *", "Max-Forwards: 0"),),
    ),
)

KEPT = b"\1" * 262_144
"""What `validators` keeps each time: enough to be seen at once."""
_LINE = range(64)
_kept: list[bytearray] = []

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http1Service):
    """The reference service with the faults that lie in its answers."""

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
        _note(request.headers.get("user-agent", ""))
        if request.headers.get("if-none-match", "*") != "*":
            _kept.append(bytearray(KEPT))  # `validators`
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


def _note(agent: str) -> list[int]:
    """`agent`."""
    return [_LINE[place] for place in range(len(agent))]
