"""Client sides of valid sessions, and requests as bytes: the fuzzer's corpus, the tests' vocabulary."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_streambus.grammar import REQUEST, VERSION

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS", "request"]


def request(number: int, kind: str | int, payload: Mapping[str, Any] | bytes, *, version: int = VERSION, flags: int = 0) -> bytes:
    """Bytes of one request; lengths, counts and the checksum come by themselves. Raises `ConstructError` where a value does not fit."""
    value = {"request_id": number, "type": kind, "version": version, "flags": flags, "payload": payload}
    return bytes(REQUEST.build(value))


def _session(name: str, *requests: tuple[str, Mapping[str, Any]]) -> Seed:
    return Seed(name, tuple(request(number, kind, payload) for number, (kind, payload) in enumerate(requests, 1)))


def _messages(*pairs: tuple[bytes, bytes]) -> Sequence[Mapping[str, Any]]:
    first_ms = 1_700_000_000_000
    return [{"key": key, "value": value, "timestamp": first_ms + number} for number, (key, value) in enumerate(pairs)]


SEEDS = (
    _session("ask for health", ("HealthCheck", {"echo_length": 4, "echo": b"ping"})),
    _session(
        "produce and fetch",
        ("CreateTopic", {"name": "orders", "partitions": 2}),
        ("Produce", {"partition": 0, "messages": _messages((b"customer-1", b"first order"), (b"customer-2", b"second order"))}),
        ("Fetch", {"partition": 0, "offset": 0, "max_bytes": 65_536}),
        ("GetOffset", {"partition": 0, "timestamp": 1_700_000_000_001}),
    ),
    _session(
        "a fetch that is cut",
        ("CreateTopic", {"name": "log.lines", "partitions": 1}),
        ("Produce", {"partition": 0, "messages": _messages((b"", b"a line"), (b"", b"another line"), (b"", b"the last line"))}),
        ("Fetch", {"partition": 0, "offset": 0, "max_bytes": 8}),
        ("Fetch", {"partition": 0, "offset": 1, "max_bytes": 4096}),
    ),
    _session(
        "topics come and go",
        ("CreateTopic", {"name": "metrics", "partitions": 3}),
        ("ListTopics", {}),
        ("DeleteTopic", {"name": "metrics"}),
        ("ListTopics", {}),
    ),
    _session(
        "things that are not there",
        ("Fetch", {"partition": 4_000_000_000, "offset": 0, "max_bytes": 1024}),
        ("GetOffset", {"partition": 4_000_000_000, "timestamp": 0}),
        ("Produce", {"partition": 4_000_000_000, "messages": _messages((b"key", b"value"))}),
        ("DeleteTopic", {"name": "nowhere"}),
    ),
)
"""Every request type, every status and four error codes occur in the sessions or in the replies to them."""

_PRIVATE = b"d41d8cd9-private-echo"
SECRET = Secret(
    session=_session("a private echo", ("HealthCheck", {"echo_length": len(_PRIVATE), "echo": _PRIVATE})),
    token=_PRIVATE,
)
"""What one client has echoed to it is the only content that the protocol promises to no other client (section 9)."""

TOKENS = (b"orders", b"metrics", b"log.lines", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00")

HINTS = Hints(
    tokens=TOKENS,
    keep=("request_id", "version", "type"),
    replies=("streambus.error_code",),
    secret=SECRET,
    mutators=list_on_demand("workbench_streambus.mutators:MUTATORS"),
)
