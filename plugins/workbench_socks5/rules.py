"""Remarks on whole messages, each with the rule it goes by."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.api import Note, Severity
from workbench_socks5.grammar import Kind
from workbench_socks5.names import VERSION, VERSION4

__all__ = ["remarks"]

Value = Mapping[str, Any]


def _greeting(value: Value) -> Iterator[Note]:
    methods = value["auth_method"]
    size = 2 + len(methods)
    if not methods:
        yield Note(Severity.ERROR, "no method is offered", 1, 2, "RFC 1928 3")
    if len({str(method) for method in methods}) < len(methods):
        yield Note(Severity.NOTE, "a method is offered twice", 2, size, "RFC 1928 3")
    if "no_acceptable" in methods:
        yield Note(Severity.WARN, "X'FF' is no method that can be offered", 2, size, "RFC 1928 3")


def _selection(value: Value) -> Iterator[Note]:
    if value["auth_accepted_method"] == "no_acceptable":
        yield Note(Severity.NOTE, "no offered method is acceptable; the client must close", 1, 2, "RFC 1928 3")


def _password(value: Value) -> Iterator[Note]:
    yield from _version(value, "subnegotiation_version", 1, "RFC 1929 2")
    user = len(value["username"])
    if not user:
        yield Note(Severity.ERROR, "the user name is empty; it has 1 to 255 bytes", 1, 2, "RFC 1929 2")
    if not value["password"]:
        yield Note(Severity.ERROR, "the password is empty; it has 1 to 255 bytes", 2 + user, 3 + user, "RFC 1929 2")
    yield Note(
        Severity.NOTE, "user name and password are readable by anybody", 0, 3 + user + len(value["password"]), "RFC 1929 3"
    )


def _status(value: Value) -> Iterator[Note]:
    yield from _version(value, "subnegotiation_version", 1, "RFC 1929 2")
    if value["auth_status"]:
        yield Note(Severity.NOTE, "the user was denied; the server must close", 1, 2, "RFC 1929 2")


def _version(value: Value, name: str, right: int, section: str) -> Iterator[Note]:
    if value[name] != right:
        yield Note(Severity.ERROR, f"version {value[name]} where {right} is due", 0, 1, section)


def _addressed(value: Value) -> Iterator[Note]:
    yield from _version(value, "version", VERSION, "RFC 1928 4")
    if value["reserved"]:
        yield Note(Severity.WARN, f"the reserved byte is {value['reserved']:#04x}, not 0", 2, 3, "RFC 1928 4")
    name = value["remote_name"]
    if name is not None:
        yield from _name(name, 5)


def _name(name: bytes, at: int) -> Iterator[Note]:
    end = at + len(name)
    if not name:
        yield Note(Severity.WARN, "the name is empty", at - 1, at, "RFC 1928 5")
    elif not all(0x21 <= byte < 0x7F for byte in name):
        yield Note(Severity.WARN, "the name holds bytes that no host name has", at, end, "RFC 1123 2.1")


def _request(value: Value) -> Iterator[Note]:
    yield from _addressed(value)
    if not isinstance(value["command"], str):
        yield Note(Severity.WARN, f"command {int(value['command'])} is unknown", 1, 2, "RFC 1928 4")


def _reply(value: Value) -> Iterator[Note]:
    yield from _addressed(value)
    if not isinstance(value["results"], str):
        yield Note(Severity.WARN, f"reply {int(value['results'])} is unassigned", 1, 2, "RFC 1928 6")


def _request4(value: Value) -> Iterator[Note]:
    if not isinstance(value["command"], str) or value["command"] == "associate":
        yield Note(Severity.WARN, "SOCKS4 knows CONNECT (1) and BIND (2) only", 1, 2, "SOCKS4")
    if value["v4a_dns_name"] is not None:
        at = 9 + len(value["username"])
        yield from _name(value["v4a_dns_name"], at)


def _reply4(value: Value) -> Iterator[Note]:
    if value["version"] == VERSION4:
        yield Note(Severity.WARN, "the reply's version is 4; it should be 0", 0, 1, "SOCKS4")
    if not isinstance(value["results"], str):
        yield Note(Severity.WARN, f"reply {int(value['results'])} is unassigned", 1, 2, "SOCKS4")


def _gssapi(value: Value) -> Iterator[Note]:
    token = value["gssapi"]
    if token["version"] != 1:
        yield Note(Severity.ERROR, f"version {token['version']} where 1 is due", 0, 1, "RFC 1961 3.2")
    if not isinstance(token["command"], str):
        yield Note(Severity.WARN, f"message type {int(token['command'])} is unknown", 1, 2, "RFC 1961 3.2")


def _datagram(value: Value) -> Iterator[Note]:
    if value["reserved"]:
        yield Note(Severity.WARN, f"the reserved bytes are {value['reserved']:#06x}, not 0", 0, 2, "RFC 1928 7")
    if value["remote_name"] is not None:
        yield from _name(value["remote_name"], 5)
    if value["fragment_number"] == 0x80:
        yield Note(Severity.WARN, "the last fragment has number 0; they count from 1", 2, 3, "RFC 1928 7")


_RULES: Mapping[Kind, Callable[[Value], Iterator[Note]]] = {
    Kind.GREETING: _greeting,
    Kind.SELECTION: _selection,
    Kind.PASSWORD: _password,
    Kind.STATUS: _status,
    Kind.GSSAPI: _gssapi,
    Kind.REQUEST: _request,
    Kind.REPLY: _reply,
    Kind.REQUEST4: _request4,
    Kind.REPLY4: _reply4,
    Kind.DATAGRAM: _datagram,
}


def remarks(kind: Kind, value: Value) -> Iterator[Note]:
    """What is worth saying about a message that parsed."""
    return _RULES[kind](value)
