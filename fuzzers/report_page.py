"""`report.md` of one finding: what is wrong, how to see it again, what was sent and what came back. Every byte is shown escaped."""

import shlex
from collections.abc import Sequence

from fuzzers.escape import shown
from fuzzers.markdown import code, plain
from fuzzers.model import USUAL, Conduct, Execution, Finding, Mutation, Parting
from workbench.api import Direction, ProtocolSpec

__all__ = ["MEANING", "finding_page", "plugin_words"]

SHOWN = 2000
"""Bytes of one message in a report; the raw files have all of them."""
_REDACTED = "<secret of another session>"

MEANING = {
    "crash": "The server died, or an exception left its code.",
    "hang": "The server does not come to an end, or answers nobody any more.",
    "hangup": "The server closed the connection without an answer to a valid message of a kind that it answers otherwise.",
    "reply": "The server sent bytes that the protocol's grammar does not know.",
    "exchange": "The server answered a request that nobody made.",
    "state": "The server said something that is not legal at this point of the conversation.",
    "leak": "The server told one client what another had said in confidence.",
    "stall": "The server left a valid message without an answer, of a kind that it answers otherwise; everybody else is served.",
    "memory": "The server keeps memory for every such case and never gives it back: enough of them exhaust it.",
    "descriptors": "The server keeps files or sockets open for every such case: enough of them, and it can open no more.",
    "monitor": "Somebody who watches over the server said that something is wrong with it.",
    "differential": "Servers do not agree about this case: one of them is mistaken, or the specification leaves it open.",
}
"""What an objection of each oracle means."""


def plugin_words(plugins: Sequence[str]) -> list[str]:
    """The options that load these plugin files."""
    return [word for file in plugins for word in ("--plugin", file)]


def finding_page(
    spec: ProtocolSpec,
    mutations: Sequence[Mutation],
    detail: str,
    finding: Finding,
    execution: Execution,
    plugins: Sequence[str] = (),
    conduct: Conduct = USUAL,
) -> str:
    """Markdown. The token of the secret session, which another client's secret stands for, is left out."""
    replay = code(shlex.join(["workbench", "replay", ".", *plugin_words(plugins)]))
    lines = [
        f"# {finding.oracle}: {plain(finding.summary)}",
        "",
        MEANING[finding.oracle],
        "" if finding.confirmed else "\n**Seen, not confirmed**: the target could not be started again, or did not fail again.",
        f"- Fingerprint: `{code(finding.fingerprint)}`",
        f"- Case {finding.case}: {finding.original_messages} messages, {finding.original_bytes} bytes",
        f"- Minimised: {len(finding.messages)} messages, {finding.size} bytes",
        f"- See it again: `{replay}` in this folder"
        + (", or `python3 repro.py` (standard library only)" if spec.transport == spec.wire else ""),
        "",
        "## Conversation",
        "",
        *_manners(conduct),
        "```",
        *_lines("\n".join(_conversation(spec, execution))),
        f"-- {execution.ending.value}",
        "```",
        "",
    ]
    if mutations:
        lines += ["## What the fuzzer had changed", "", *(f"- `{code(str(mutation))}`" for mutation in mutations), ""]
    if detail:
        lines += ["## What the target said", "", "```", *_lines(_without_secret(spec, detail)), "```", ""]
    return "\n".join(lines)


def _manners(conduct: Conduct) -> list[str]:
    """How the client behaves, where that is not as usual."""
    lines = (
        [f"- Over {1 + max(conduct.lanes)} connections; the number of each stands before what was said on it."]
        if conduct.lanes
        else []
    )
    lines += [
        f"- Connection {lane} is left by {parting.value}."
        for lane, parting in enumerate(conduct.partings)
        if parting is not Parting.CLOSE
    ]
    return [*lines, ""] if lines else []


def _conversation(spec: ProtocolSpec, execution: Execution) -> list[str]:
    secret = spec.hints.secret
    first = ["(somebody else's session was played before)"] if execution.secret else []
    lines = []
    lanes = [f"{lane} " for lane in execution.lanes] or [""] * len(execution.turns)
    for lane, (direction, data) in zip(lanes, execution.turns, strict=True):
        mark = lane + (">>" if direction is Direction.TO_SERVER else "<<")
        parts = data.split(secret.token) if secret is not None else [data]
        text = _REDACTED.join(shown(part, SHOWN) for part in parts)
        lines.append(f"{mark} {text}")
    return first + lines


def _without_secret(spec: ProtocolSpec, text: str) -> str:
    secret = spec.hints.secret
    return text if secret is None else text.replace(shown(secret.token, SHOWN), _REDACTED)


def _lines(text: str) -> list[str]:
    """Lines for a code block: no control characters, no fence that would end it."""
    return ["".join(char if char.isprintable() else " " for char in line).replace("```", "'''") for line in text.splitlines()]
