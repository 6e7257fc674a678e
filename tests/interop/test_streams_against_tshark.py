"""The bytes of every TCP stream in the foreign captures, against what tshark's `follow` gave and tcpflow confirmed.

tshark's answers lie beside the captures as a digest per direction. Two habits of its `follow` are taken into account: lost bytes appear
as a text with a NUL behind it, and bytes that wait behind a hole when the capture ends are left out (its answer is then ours
up to that hole). Bytes that the snapshot length cut off leave no trace there.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captures.capture import Capture, open_capture
from captures.follow import follow
from support.shared import shared_captures
from workbench.api import Direction

RESET_DATA = "the text in a reset is no part of the stream (RFC 9293 3.5.3); here it is a note"
FIRST_WINS = "of two copies of waiting bytes the one captured first is kept; tshark takes the segment that starts lower"
SOCKS = "tshark's SOCKS dissector makes streams and turns of its own out of what it relays"
XMAS = "a garbled segment with all flags set resets the connection; tshark's follow knows no resets"

SUITE = "ethernet-ip-tcp-udp/suricata-verify/"
EXPLAINED = {
    (SUITE + "bug-6244-tcp-rst-with-data-02__tcp-rst-with-data.pcap", 0, 1): RESET_DATA,
    (SUITE + "bug-6244-tcp-rst-with-data__tcp-rst-with-data.pcap", 0, 0): RESET_DATA,
    (SUITE + "tcp-rst-unacked-stream-01-raw__input.pcap", 0, 0): RESET_DATA,
    (SUITE + "tcp-rst-unacked-stream-03-gap__input.pcap", 0, 0): RESET_DATA,
    (SUITE + "tcp-rst-unacked-stream-04-gap-ips__input.pcap", 0, 0): RESET_DATA,
    ("ethernet-ip-tcp-udp/zeek/tcp__reassembly.pcap", 0, 0): FIRST_WINS,
    ("http2/suricata-verify/transform-base64-7296__input.pcap", 4, 1): XMAS,
    ("socks5/recorded-here/socks__microsocks-port10800.pcap", 0, 0): SOCKS,
    ("socks5/zeek/socks.pcap", 0, 0): SOCKS,
    ("socks5/zeek/socks.pcap", 0, 1): SOCKS,
}
SKIPPED = {"socks5/recorded-here/socks__microsocks-parallel.pcap": SOCKS}
"""Their stream numbers differ, so nothing can be compared."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def answers(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every capture with streams, and what tshark said about it."""
    for path in sorted((folder / "oracle").rglob("*.streams.json")):
        name = str(path.relative_to(folder / "oracle")).removesuffix(".streams.json")
        said = json.loads(path.read_text(encoding="utf-8"))
        if said.get("streams") and name not in SKIPPED and (folder / name).exists():
            yield name, said


def ours(capture: Capture, number: int, first: str) -> dict[int, tuple[bytes, bytes]]:
    """For tshark's nodes 0 and 1: the bytes with lost ones written as tshark does, and without."""
    conversation = follow(capture, "tcp", number)
    turned = first not in (str(conversation.stream.flow.client), ":0") and first == str(conversation.stream.flow.server)
    found = {}
    for direction in Direction:
        chunks = [chunk for chunk in conversation.chunks if chunk.direction is direction]
        marked = b"".join(
            (b"[%d bytes missing in capture file]\0" % chunk.gap if chunk.gap else b"") + chunk.data for chunk in chunks
        )
        found[direction.opposite if turned else direction] = (marked, b"".join(chunk.data for chunk in chunks))
    return found


def compare(marked: bytes, plain: bytes, size: int, expected: str) -> str:
    if expected in (digest(marked), digest(plain)):
        return "equal"
    ends_at_hole = marked[size:].startswith(b"[") and digest(marked[:size]) == expected
    return "up to the last hole" if ends_at_hole else "different"


def results(folder: Path) -> Iterator[tuple[tuple[str, int, int], str, bytes]]:
    """(file, stream, node), the comparison, and our bytes."""
    for name, said in answers(folder):
        with open_capture(folder / name) as capture:
            capture.grow()
            for stream in said["streams"]:
                if stream["stream"] >= capture.index.stream_count("tcp"):
                    continue
                for node, (marked, plain) in sorted(ours(capture, stream["stream"], stream["node0"]).items()):
                    key = (name, stream["stream"], int(node))
                    yield key, compare(marked, plain, stream[f"bytes{int(node)}"], stream[f"sha256_{int(node)}"]), plain


@pytest.fixture(scope="module")
def compared() -> dict[tuple[str, int, int], tuple[str, bytes]]:
    return {key: (result, plain) for key, result, plain in results(shared_captures())}


def test_every_direction_equals_tsharks_or_is_explained(compared: dict[tuple[str, int, int], tuple[str, bytes]]):
    assert len(compared) > 1200
    different = {key for key, (result, _) in compared.items() if result == "different"}
    assert sorted(different - EXPLAINED.keys()) == []
    assert sorted(EXPLAINED.keys() - different) == []
    counts = Counter(result for result, _ in compared.values())
    assert (counts["equal"] + counts["up to the last hole"]) / len(compared) >= 0.99
    assert counts["up to the last hole"] <= 10


def test_directions_that_two_tools_agree_on(compared: dict[tuple[str, int, int], tuple[str, bytes]]):
    with (shared_captures() / "STREAMS_CONFIRMED.tsv").open(encoding="utf-8") as file:
        confirmed = {
            (row["file"], int(row["stream"]), int(row["direction"])): row["sha256"]
            for row in csv.DictReader(file, delimiter="\t")
        }
    wrong = {key for key, expected in confirmed.items() if key in compared and digest(compared[key][1]) != expected}
    assert sorted(wrong - EXPLAINED.keys()) == []
    looked_at = len(confirmed.keys() & compared.keys())
    assert looked_at >= 680
    assert len(wrong) / looked_at <= 0.01
