"""Is this QUIC? An answer from the first datagrams of one direction.

Initial packets tell for certain, since anybody can open those of clients. Short headers look like nothing at all.
"""

from workbench.api import Confidence, Direction
from workbench_quic.headers import FIXED, LONG, LONGEST_ID, LongHeader, read_long
from workbench_quic.opening import begins
from workbench_quic.versions import Kind, is_greased, version_of

__all__ = ["probe"]


def probe(data: bytes, direction: Direction) -> Confidence:  # noqa: ARG001 - roles may be mistaken where both ports are high
    """CERTAIN for an Initial packet that opens, LIKELY for other long headers of versions that are known; see `Confidence`."""
    if not data or not data[0] & LONG:
        return Confidence.WEAK if data and data[0] & FIXED else Confidence.NO
    header = read_long(data)
    if header is None or len(header.scid) > LONGEST_ID or any(node.error for node in header.fields[:5]):
        return Confidence.NO
    if header.kind is Kind.NEGOTIATION:
        known = any(is_greased(number) or version_of(number) is not None for number in header.offered)
        return Confidence.LIKELY if known else Confidence.NO
    if header.kind is Kind.UNKNOWN:
        return Confidence.LIKELY if is_greased(header.number) else Confidence.WEAK
    if begins(header, data[: header.end]):
        return Confidence.CERTAIN
    return Confidence.LIKELY if header.whole and _is_long_enough(header) else Confidence.WEAK


def _is_long_enough(header: LongHeader) -> bool:
    """Whether there is room for a packet number, a payload and its tag."""
    return header.kind is Kind.RETRY or header.end - header.number_at >= 20
