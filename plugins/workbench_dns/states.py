"""Which message may follow which. A client may ask many things at once, so after the first question anything goes; before it nobody
answers, except that garbage is called garbage (its question was never labelled)."""

from collections.abc import Mapping

from workbench_dns.vocabulary import OPCODES, RCODES

__all__ = ["INITIAL", "MULTICAST_STATES", "STATES"]

INITIAL = "start"

_REFUSALS = ("formerr", "notimp", "servfail", "refused", "badvers")

STATES: Mapping[tuple[str, str], str] = {
    **{("start", label): "open" for label in OPCODES.values()},
    **{("start", label): "start" for label in _REFUSALS},
    **{("open", label): "open" for label in (*OPCODES.values(), *RCODES.values())},
}

MULTICAST_STATES: Mapping[tuple[str, str], str] = {("start", label): "start" for label in (*OPCODES.values(), *RCODES.values())}
"""Answers are announced unasked (RFC 6762 8.3)."""
