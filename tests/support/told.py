"""A report of a campaign with texts that no document may take for its own."""

from pathlib import Path

from fuzzers.curves import Point
from fuzzers.model import Finding
from fuzzers.report import Report
from fuzzers.state_graph import Move, StateGraph

NASTY = 'evil <script>alert("x")</script> & \x1b[31m\x00 ]]> "quoted"'


def told(folder: Path, findings: int = 2, doubts: int = 1) -> Report:
    """So many findings (the second not confirmed) and suspicions."""
    oracles = ("crash", "reply", "leak", "state")
    made = []
    for number in range(findings):
        place = folder / "findings" / f"{oracles[number]}-{number}"
        place.mkdir(parents=True)
        (place / "report.md").write_text(f"# page {number}\n{NASTY}\n", encoding="utf-8")
        made.append(
            Finding(
                slug=place.name,
                oracle=oracles[number],
                summary=f"{NASTY} {number}",
                fingerprint=f"{oracles[number]}:{number}",
                case=100 + number,
                folder=place,
                messages=(b"abc", b"d"),
                original_messages=9,
                original_bytes=99,
                confirmed=number != 1,
            )
        )
    return Report(
        folder,
        "toy",
        f"./server {NASTY}",
        7,
        1_500,
        2.5,
        tuple(made),
        {made[0].slug: 3} if made else {},
        tuple((NASTY, 9, 3) for _ in range(doubts)),
        StateGraph((Move("start", NASTY, "end", 4),), ()),
        (Point(0, 5, 1, 2), Point(90, 12, 3, 3), Point(1_499, 12, 3, 3)),
    )
