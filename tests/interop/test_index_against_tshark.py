"""Our packet columns and field trees against tshark's recorded answers, over the foreign captures.

The recorded answers (`oracle/` beside the captures) are of tshark 4.0.17. Where we stand by another answer, `explained_packets.tsv` says
why (it is also good for `agree.py --packets --explained`).
"""

import csv
import functools
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captures import Capture, layers, open_capture
from captures.listing import packet_object
from support.shared import shared_captures

TOPICS = ("pcap-format", "ethernet-ip-tcp-udp", "dns", "tls", "http1", "http2", "websocket", "socks5", "quic")
EXPLAINED = Path(__file__).with_name("explained_packets.tsv")
LISTED = (
    *("frame.len", "frame.cap_len", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport"),
    *("udp.srcport", "udp.dstport", "tcp.stream", "udp.stream", "tcp.len", "tcp.flags", "vlan.id"),
)
OUTERMOST = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
IN_TREES = (
    *(
        "eth.src",
        "eth.dst",
        "eth.type",
        "vlan.id",
        "ip.hdr_len",
        "ip.len",
        "ip.id",
        "ip.flags.mf",
        "ip.flags.df",
        "ip.frag_offset",
    ),
    *("ip.ttl", "ip.proto", "ip.checksum", "ipv6.nxt", "ipv6.plen", "ipv6.hlim", "ipv6.flow", "tcp.seq_raw", "tcp.ack_raw"),
    *("tcp.hdr_len", "tcp.window_size_value", "tcp.checksum", "tcp.options.timestamp.tsval", "udp.length", "udp.checksum"),
    *("icmp.type", "icmp.code", "icmpv6.type"),
)
EVERY = 4
"""Trees are compared for each so many files: they cost more than columns."""


@functools.cache
def _index(folder: Path) -> tuple[dict[str, str], ...]:
    with (folder / "INDEX.tsv").open(newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@functools.cache
def _explained() -> frozenset[tuple[str, str, str]]:
    with EXPLAINED.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert all(row["reason"] for row in rows)
    return frozenset((row["file"], row["packet"], row["field"]) for row in rows)


def _is_explained(file: str, packet: int, name: str) -> bool:
    return any((file, number, field) in _explained() for number in (str(packet), "*") for field in (name, "*"))


def _answered(topic: str) -> Iterator[tuple[str, Capture, list[dict[str, list[str]]]]]:
    """Each capture of a topic that tshark's answers exist for, opened, with one answer per packet."""
    folder = shared_captures()
    for row in _index(folder):
        answers = folder / "oracle" / f"{row['file']}.packets.jsonl.gz"
        if row["topic"] == topic and answers.exists():
            with open_capture(folder / row["file"]) as capture, gzip.open(answers, "rt") as lines:
                capture.grow()
                yield row["file"], capture, [json.loads(line) for line in lines]


def _plain(value: Any) -> str:
    """One spelling for numbers, addresses and bytes."""
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return str(int(text, 16)) if text.startswith("0x") else text.replace(":", "") if text.count(":") == 5 else text


def _compare(file: str, number: int, name: str, theirs: list[str], ours: Any, seen: Counter[str], wrong: list[str]) -> None:
    found = [] if ours is None else ours if isinstance(ours, list) else [ours]
    expected, got = [_plain(value) for value in theirs], [_plain(value) for value in found]
    if name in OUTERMOST:
        expected, got = expected[:1], got[:1]
    seen[name] += len(expected)
    if expected != got and not _is_explained(file, number, name):
        wrong.append(f"{file} #{number} {name}: {expected} is not {got}")


@pytest.mark.parametrize("topic", TOPICS)
def test_columns_are_those_of_tshark(topic):
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for file, capture, answers in _answered(topic):
        assert len(capture.index) == len(answers), file
        for row, answer in enumerate(answers):
            ours = packet_object(capture, row)
            # behind what tshark calls malformed it gives up sooner or later than we do; the numbers of streams must still agree
            names = ("tcp.stream",) if "_ws.malformed" in answer else LISTED
            for name in names:
                _compare(file, row + 1, name, answer.get(name, []), ours.get(name), seen, wrong)
    assert not wrong, "\n".join(wrong[:60])
    assert seen["frame.len"] > 400
    assert seen["tcp.stream"] + seen["udp.stream"] > 400


@pytest.mark.parametrize("topic", TOPICS)
def test_trees_are_those_of_tshark(topic):
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for place, (file, capture, answers) in enumerate(_answered(topic)):
        if place % EVERY:
            continue
        for row, answer in enumerate(answers):
            # a tree of one packet knows neither the rest of a datagram nor how tshark gives up
            if "_ws.malformed" in answer or row in capture.index.assemblies:
                continue
            branches = layers(capture.packet(row + 1))
            if any(branch.error for branch in branches):
                continue
            ours: dict[str, list[Any]] = {}
            for branch in branches:
                for _, node in branch.walk():
                    ours.setdefault(node.abbrev, []).append(node.value)
            for name in IN_TREES:
                _compare(file, row + 1, name, answer.get(name, []), ours.get(name), seen, wrong)
    assert not wrong, "\n".join(wrong[:60])
    assert sum(seen.values()) > 500
