"""A capture in which a name server answers before its answer is used."""

import ipaddress
from pathlib import Path

from support.http_pairs import request, response
from support.pcap import CLIENT, tcp_frames, udp_frames, write_pcap
from workbench.api import Direction, Endpoint

NAME, ADDRESS = "www.example.test", "192.0.2.80"


def _question(head: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split("."))
    return bytes.fromhex(head) + labels + bytes.fromhex("00 0001 0001")


def capture_with_names(folder: Path) -> Path:
    """A query, its answer, and a request to the address that was answered."""
    record = bytes.fromhex("c00c 0001 0001 00000e10 0004") + ipaddress.ip_address(ADDRESS).packed
    turns = [
        (Direction.TO_SERVER, _question("0001 0100 0001 0000 0000 0000")),
        (Direction.TO_CLIENT, _question("0001 8180 0001 0001 0000 0000") + record),
    ]
    asking = udp_frames(turns, server=Endpoint("10.0.0.53", 53))
    talking = tcp_frames([request(), response()], client=CLIENT, server=Endpoint(ADDRESS, 8080))
    # one packet comes before anybody has asked
    return write_pcap(folder / "names.pcap", [talking[0], *asking, *talking])
