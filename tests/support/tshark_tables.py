"""The tables that `tshark -q -z …` prints, as values."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_LAYERS = {"Ethernet": "eth", "IPv4": "ip", "IPv6": "ipv6", "TCP": "tcp", "UDP": "udp"}
_TITLE = re.compile(r"(\w+) (Conversations|Endpoints)")
_LEVEL = re.compile(r"( *)(\S+) +frames:(\d+) bytes:(\d+)")
_LENGTHS = re.compile(r" (\d+)(?:-\d+| and greater) +(\d+) ")

Ends = tuple[str, int, int, int, int, int]
"""Address, port (0 without), packets sent, their bytes, packets received, their bytes."""


@dataclass
class Tables:
    """`talks` by layer: (one end, other end, packets from the first, packets back), the ends in order; `levels` by path from the link
    layer on: packets and bytes; `lengths` by the begin of each class."""

    talks: dict[str, Counter[tuple[str, str, int, int]]] = field(default_factory=lambda: defaultdict(Counter))
    ends: dict[str, set[Ends]] = field(default_factory=lambda: defaultdict(set))
    levels: list[tuple[tuple[str, ...], int, int]] = field(default_factory=list)
    lengths: dict[int, int] = field(default_factory=dict)


def options(layers: Iterable[str]) -> list[str]:
    """What to ask tshark for."""
    return [
        *("-q", "-z", "io,phs", "-z", "plen,tree"),
        *(word for layer in layers for word in ("-z", f"conv,{layer}", "-z", f"endpoints,{layer}")),
    ]


def tables(text: str) -> Tables:
    """Read everything that `options` made it print."""
    found, title = Tables(), ("", "")
    above: list[str] = []
    for line in text.splitlines():
        if heading := _TITLE.fullmatch(line):
            title = heading[2], _LAYERS[heading[1]]
        elif level := _LEVEL.fullmatch(line.rstrip()):
            depth = len(level[1]) // 2
            above = [*above[:depth], level[2]]
            found.levels.append((tuple(above), int(level[3]), int(level[4])))
        elif length := _LENGTHS.match(line):
            found.lengths[int(length[1])] = int(length[2])
        elif "<->" in line:
            found.talks[title[1]][_talk(line.split())] += 1
        elif title[0] == "Endpoints" and re.match(r"[0-9a-fA-F.:]+ .*\d *$", line):
            found.ends[title[1]].add(_end(line.split(), title[1]))
    return found


def ordered(one: str, other: str, out: int, back: int) -> tuple[str, str, int, int]:
    """A conversation with its ends in order, so that it does not matter who is called the first."""
    one, other = (end.replace("[", "").replace("]", "") for end in (one, other))
    if one == other:
        return one, other, out + back, 0
    return (one, other, out, back) if one < other else (other, one, back, out)


def without_repeats(
    levels: Iterable[tuple[tuple[str, ...], int, int]], dropped: Iterable[str]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """(path, packets) without levels that are no protocols, and without a protocol inside itself: that is a second message."""
    hidden = frozenset(dropped)
    for path, packets, _ in levels:
        kept: list[str] = []
        for name in path:
            if name not in hidden and (not kept or kept[-1] != name or name in ("ip", "ipv6", "vlan", "mpls")):
                kept.append(name)
        above = path[:-1]
        is_new = path[-1] not in hidden and (
            not above or _last(above, hidden) != path[-1] or path[-1] in ("ip", "ipv6", "vlan", "mpls")
        )
        if is_new:
            yield tuple(kept), packets


def _last(path: tuple[str, ...], hidden: frozenset[str]) -> str:
    return next((name for name in reversed(path) if name not in hidden), "")


def _talk(words: list[str]) -> tuple[str, str, int, int]:
    """`A <-> B  frames bytes unit (←)  frames bytes unit (→) …`."""
    return ordered(words[0], words[2], int(words[6]), int(words[3]))


def _end(words: list[str], layer: str) -> Ends:
    sent, sent_bytes, received, received_bytes = map(int, words[-4:])
    return words[0], int(words[1]) if layer in ("tcp", "udp") else 0, sent, sent_bytes, received, received_bytes
