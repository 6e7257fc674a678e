"""Training targets: the reference servers with planted faults, to learn and to test fuzzing on. Never serve them to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `pointers` | hang | a name in the question that is a pointer to itself | it is followed for ever |
| `buffer` | crash | a name of more than 200 bytes | `IndexError`: labels are copied into a buffer of 200 |
| `cookie` | crash | a cookie shorter than 8 bytes | `ValueError`: it is unpacked as a number of eight |
| `star` | crash | a question for a name that begins with `*` | `RecursionError`: the wildcard is expanded to itself |
| `counts` | wrong reply | more than 4 additional records | the answer announces one record more than it has |
| `other-id` | wrong reply | a question for type ANY | the answer has the id of the question before |
"""

import struct

from workbench.api import ServerConnection, ServerOptions, Service
from workbench_dns.header import HEADER
from workbench_dns.message import read_message
from workbench_dns.records import Record
from workbench_dns.responder import Responder
from workbench_dns.server import DatagramConnection, StreamConnection, responder_of

__all__ = ["FaultyResponder", "training_datagrams", "training_streams"]

_BUFFER = 200
_ANY, _COOKIE = 255, 10


class FaultyResponder(Responder):
    """The reference responder with the faults of the table above. Its connections share the memory of the last id."""

    _last = b"\0\0"

    def respond(self, query: bytes, *, stream: bool) -> list[bytes]:
        """See `Responder`."""
        if len(query) >= HEADER and not query[2] & 0x80:
            _follow(query)
        if len(query) < HEADER or query[2] & 0x80:
            return super().respond(query, stream=stream)
        parsed = read_message(query)
        for asked in parsed.questions:
            _copied(asked.name.labels)
            if asked.name.labels[:1] == (b"*",):
                _expanded(asked.name.labels)
        _read_cookies(query, parsed.opt)
        answers = super().respond(query, stream=stream)
        if parsed.counts[3] > 4 and answers:
            answers[0] = answers[0][:10] + (int.from_bytes(answers[0][10:12], "big") + 1).to_bytes(2, "big") + answers[0][12:]
        if parsed.questions and parsed.questions[0].type == _ANY and answers:
            answers[0] = self._last + answers[0][2:]
        self._last = query[:2]
        return answers


def _follow(query: bytes) -> None:
    """`pointers`."""
    at = HEADER
    while at + 1 < len(query) and query[at] >= 0xC0:
        at = (query[at] & 0x3F) << 8 | query[at + 1]


def _copied(labels: tuple[bytes, ...]) -> None:
    """`buffer`."""
    buffer = bytearray(_BUFFER)
    at = 0
    for label in labels:
        for byte in label:
            buffer[at] = byte
            at += 1


def _expanded(labels: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """`star`."""
    return _expanded(labels) if labels[0] == b"*" else labels


def _read_cookies(query: bytes, opt: Record | None) -> None:
    """`cookie`."""
    if opt is None:
        return
    at = opt.data
    while at + 4 <= opt.end:
        code, size = struct.unpack_from("!HH", query, at)
        if code == _COOKIE:
            try:
                struct.unpack("!Q", query[at + 4 : at + 4 + min(size, 8)])
            except struct.error as error:
                raise ValueError("a cookie has eight bytes") from error
        at += 4 + size


def training_datagrams(options: ServerOptions) -> Service:
    """Start a faulty server for UDP; the `training` slot of dns."""
    responder = responder_of(options, FaultyResponder)

    def accept() -> ServerConnection:
        return DatagramConnection(responder)

    return accept


def training_streams(options: ServerOptions) -> Service:
    """The same over TCP."""
    responder = responder_of(options, FaultyResponder)

    def accept() -> ServerConnection:
        return StreamConnection(responder, options.idle_ns)

    return accept
