"""Is this DNS? The format has no magic number, so a message is walked through: it must be sensible, and end where its bytes do.

WEAK (good enough on the right port only) is a sensible header, whatever follows it; a header that no sane peer sends is NO.
"""

from workbench.api import Confidence, Direction
from workbench_dns.header import DSO, HEADER
from workbench_dns.vocabulary import CLASSES, OPCODES, OPT, TYPES

__all__ = ["plausible", "probe", "probe_stream"]

_SEEN = 4096
"""Bytes of a flow's beginning that a probe is shown; a longer message is cut there, and cannot be walked through to its end."""

_NETBIOS_LABEL = 32
"""Bytes of a name of NetBIOS in its disguise (RFC 1001 14.1): the same format, another service, letters A to P only."""

_ANSWERS_MOST = 200
"""Records in one section of a message that is believed at first sight."""


def plausible(data: bytes) -> bool:
    """Whether a header may begin here: a known opcode and response code, no reserved bit, and not too much of anything."""
    if len(data) < HEADER:
        return False
    flags = data[2] << 8 | data[3]
    opcode, rcode = flags >> 11 & 15, flags & 15
    if opcode not in OPCODES or flags & 0x40 or rcode > 11:
        return False
    if flags < 0x8000 and (rcode or flags & 0x80 or (flags & 0x400 and opcode == 0)):
        return False  # what only answers say
    counts = [data[at] << 8 | data[at + 1] for at in range(4, HEADER, 2)]
    if opcode == DSO:
        return not any(counts)
    return counts[0] <= 16 and max(counts[1:]) <= _ANSWERS_MOST and bool(any(counts) or rcode)


def _weakly(data: bytes) -> bool:
    """Whether it may be DNS on a port of DNS: also what old, careless or hostile peers send there."""
    return len(data) >= HEADER and (data[2] >> 3 & 15) in OPCODES


def probe(data: bytes, direction: Direction) -> Confidence:  # noqa: ARG001 - both directions look alike
    """LIKELY for a message whose questions are sensible and whose records end with the datagram, WEAK for a sensible header."""
    if not _weakly(data):
        return Confidence.NO
    if not plausible(data):
        return Confidence.WEAK
    return Confidence.LIKELY if _walks(data, 0, len(data)) else Confidence.WEAK


def probe_stream(data: bytes, direction: Direction) -> Confidence:  # noqa: ARG001 - both directions look alike
    """The same for the first message of a stream, as soon as it is there."""
    if len(data) < 2:
        return Confidence.NEED_DATA
    size = int.from_bytes(data[:2], "big")
    if size < HEADER:
        return Confidence.NO
    head = data[2 : 2 + HEADER]
    if len(head) < HEADER:
        return Confidence.NEED_DATA if len(head) < 3 or _weakly(head.ljust(HEADER, b"\0")) else Confidence.NO
    if not plausible(head):
        return Confidence.WEAK if _weakly(head) and len(data) == 2 + size else Confidence.NO
    if len(data) < 2 + size and len(data) < _SEEN:
        return Confidence.NEED_DATA
    return Confidence.LIKELY if _walks(data, 2, 2 + size) else Confidence.WEAK


def _walks(data: bytes, origin: int, end: int) -> bool:
    """Whether questions and records are sensible and end where the message does, as far as it can be seen."""
    cut = len(data) < end or len(data) >= _SEEN
    counts = [data[at] << 8 | data[at + 1] for at in range(origin + 4, origin + HEADER, 2)]
    at = origin + HEADER
    limit = min(end, len(data))
    if not any(counts):
        return data[origin + 2] >> 3 & 15 == DSO and _walks_tlvs(data, at, end)
    for _ in range(counts[0]):
        first = data[at + 1 : at + 1 + data[at]] if at < limit else b""
        at = _skip_name(data, at, limit)
        if at < 0 or at + 4 > limit:
            return cut
        kind, klass = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if not kind or klass & 0x7FFF not in CLASSES or (kind in (32, 33) and _is_netbios(first)):
            return False
        at += 4
    for _ in range(sum(counts[1:])):
        at = _skip_name(data, at, limit)
        if at < 0 or at + 10 > limit:
            return cut
        kind, klass = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if not kind or (kind != OPT and klass & 0x7FFF not in CLASSES) or (kind not in TYPES and not counts[0]):
            return False
        at += 10 + (data[at + 8] << 8 | data[at + 9])
    return at == end or cut


def _walks_tlvs(data: bytes, at: int, end: int) -> bool:
    """Whether the TLVs of DSO end where the message does; there is at least one (RFC 8490 5.4)."""
    first = at
    while at + 4 <= min(end, len(data)):
        at += 4 + (data[at + 2] << 8 | data[at + 3])
    return at == end > first


def _is_netbios(label: bytes) -> bool:
    return len(label) == _NETBIOS_LABEL and all(0x41 <= byte <= 0x50 for byte in label)


def _skip_name(data: bytes, at: int, limit: int) -> int:
    """Where the name at an offset ends; -1 where it does not, or is none."""
    while at < limit:
        size = data[at]
        if not size:
            return at + 1
        if size >= 192:
            return at + 2 if at + 2 <= limit else -1
        if size > 63:
            return -1
        at += 1 + size
    return -1
