"""Hierarchy, conversations, endpoints and packet lengths of the foreign captures against `tshark -z`.

Where we stand by another answer, `explained_traffic.tsv` says why. Of application protocols the hierarchy is compared where both of us
know them; `agree.py` beside the captures compares what they say.
"""

import csv
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from captures import open_capture
from support.shared import share, shared_captures, tool
from support.tshark_tables import Tables, options, ordered, tables, without_repeats
from workbench.analysis.hierarchy import Level, hierarchy
from workbench.analysis.lengths_section import BOUNDS
from workbench.analysis.talks import LAYERS, talk_table

EXPLAINED = Path(__file__).with_name("explained_traffic.tsv")
PARTS = 24
"""So many tests share the captures: a run of tshark for each takes its time."""
HEADERS = frozenset(
    (
        *(
            "eth",
            "sll",
            "null",
            "raw",
            "ppp",
            "pppoes",
            "vlan",
            "ieee8021ad",
            "arp",
            "ip",
            "ipv6",
            "tcp",
            "udp",
            "icmp",
            "icmpv6",
        ),
        *("gre", "vxlan", "geneve", "gtp", "teredo", "mpls", "igmp", "ospf", "esp", "etherip", "nsh"),
    )
)
SEVERAL = ("ip", "ipv6", "vlan", "mpls", "eth")


def _explained() -> dict[str, set[str]]:
    with EXPLAINED.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert all(row["reason"] for row in rows)
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["file"], set()).update(row["what"].split())
    return found


def _theirs(path: Path) -> Tables:
    done = subprocess.run(
        [tool("tshark"), "-n", "-r", str(path), *options(LAYERS)], capture_output=True, text=True, timeout=120, check=False
    )
    return tables(done.stdout)


def _levels(level: Level, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    for child in level.children:
        yield (*above, child.name), child.packets
        yield from _levels(child, (*above, child.name))


def _known(levels: Iterator[tuple[tuple[str, ...], int]]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for path, packets in levels:
        if HEADERS.issuperset(path):
            found[path] += packets
    return found


def _differences(path: Path, seen: Counter[str]) -> Iterator[tuple[str, str]]:
    theirs = _theirs(path)
    with open_capture(path) as capture:
        capture.grow()
        ours = _known(_levels(hierarchy(capture.index)))
        expected = _known(without_repeats(theirs.levels, ()))
        seen["phs"] += len(expected)
        if ours != expected:
            yield "phs", f"{expected - ours} is not {ours - expected}"
        lengths = [
            int(((capture.index.original_length >= low) & (capture.index.original_length < high)).sum())
            for low, high in zip(BOUNDS, (*BOUNDS[1:], 1 << 40), strict=True)
        ]
        if lengths != [theirs.lengths.get(low, 0) for low in BOUNDS]:
            yield "plen", f"{theirs.lengths} is not {lengths}"
        for layer in LAYERS:
            table = talk_table(capture, layer)
            talks = Counter(ordered(talk.one, talk.other, *talk.packets) for talk in table.talks())
            seen[layer] += sum(talks.values())
            if talks != theirs.talks[layer]:
                yield f"conv,{layer}", f"{theirs.talks[layer] - talks} is not {talks - theirs.talks[layer]}"
            ends = {
                (end.address, end.port, end.packets_sent, end.bytes_sent, end.packets_received, end.bytes_received)
                for end in table.ends()
            }
            if ends != theirs.ends[layer]:
                yield f"endpoints,{layer}", f"{theirs.ends[layer] - ends} is not {ends - theirs.ends[layer]}"


@pytest.mark.timeout(900)  # tshark starts for each capture, and starts slowly where others work, too
@pytest.mark.parametrize("part", range(PARTS))
def test_tables_are_those_of_tshark(part):
    folder = shared_captures()
    explained = _explained()
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    with (folder / "INDEX.tsv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for name in share(names, part, PARTS):
        known = explained.get(name, set())
        wrong += [
            f"{name}\t{what}\t{text}"
            for what, text in _differences(folder / name, seen)
            if what not in known and "*" not in known
        ]
    assert not wrong, "\n".join(wrong[:40])
    assert seen["phs"]
