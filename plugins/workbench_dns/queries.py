"""Queries as clients make them: for seeds, checks and the workload."""

from collections.abc import Iterable, Sequence

from workbench_dns.presentation import labels_of
from workbench_dns.vocabulary import OPT, TYPE_NUMBERS
from workbench_dns.writer import Writer

__all__ = ["framed", "opt_record", "query"]

_RD = 0x0100


def opt_record(
    options: Iterable[tuple[int, bytes]] = (), *, size: int = 1232, dnssec: bool = False, version: int = 0, flags: int = 0
) -> bytes:
    """An OPT record (RFC 6891 6.1.2) with these (code, data) options; `flags` are further ones than DO."""
    data = b"".join(code.to_bytes(2, "big") + len(said).to_bytes(2, "big") + said for code, said in options)
    ttl = version << 16 | (0x8000 if dnssec else 0) | flags
    return b"\0" + OPT.to_bytes(2, "big") + size.to_bytes(2, "big") + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def query(
    name: str,
    kind: str | int = "A",
    *,
    number: int = 0x1234,
    flags: int = _RD,
    klass: int = 1,
    records: Sequence[bytes] = (),
    more: Sequence[tuple[str, str | int]] = (),
) -> bytes:
    """A message with one question (and `more` of them); `records` are additional ones, as bytes."""
    writer = Writer()
    asked = [(name, kind), *more]
    for value in (number, flags, len(asked), 0, 0, len(records)):
        writer.number(value, 2)
    for text, wanted in asked:
        writer.name(labels_of(text))
        writer.number(TYPE_NUMBERS[wanted] if isinstance(wanted, str) else wanted, 2)
        writer.number(klass, 2)
    return bytes(writer.data) + b"".join(records)


def framed(message: bytes) -> bytes:
    """With its length before it (RFC 1035 4.2.2)."""
    return len(message).to_bytes(2, "big") + message
