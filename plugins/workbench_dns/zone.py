"""A zone: names with their records, and what of them answers a question (RFC 1034 4.3.2, RFC 4592, RFC 6672)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from workbench_dns.limits import LONGEST_NAME
from workbench_dns.presentation import Labels, Piece

__all__ = ["Found", "Outcome", "ResourceRecord", "Zone", "lowered", "make_zone"]

NS, CNAME, SOA, DNAME, DS, ANY = 2, 5, 6, 39, 43, 255

MOST_STEPS = 8
"""CNAMEs followed in one answer: a chain in a circle must end, and no sane chain is longer."""


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """One record; `data` in pieces, see `presentation`."""

    name: Labels
    type: int
    ttl: int
    data: tuple[Piece, ...]
    klass: int = 1

    @property
    def target(self) -> Labels:
        """The first name in its data, () where there is none."""
        return next((piece[0] for piece in self.data if not isinstance(piece, bytes)), ())


class Outcome(Enum):
    """What a look-up came to."""

    ANSWER = auto()
    NO_DATA = auto()
    NO_NAME = auto()
    REFERRAL = auto()
    OUTSIDE = auto()
    TOO_LONG = auto()
    """A DNAME makes a name of more than 255 bytes (RFC 6672 2.2)."""


@dataclass(slots=True)
class Found:
    """The records of a look-up, aliases before what they lead to."""

    outcome: Outcome
    answers: list[ResourceRecord] = field(default_factory=list)
    authority: list[ResourceRecord] = field(default_factory=list)


_NOTHING: Mapping[int, tuple[ResourceRecord, ...]] = MappingProxyType({})


def lowered(name: Labels) -> Labels:
    """A name for comparisons (RFC 4343): only ASCII letters have a case."""
    return tuple(label.lower() for label in name)


@dataclass(frozen=True, slots=True)
class Zone:
    """`origin` and all names below it, in lower case; those without records lie on the way to others (RFC 8020)."""

    origin: Labels
    nodes: Mapping[Labels, Mapping[int, tuple[ResourceRecord, ...]]]

    @property
    def soa(self) -> ResourceRecord:
        """The record every zone has."""
        return self.nodes[self.origin][SOA][0]

    @property
    def negative_ttl(self) -> int:
        """How long a missing name stays missing (RFC 2308 5)."""
        minimum = self.soa.data[-1]
        assert isinstance(minimum, bytes)
        return min(self.soa.ttl, int.from_bytes(minimum, "big"))

    def holds(self, name: Labels) -> bool:
        """Whether a name lies in this zone or below it."""
        return lowered(name)[len(name) - len(self.origin) :] == self.origin if len(name) >= len(self.origin) else False

    def records(self, name: Labels, kind: int) -> tuple[ResourceRecord, ...]:
        """The records of a name and a type, as they stand."""
        return self.nodes.get(lowered(name), _NOTHING).get(kind, ())

    def everything(self) -> Iterator[ResourceRecord]:
        """The whole zone as a transfer sends it, the SOA first and last (RFC 5936 2.2)."""
        yield self.soa
        for node in self.nodes.values():
            for records in node.values():
                yield from (record for record in records if record.type != SOA)
        yield self.soa

    def look_up(self, name: Labels, kind: int) -> Found:
        """What is known about a name, through aliases as far as they stay inside."""
        answers: list[ResourceRecord] = []
        for _ in range(MOST_STEPS):
            found = self._look_up_once(name, kind)
            answers += found.answers
            found.answers = answers
            alias = answers[-1] if answers and answers[-1].type == CNAME and kind not in (CNAME, ANY) else None
            if found.outcome is not Outcome.ANSWER or alias is None or not self.holds(alias.target):
                return found
            name = alias.target
        return Found(Outcome.ANSWER, answers)

    def _look_up_once(self, name: Labels, kind: int) -> Found:
        if not self.holds(name):
            return Found(Outcome.OUTSIDE)
        small = lowered(name)
        for depth in range(len(self.origin) + 1, len(small) + 1):
            place = small[-depth:]
            node = self.nodes.get(place, _NOTHING)
            if NS in node and not (place == small and kind == DS):  # the parent answers for DS (RFC 4035 3.1.4.1)
                return Found(Outcome.REFERRAL, [], list(node[NS]))
            if DNAME in node and place != small:
                return self._redirect(name, depth, node[DNAME][0])
        if small in self.nodes:
            return self._at(name, self.nodes[small], kind)
        for depth in range(len(small) - 1, len(self.origin) - 1, -1):
            if small[-depth:] in self.nodes or depth == 0:  # the closest encloser (RFC 4592 3.3.1)
                wildcard = self.nodes.get((b"*", *small[-depth:]))
                return Found(Outcome.NO_NAME, [], [self.soa]) if wildcard is None else self._at(name, wildcard, kind)
        return Found(Outcome.NO_NAME, [], [self.soa])

    def _at(self, name: Labels, node: Mapping[int, tuple[ResourceRecord, ...]], kind: int) -> Found:
        """The records of an existing name, under the name that was asked for."""
        wanted = node.get(kind, ()) or node.get(CNAME, ())
        if not wanted:
            return Found(Outcome.NO_DATA, [], [self.soa])
        return Found(Outcome.ANSWER, [ResourceRecord(name, it.type, it.ttl, it.data, it.klass) for it in wanted])

    def _redirect(self, name: Labels, depth: int, dname: ResourceRecord) -> Found:
        """A name below a DNAME: that record, and the CNAME it stands for (RFC 6672 3.1)."""
        target = (*name[:-depth], *dname.target)
        if sum(map(len, target)) + len(target) + 1 > LONGEST_NAME:
            return Found(Outcome.TOO_LONG, [dname])
        return Found(Outcome.ANSWER, [dname, ResourceRecord(name, CNAME, dname.ttl, ((target, True),))])


def make_zone(records: Iterable[ResourceRecord]) -> Zone:
    """A zone of these records, of which one is the SOA. Raises `ValueError` where they make none."""
    nodes: dict[Labels, dict[int, tuple[ResourceRecord, ...]]] = {}
    origins = []
    for record in records:
        node = nodes.setdefault(lowered(record.name), {})
        node[record.type] = (*node.get(record.type, ()), record)
        if record.type == SOA:
            origins.append(lowered(record.name))
    if len(origins) != 1:
        raise ValueError(f"a zone has one SOA, not {len(origins)}")
    [origin] = origins
    for name in list(nodes):
        if name[len(name) - len(origin) :] != origin or len(name) < len(origin):
            raise ValueError(f"{b'.'.join(name).decode('latin-1')} lies outside of the zone")
        if CNAME in nodes[name] and set(nodes[name]) - {CNAME, 46, 47}:
            raise ValueError(f"{b'.'.join(name).decode('latin-1')} has a CNAME and other records")
        for depth in range(len(origin), len(name)):
            nodes.setdefault(name[-depth:] if depth else (), {})
    return Zone(origin, nodes)
