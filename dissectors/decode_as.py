"""`--decode-as 'tcp.port==8080-8090,http1'`: what the user pins beats every guess."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from workbench.api import FlowKey, ProtocolSpec, Transport, UsageError

__all__ = ["DecodeAs", "find_spec", "parse_decode_as"]

_RULE = re.compile(r"\s*(tcp|udp)\.port\s*==\s*(\d+)(?:\s*-\s*(\d+))?\s*,\s*(\S+)\s*")

_REMEDY = "Write it like 'tcp.port==8080,http1' or 'udp.port==5000-5010,NAME'"


@dataclass(frozen=True, slots=True)
class DecodeAs:
    """Flows of `transport` with either port in `[first, last]` are `protocol`, whatever they look like."""

    transport: Transport
    first: int
    last: int
    protocol: str

    def covers(self, flow: FlowKey) -> bool:
        """Whether this rule speaks of `flow`."""
        ports = (flow.server.port, flow.client.port)
        return flow.transport == self.transport and any(self.first <= port <= self.last for port in ports)


def find_spec(name: str, specs: Sequence[ProtocolSpec]) -> ProtocolSpec:
    """The protocol called `name`, by our name or by Wireshark's (its filter prefix); raises `UsageError` with the nearest name."""
    wanted = name.lower()
    for spec in specs:
        if spec.name == wanted:
            return spec
    for spec in specs:
        if spec.filter_prefix == wanted:
            return spec
    known = sorted({spec.name for spec in specs})
    near = get_close_matches(wanted, known, 1)
    remedy = f"Did you mean {near[0]}?" if near else f"Known protocols: {', '.join(known) or 'none'}"
    raise UsageError(f"there is no protocol named {name!r}", remedy=remedy)


def parse_decode_as(text: str, specs: Sequence[ProtocolSpec]) -> DecodeAs:
    """Parse one rule; raises `UsageError` where it is not one or names a protocol nobody knows."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a rule", place="--decode-as", remedy=_REMEDY)
    transport, first, last, name = match.groups()
    low, high = int(first), int(last or first)
    if not 0 < low <= high < 65_536:
        raise UsageError(f"{text!r} names no ports between 1 and 65535", place="--decode-as", remedy=_REMEDY)
    spec = find_spec(name, specs)
    if spec.wire != transport:  # what a carrier carries may have been written down without it
        raise UsageError(
            f"{spec.name} runs over {spec.wire}, not {transport}", place="--decode-as", remedy=f"Write {spec.wire}.port=={first}"
        )
    return DecodeAs("tcp" if transport == "tcp" else "udp", low, high, spec.name)
