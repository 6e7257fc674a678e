"""Is this a value that Host may have? RFC 9110 7.2: the host of a URI (RFC 3986 3.2.2), perhaps with a port, perhaps nothing."""

import re

__all__ = ["is_host"]

_HOST = re.compile(
    rb"(?:\[[0-9A-Za-z:.%~_-]+\]"  # an address of version 6 or later, perhaps with a zone
    rb"|(?:[0-9A-Za-z._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*)"  # a name or an address; no comma, which would make a list of it
    rb"(?::[0-9]*)?"
)


def is_host(value: bytes) -> bool:
    """Whether a value of Host is valid; others are answered with 400 (RFC 9112 3.2)."""
    return _HOST.fullmatch(value) is not None
