"""A finding, read from its folder and made ready to look at: what was said, dissected, and which bytes differ from the seed."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from captures import follow, open_capture
from dissectors import converse
from fuzzers import CaseFile, read_case
from workbench.api import Direction, Message, ProtocolSpec, UsageError
from workbench.tui.cells import clean, count, printable, size

__all__ = ["FindingView", "changed_ranges", "finding_folders", "load_view"]

COMPARED = 8_192
"""Bytes of a message that are compared with the seed byte by byte; comparing takes quadratic time at worst."""

MOST_FOLDERS = 2_000

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """`messages` is the conversation of the minimised case (or the messages of the original, which are not in the capture);
    `changed[k]` are the byte ranges of message k that no seed has."""

    folder: Path
    case: CaseFile
    messages: tuple[Message, ...]
    changed: tuple[Ranges, ...]
    original: bool

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What to know about it: (label, text)."""
        case = self.case
        was, now = sum(map(len, case.original)), sum(map(len, case.messages))
        shrunk = f"{len(case.original)} → {len(case.messages)} messages, {count(was)} → {count(now)} bytes"
        lines = [
            ("Verdict", f"{case.oracle}: {clean(case.summary)}"),
            ("Case", f"{count(case.case)} of seed {case.campaign_seed}, from {clean(case.origin)}"),
            ("Target", clean(case.target.described(case.protocol))),
            ("Minimised", shrunk + ("" if case.confirmed else "; not confirmed")),
        ]
        lines += [("Mutation", printable(str(mutation))) for mutation in case.mutations[:3]]
        if len(case.mutations) > 3:
            lines.append(("", f"and {len(case.mutations) - 3} more"))
        return tuple(lines)


def finding_folders(parents: Sequence[Path]) -> list[Path]:
    """Folders with a finding at most three levels below `parents`, those that changed last first."""
    found: dict[Path, float] = {}
    for parent in parents:
        for depth in ("", "*/", "*/*/", "*/*/*/"):
            for path in parent.glob(f"{depth}case.json"):
                if len(found) < MOST_FOLDERS and not path.parent.name.startswith("."):
                    found[path.parent.resolve()] = path.stat().st_mtime
    return sorted(found, key=lambda folder: -found[folder])


def load_view(folder: Path, specs: Sequence[ProtocolSpec], *, original: bool = False) -> FindingView:
    """Read and dissect. Raises UsageError for a folder that is none, or whose protocol is not installed."""
    case = read_case(folder)
    spec = next((known for known in specs if known.name == case.protocol), None)
    if spec is None:
        raise UsageError(f"the finding is about {case.protocol}, which is not installed", remedy="Load its plugin with --plugin")
    if original:
        turns = [(Direction.TO_SERVER, raw) for raw in case.original]
    else:
        turns = _said(folder / "traffic.pcapng", spec) or [(Direction.TO_SERVER, raw) for raw in case.messages]
    messages = tuple(converse(spec, turns))
    seeds = tuple(raw for seed in spec.seeds for raw in seed.messages)
    changed = tuple(
        changed_ranges(message.raw, seeds) if message.direction is Direction.TO_SERVER else () for message in messages
    )
    return FindingView(folder, case, messages, changed, original)


def _said(path: Path, spec: ProtocolSpec) -> list[tuple[Direction, bytes]]:
    """The case's own conversation: the last stream of the finding's traffic (an earlier one is the secret session)."""
    if not path.exists():
        return []
    with open_capture(path) as capture:
        capture.grow()
        streams = capture.index.stream_count(spec.wire)
        if not streams:
            return []
        return [(chunk.direction, chunk.data) for chunk in follow(capture, spec.wire, streams - 1).chunks if chunk.data]


def changed_ranges(raw: bytes, seeds: Sequence[bytes]) -> Ranges:
    """Byte ranges of `raw` that the most similar seed message does not have at that place."""
    if not seeds or raw in seeds:
        return ()
    sample = raw[:COMPARED]
    matcher = difflib.SequenceMatcher(None, b"", sample, autojunk=False)
    best, likeness = b"", -1.0
    for seed in seeds:
        matcher.set_seq1(seed[:COMPARED])
        if matcher.real_quick_ratio() > likeness and matcher.quick_ratio() > likeness and (ratio := matcher.ratio()) > likeness:
            best, likeness = seed, ratio
    matcher.set_seq1(best[:COMPARED])
    return tuple((start, end) for kind, _, _, start, end in matcher.get_opcodes() if kind != "equal" and end > start)


def described(folder: Path) -> tuple[str, ...]:
    """A finding's cells in the list: protocol, oracle, size, summary. Raises UsageError when the folder is none."""
    case = read_case(folder)
    return tuple(map(clean, (case.protocol, case.oracle, size(sum(map(len, case.messages))), case.summary, folder.name)))
