"""Laws about what a plugin says of itself: it loads, and its traffic is recognised as its own."""

from collections.abc import Iterator

from dissectors.slots import ask_probe
from workbench.api import Confidence, Direction, ProtocolSpec
from workbench.laws.subject import Subject
from workbench.validation import faults

__all__ = ["loads", "seeds_are_recognised"]


def loads(subject: Subject) -> Iterator[str]:
    """The value is a usable spec; no other plugin has its name or filter prefix."""
    yield from faults(subject.spec)
    for other in subject.others:
        if _collide(subject.spec, other):
            yield f"{other.name} ({other.filter_prefix}) has the same name or filter prefix"


def _collide(spec: ProtocolSpec, other: ProtocolSpec) -> bool:
    """Whether one of two names would be ambiguous.

    Parts of one protocol may share their filter prefix: its TCP and UDP halves, and what comes from one package (mDNS and DNS).
    """
    if spec.name == other.name:
        return True
    shared = {spec.name, spec.filter_prefix} & {other.name, other.filter_prefix}
    halves = spec.transport != other.transport and spec.filter_prefix == other.filter_prefix
    return bool(shared) and not halves and _package(spec) != _package(other)


def _package(spec: ProtocolSpec) -> str:
    """Where a plugin's functions come from."""
    functions = (spec.decoder, spec.frame, spec.probe, spec.server)
    return next((function.__module__.partition(".")[0] for function in functions if function is not None), spec.name)


def seeds_are_recognised(subject: Subject) -> Iterator[str]:
    """The first message of each seed probes LIKELY or better (where there is a probe), and no other plugin is surer of it."""
    spec = subject.spec
    for seed in spec.seeds:
        data = seed.messages[0]
        faults: list[str] = []
        own = ask_probe(spec, data, Direction.TO_SERVER, faults) if spec.probe is not None else Confidence.WEAK
        yield from (f"seed {seed.name!r}: {fault}" for fault in faults)
        if spec.probe is not None and own < Confidence.LIKELY:
            yield f"seed {seed.name!r} probes {own.name}"
        for other in subject.others:
            if other.probe is None or other.transport != spec.transport:
                continue
            claim = ask_probe(other, data, Direction.TO_SERVER)
            if claim > own:
                yield f"{other.name} claims seed {seed.name!r} more strongly ({claim.name} against {own.name})"
