"""Client sides of valid sessions: the fuzzer's corpus, and the words that checks, tests and clients are made of."""

from collections.abc import Sequence
from ipaddress import ip_address

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_socks5.grammar import Kind, build
from workbench_socks5.names import COMMANDS, METHODS, VERSION, VERSION4
from workbench_socks5.session import address_fields

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS", "greeting", "password", "request", "request4"]


def greeting(*methods: int) -> bytes:
    """A greeting that offers these methods."""
    return build(Kind.GREETING, {"version": VERSION, "auth_method": list(methods)})


def password(user: bytes, secret: bytes, *, version: int = 1) -> bytes:
    """The sub-negotiation of RFC 1929."""
    return build(Kind.PASSWORD, {"subnegotiation_version": version, "username": user, "password": secret})


def request(command: int, host: str | bytes, port: int, *, reserved: int = 0, version: int = VERSION) -> bytes:
    """A request to an address (text) or a name (bytes)."""
    address = {"address_type": "domain", "remote_name": host} if isinstance(host, bytes) else address_fields(host)
    return build(Kind.REQUEST, {"version": version, "command": command, "reserved": reserved, "port": port, **address})


def request4(command: int, host: str | bytes, port: int, user: bytes = b"") -> bytes:
    """A SOCKS4 request to an IPv4 address, or a SOCKS4A one to a name (bytes)."""
    named = isinstance(host, bytes)
    value = {
        "version": VERSION4,
        "command": command,
        "dstport": port,
        "dst": b"\0\0\0\1" if isinstance(host, bytes) else ip_address(host).packed,
        "username": user,
        "v4a_dns_name": host if named else None,
    }
    return build(Kind.REQUEST4, value)


_NONE, _GSSAPI, _PASSWORD = METHODS["none"], METHODS["gssapi"], METHODS["password"]
_CONNECT, _BIND, _ASSOCIATE = COMMANDS["connect"], COMMANDS["bind"], COMMANDS["associate"]


def _session(name: str, methods: Sequence[int], *messages: bytes) -> Seed:
    return Seed(name, (greeting(*methods), *messages))


SEEDS = (
    # what curl --socks5, --socks5-hostname, ncat and python clients say
    _session("connect to an address", (_NONE, _GSSAPI), request(_CONNECT, "127.0.0.1", 8080)),
    _session("connect to a name", (_NONE, _GSSAPI), request(_CONNECT, b"localhost", 8080)),
    _session("connect over IPv6", (_NONE,), request(_CONNECT, "::1", 443)),
    _session("connect where it is not allowed", (_NONE,), request(_CONNECT, "192.0.2.1", 25)),
    _session("wait for a caller", (_NONE,), request(_BIND, "127.0.0.1", 0)),
    _session("relay datagrams", (_NONE,), request(_ASSOCIATE, "0.0.0.0", 0)),  # noqa: S104 - "any", in a request
    _session("relay datagrams from a known port", (_NONE, _PASSWORD), request(_ASSOCIATE, "127.0.0.1", 5353)),
    _session("ask for an unknown command", (_NONE,), request(9, "127.0.0.1", 80)),
    _session("offer nothing acceptable", (_GSSAPI, 3)),
)
"""Without users the reference server asks nobody for a password; sessions with one are among the tests and checks."""

TOKENS = (
    b"\x05\x01\x00",
    b"\x05\x02\x00\x02",
    b"\x01\x05admin\x05admin",
    b"\x04\x01\x00\x50\x00\x00\x00\x01\x00localhost\x00",
    b"\x7f\x00\x00\x01",
    b"\x00\x00\x00\x00",
    b"localhost",
    b"..",
    b"\x00\x00",
    b"\xff\xff",
    b"\xff",
)

_PRIVATE = b"sesame-7e41c0d9"
SECRET = Secret(_session("log in", (_PASSWORD,), password(b"alice", _PRIVATE)), _PRIVATE)
"""A password, which nobody else may ever see; sent without waiting for whether one is wanted."""

_WHERE = ("socks.address_type", "socks.dst", "socks.dstV6", "socks.remote_name", "socks.port")
"""Where a proxy connects from is its own affair (RFC 1928 6)."""

HINTS = Hints(
    tokens=TOKENS,
    keep=("version",),
    volatile=_WHERE,
    secret=SECRET,
    mutators=list_on_demand("workbench_socks5.mutators:MUTATORS"),
)
