"""Is this value a usable `ProtocolSpec`? What can be seen without running the protocol; `workbench.laws` runs it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from construct import Construct

from workbench.api import Check, Fault, PerDirection, ProtocolSpec, Seed

__all__ = ["faults"]

NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""A name is typed in commands and begins filter names, so it is one lower-case word."""

_SLOTS_TO_CALL = (
    "frame",
    "decoder",
    "encode",
    "probe",
    "label",
    "summary",
    "check",
    "exchange",
    "server",
    "training",
    "workload",
    "skim",
    "skim_datagrams",
)


def faults(value: Any) -> Iterator[str]:
    """One sentence for each thing that keeps `value` from being a usable `ProtocolSpec`; nothing when it is one."""
    if not isinstance(value, ProtocolSpec):
        yield f"PROTOCOL is {_a(type(value).__name__)}, not a ProtocolSpec"
        return
    yield from _identity_faults(value)
    yield from _grammar_faults(value)
    for slot in _SLOTS_TO_CALL:
        if getattr(value, slot) is not None and not callable(getattr(value, slot)):
            yield f"{slot} is {_a(type(getattr(value, slot)).__name__)}, not a function"
    yield from _seed_faults(value)
    yield from _state_faults(value)
    yield from _check_faults(value)
    yield from _option_faults(value)
    yield from _planted_faults(value)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def _identity_faults(spec: ProtocolSpec) -> Iterator[str]:
    if not isinstance(spec.name, str) or not NAME.fullmatch(spec.name):
        yield f"the name {spec.name!r} is not one lower-case word"
    if not isinstance(spec.title, str) or not spec.title:
        yield "the title is empty"
    if not isinstance(spec.prefix, str):
        yield f"the prefix {spec.prefix!r} is not a string"
    if not isinstance(spec.transport, str) or not NAME.fullmatch(spec.transport):
        yield f"the transport {spec.transport!r} is neither tcp nor udp nor the name of a protocol that carries others"
    if not isinstance(spec.ports, tuple) or not all(type(port) is int and 0 < port < 65_536 for port in spec.ports):
        yield f"the ports {spec.ports!r} are not a tuple of numbers from 1 to 65535"
    if not isinstance(spec.alpn, tuple) or not all(isinstance(name, str) and 0 < len(name.encode()) < 256 for name in spec.alpn):
        yield f"the ALPN names {spec.alpn!r} are not a tuple of strings of 1 to 255 bytes"  # RFC 7301 3.1


def _grammar_faults(spec: ProtocolSpec) -> Iterator[str]:
    if spec.decoder is None and (spec.grammar is None or spec.frame is None):
        yield "it has neither a decoder nor a grammar with a frame"
    halves = (spec.grammar.to_server, spec.grammar.to_client) if isinstance(spec.grammar, PerDirection) else (spec.grammar,)
    for half in halves:
        if half is not None and not isinstance(half, Construct):
            yield f"the grammar is {_a(type(half).__name__)}, not a construct"


def _seed_faults(spec: ProtocolSpec) -> Iterator[str]:
    """Seeds that load on demand are looked into by the laws only."""
    if not isinstance(spec.seeds, Sequence) or isinstance(spec.seeds, str | bytes):
        yield f"the seeds are {_a(type(spec.seeds).__name__)}, not a tuple of Seed"
        return
    if not isinstance(spec.seeds, tuple | list):
        return
    if not all(isinstance(seed, Seed) for seed in spec.seeds):
        yield "the seeds are not a tuple of Seed"
        return
    names = [seed.name for seed in spec.seeds]
    if len(names) != len(set(names)):
        yield "two seeds have the same name"
    for seed in spec.seeds:
        whole = isinstance(seed.messages, tuple) and all(isinstance(data, bytes) and data for data in seed.messages)
        if not whole or not seed.messages:
            yield f"the seed {seed.name!r} is not a tuple of non-empty bytes"


def _state_faults(spec: ProtocolSpec) -> Iterator[str]:
    if not isinstance(spec.states, Mapping):
        yield f"the states are {_a(type(spec.states).__name__)}, not a mapping"
        return
    for key, following in spec.states.items():
        pair = isinstance(key, tuple) and len(key) == 2 and all(isinstance(part, str) for part in key)
        if not pair or not isinstance(following, str):
            yield f"the transition {key!r}: {following!r} is not (state, label): next state"
            return
    if spec.states and spec.initial not in {state for state, _ in spec.states}:
        yield f"nothing leads out of the initial state {spec.initial!r}"


def _check_faults(spec: ProtocolSpec) -> Iterator[str]:
    """Checks that load on demand are not looked into here, only by the laws and by whoever runs them."""
    if not isinstance(spec.checks, Sequence) or isinstance(spec.checks, str | bytes):
        yield f"the checks are {_a(type(spec.checks).__name__)}, not a tuple of Check"
    elif isinstance(spec.checks, tuple | list):
        if not all(isinstance(check, Check) for check in spec.checks):
            yield "the checks are not a tuple of Check"
            return
        names = [check.name for check in spec.checks]
        yield from (f"two checks are called {name!r}" for name in dict.fromkeys(names) if names.count(name) > 1)


def _option_faults(spec: ProtocolSpec) -> Iterator[str]:
    options = spec.check_options
    if options is None:
        return
    if not isinstance(options, Mapping) or not all(isinstance(part, str) and part for pair in options.items() for part in pair):
        yield "check_options is not a mapping of names to what they mean"
    elif any("=" in name for name in options):
        yield "a name in check_options has an equals sign, which ends it on the command line"


def _planted_faults(spec: ProtocolSpec) -> Iterator[str]:
    """Those that load on demand are looked into by the laws only."""
    if not isinstance(spec.faults, Sequence) or isinstance(spec.faults, str | bytes):
        yield f"the faults are {_a(type(spec.faults).__name__)}, not a tuple of Fault"
    elif isinstance(spec.faults, tuple | list):
        if not all(isinstance(fault, Fault) for fault in spec.faults):
            yield "the faults are not a tuple of Fault"
        elif spec.faults and spec.training is None:
            yield "there are faults and no training server to have them"
