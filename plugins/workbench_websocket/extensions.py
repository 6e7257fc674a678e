"""The Sec-WebSocket-Extensions field (RFC 6455 9.1) and the parameters of permessage-deflate (RFC 7692 7.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["LARGEST_WINDOW", "PERMESSAGE_DEFLATE", "Deflate", "Extension", "deflate_of", "parse_extensions", "split_list"]

PERMESSAGE_DEFLATE = "permessage-deflate"

LARGEST_WINDOW = 15
"""Window bits where none are named (RFC 7692 7.1.2)."""

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf'\s*;\s*({_WORD})(?:\s*=\s*(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?\s*')
_NAME = re.compile(rf"\s*({_WORD})\s*")
_BITS = re.compile(r"[89]|1[0-5]")
_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|,|[^",]+|"')


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension with its parameters in order; a parameter without a value has None."""

    name: str
    parameters: tuple[tuple[str, str | None], ...] = ()

    def __str__(self) -> str:
        return "; ".join([self.name, *(name if value is None else f"{name}={value}" for name, value in self.parameters)])


@dataclass(frozen=True, slots=True)
class Deflate:
    """The agreed permessage-deflate (RFC 7692 7.1). A window of 15 bits is what holds where none was named."""

    server_takeover: bool = True
    client_takeover: bool = True
    server_bits: int = LARGEST_WINDOW
    client_bits: int = LARGEST_WINDOW


def split_list(value: str) -> list[str]:
    """The members of a comma-separated field; commas inside quotes belong to their member."""
    members = [""]
    for piece in _PIECES.findall(value):
        if piece == ",":
            members.append("")
        else:
            members[-1] += piece
    return [member.strip() for member in members if member.strip()]


def parse_extensions(value: str) -> list[Extension] | None:
    """The extensions in a field value, in order; None where it breaks the grammar of RFC 6455 9.1."""
    found = []
    for member in split_list(value):
        name = _NAME.match(member)
        if name is None:
            return None
        at, parameters = name.end(), []
        while at < len(member):
            parameter = _PARAMETER.match(member, at)
            if parameter is None:
                return None
            key, token, quoted = parameter.groups()
            parameters.append((key, token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)))
            at = parameter.end()
        found.append(Extension(name.group(1), tuple(parameters)))
    return found


def deflate_of(extension: Extension, *, response: bool) -> Deflate | str:
    """What the parameters of permessage-deflate say together, or why they are illegal (RFC 7692 7.1).

    In an offer client_max_window_bits may stand without a value (7.1.2.2); what it then means is up to the server.
    """
    said: dict[str, str | None] = {}
    for name, value in extension.parameters:
        if name in said:
            return f"the parameter {name} occurs twice"
        said[name] = value
    for trouble in _troubles(said, response):
        return trouble
    server, client = said.get("server_max_window_bits"), said.get("client_max_window_bits")
    return Deflate(
        "server_no_context_takeover" not in said,
        "client_no_context_takeover" not in said,
        int(server) if server else LARGEST_WINDOW,
        int(client) if client else LARGEST_WINDOW,
    )


def _troubles(said: dict[str, str | None], response: bool) -> Iterator[str]:
    for name, value in said.items():
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if value is not None:
                yield f"the parameter {name} has a value"
        elif name in ("server_max_window_bits", "client_max_window_bits"):
            may_be_bare = name == "client_max_window_bits" and not response
            if value is None and not may_be_bare:
                yield f"the parameter {name} has no value"
            elif value is not None and not _BITS.fullmatch(value):
                yield f"the parameter {name} is {value}, which is no whole number from 8 to 15"
        else:
            yield f"the parameter {name} is unknown"
