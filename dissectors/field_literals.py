"""What somebody typed to compare a field with, read as a number, an address, bytes, a time. Each function gives None where it is none."""

import ipaddress
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation

__all__ = ["MOST_DIGITS", "bounds", "hex_bytes", "network", "number", "span_ns", "time_ns"]

MOST_DIGITS = 1_000
"""Of a number that somebody typed: far beyond all that is found anywhere, and Python refuses to read 4,300."""

_NS = 1_000_000_000
_UNITS = {"": _NS, "s": _NS, "ms": 1_000_000, "us": 1_000, "ns": 1}
_SPAN = re.compile(r"(-?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?)\s*(s|ms|us|ns)?")
_NUMBER = re.compile(r"-?(0[xX][0-9A-Fa-f]+|0[bB][01]+|0[oO][0-7]+|\d+)")
_DIGITS = re.compile(r"[0-9A-Fa-f]{2}([:.\- ]?[0-9A-Fa-f]{2})*")
_FRACTION = re.compile(r"(.*\d:\d\d:\d\d)[.,](\d{1,9})(.*)")
_STAMPS = ("%b %d, %Y %H:%M:%S", "%b %d, %Y", "%Y/%m/%d %H:%M:%S")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def number(text: str) -> int | None:
    """A whole number: 80, 0x50, 0b101, -3; a leading 0 is octal, as in C."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > MOST_DIGITS:
        return None
    digits = match[1]
    if digits.isdigit():
        octal = len(digits) > 1 and digits[0] == "0" and not set(digits) & set("89")
        value = int(digits, 8 if octal else 10)
    else:
        value = int(digits, 0)
    return -value if text[0] == "-" else value


def bounds(text: str) -> tuple[int, int] | None:
    """A number, or a range of them: 8000-8099."""
    whole = number(text)
    if whole is not None:
        return whole, whole
    first, _, last = text.partition("-")
    low, high = number(first), number(last)
    return None if low is None or high is None else (low, high)


def network(text: str) -> Network | None:
    """An address (a network of one), or a network: 10.0.0.0/8; bits behind the prefix do not count."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def hex_bytes(text: str) -> bytes | None:
    """Bytes in hexadecimal, with or without separators: 47:45:54, 474554, 0x16, and 2 for one small byte."""
    text = text[2:] if text[:2] in ("0x", "0X") else text
    if len(text) == 1:
        text = f"0{text}"
    return bytes.fromhex(re.sub(r"[:.\- ]", "", text)) if _DIGITS.fullmatch(text) else None


def span_ns(text: str) -> int | None:
    """Seconds, or with a unit (`5ms`), in nanoseconds."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or len(text) > MOST_DIGITS:
        return None
    try:
        return int(Decimal(match[1]) * _UNITS[match[2] or ""])
    except (InvalidOperation, OverflowError):
        return None


def time_ns(text: str) -> int | None:
    """A moment in nanoseconds since the epoch: `2024-01-31 12:00:00.5`, `Jan 31, 2024 12:00:00`, seconds since the epoch. Without a zone
    it is the local time."""
    seconds = span_ns(text)
    if seconds is not None:
        return seconds
    fraction = 0
    match = _FRACTION.fullmatch(text.strip())
    if match is not None:
        text, fraction = match[1] + match[3], int(match[2].ljust(9, "0"))
    moment = _moment(" ".join(text.split()))
    if moment is None:
        return None
    try:
        return int(moment.timestamp()) * _NS + fraction
    except (OverflowError, OSError, ValueError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _STAMPS:
        try:
            return datetime.strptime(text, form).astimezone()  # without a zone it means the local one, as in Wireshark
        except (ValueError, OverflowError):
            continue
    return None
