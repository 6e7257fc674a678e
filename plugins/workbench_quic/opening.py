"""Is this the first packet of a connection? Anybody can open it, with keys from its own Destination Connection ID (RFC 9001 5.2)."""

from workbench_quic.headers import LongHeader
from workbench_quic.versions import Kind

__all__ = ["SHORTEST_FIRST_ID", "begins"]

SHORTEST_FIRST_ID = 8
"""RFC 9000 7.2: bytes of the connection ID that a client sends to first."""


def begins(header: LongHeader, packet: bytes) -> bool:
    """Whether a packet is an Initial packet of a client that has not heard of the server's own connection ID."""
    if header.kind is not Kind.INITIAL or header.version is None or len(header.dcid) < SHORTEST_FIRST_ID or not header.whole:
        return False
    from workbench_quic.protection import initial_protection

    client, _ = initial_protection(header.version, header.dcid)
    found = client.unmask(packet, 0, header.number_at)
    # the first packets have small numbers, which are sent whole
    return (
        found is not None
        and client.open(memoryview(packet), 0, header.number_at, len(packet), found, found.truncated) is not None
    )
