"""One TCP segment (or UDP datagram) as reassembly takes it, and the TCP flag bits (RFC 9293 3.1)."""

from typing import NamedTuple

__all__ = ["ACK", "FIN", "PSH", "RST", "SYN", "URG", "Segment"]

FIN, SYN, RST, PSH, ACK, URG = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class Segment(NamedTuple):
    """One captured segment; a tuple because one is made per packet.

    `direction` is 0 to the server and 1 to the client; `length` counts the payload on the wire, `data` is what was captured of it.
    """

    direction: int
    sequence: int
    acknowledgment: int
    flags: int
    window: int
    data: bytes
    length: int
    packet: int
    time_ns: int
