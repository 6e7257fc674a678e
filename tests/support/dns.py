"""DNS for tests: messages decoded, fields by name, and servers that are wrong in one thing."""

from collections.abc import Callable, Sequence
from typing import Any

from dissectors import converse
from dissectors.paths import flatten
from support.conformance import bent, failing
from workbench.api import Check, Direction, Message, ProtocolSpec, ServerFactory, ServerOptions
from workbench_dns import PROTOCOL
from workbench_dns.checks import CHECKS, STREAM_CHECKS
from workbench_dns.message import Parsed, read_message
from workbench_dns.names import Names
from workbench_dns.rdata import Data, read_data
from workbench_dns.server import responder_of, serve_datagrams, serve_streams
from workbench_dns.writer import Writer


def decoded(raw: bytes, direction: Direction = Direction.TO_SERVER, spec: ProtocolSpec = PROTOCOL) -> Message:
    """One message in one datagram."""
    [message] = converse(spec, [(direction, raw)])
    return message


def fields_of(message: Message) -> dict[str, Any]:
    """Its named fields; several of one name are a list."""
    return flatten(message)


def asked(query: bytes, *, stream: bool = False) -> Parsed:
    """What the reference server says to a query."""
    [answer] = responder_of(ServerOptions()).respond(query, stream=stream)
    return read_message(answer)


def data_of(kind: int, data: bytes) -> tuple[Data, dict[str, Any]]:
    """The data of a record read alone, and its named fields."""
    from workbench.api import flatten_fields

    found = read_data(data, 0, len(data), kind, Names(data))
    return found, flatten_fields(found.fields)


def written(labels: Sequence[bytes]) -> bytes:
    """A name in wire form, without compression."""
    writer = Writer()
    writer.name(tuple(labels), compress=False)
    return bytes(writer.data)


Change = Callable[[bytes], bytes]


def on_messages(change: Change) -> Change:
    """A change of messages as one of a stream of them: each whole one is changed, its length made right."""

    def run(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 2 <= len(data):
            size = int.from_bytes(data[at : at + 2], "big")
            changed = change(data[at + 2 : at + 2 + size])
            out += len(changed).to_bytes(2, "big") + changed
            at += 2 + size
        return out + data[at:]

    return run


def fails(before: Change | None = None, after: Change | None = None, *, stream: bool = False) -> set[str]:
    """Names of the checks that fail against the reference server when it hears or says something else. Empty messages stay empty."""
    server: ServerFactory = serve_streams if stream else serve_datagrams
    checks: Sequence[Check] = STREAM_CHECKS if stream else CHECKS

    def guarded(change: Change | None) -> Change:
        whole = on_messages(change) if stream and change else change
        return lambda data: whole(data) if whole and data else data

    return failing(checks, bent(server, guarded(before), guarded(after)))


def patched(at: int, *, clear: int = 0, put: int = 0) -> Change:
    """A change of one byte: these bits are cleared, those set."""

    def run(data: bytes) -> bytes:
        return data[:at] + bytes((data[at] & ~clear | put,)) + data[at + 1 :] if len(data) > at else data

    return run
