"""Step four of the demo: the dissected capture leaves as pcapng and is read back, by us and, where it is installed, by tshark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from captures.tshark import tshark_opinion
from workbench.demo.stage import Stage
from workbench.export.formats import format_for
from workbench.registry import Registry
from workbench.session import Session

__all__ = ["export_and_read_back"]

_DECODED_BY_TSHARK = {"http1": "http"}
"""Our protocols that tshark knows, by its name."""

Fact = tuple[str, str, Any, str]
"""Text, key and value for the summary, and what went wrong ("" when nothing did)."""


def export_and_read_back(registry: Registry, stage: Stage, folder: Path) -> Iterator[Fact]:
    """Write `folder`/dissected.pcapng from the stage's capture and compare what comes back."""
    path = folder / "dissected.pcapng"
    with Session.open(stage.path, registry) as session:
        session.grow()
        with path.open("wb") as file:
            written = format_for("pcapng").write(session.source(), file)
        before = sum(1 for _ in session.messages())
    yield f"{written:,} packets written to {path}", "export", str(path), ""
    with Session.open(path, registry) as session:
        session.grow()
        commented = sum(bool(session.capture.packet(number).comments) for number in range(1, len(session) + 1))
        after = sum(1 for _ in session.messages())
        packets = len(session)
    back = {"packets": packets, "messages": after, "commented": commented}
    same = packets == written and after == before and commented > 0
    failure = "" if same else f"{written} packets with {before} messages were written, {packets} with {after} came back"
    yield f"read back: {packets:,} packets, {after:,} messages, {commented:,} packets with comments", "read_back", back, failure
    yield _second_opinion(path, stage, back)


def _second_opinion(path: Path, stage: Stage, ours: dict[str, int]) -> Fact:
    rules = [
        f"tcp.port=={stage.servers[name].port},{theirs}" for name, theirs in _DECODED_BY_TSHARK.items() if name in stage.servers
    ]
    opinion = tshark_opinion(path, decode_as=rules)
    if opinion is None:
        return "tshark is not installed, so there is no second opinion", "tshark", None, ""
    told = {"packets": opinion.packets, "commented": opinion.commented, "http": opinion.protocols.get("http", 0)}
    same = (opinion.packets, opinion.commented) == (ours["packets"], ours["commented"])
    failure = "" if same else f"tshark counts {opinion.packets} packets and {opinion.commented} comments"
    text = f"tshark: {opinion.packets:,} packets, {opinion.commented:,} with comments, {told['http']:,} with HTTP"
    return text, "tshark", told, failure
