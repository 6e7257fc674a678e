"""Text snapshots of screens: what they should look like lies in a file beside the test; `LOOKS=write` writes it anew."""

import contextlib
import os

from textual.pilot import Pilot

from support.shared import ROOT
from support.terminal import quiet, screen_text, until

FOLDER = ROOT / "tests" / "workbench" / "tui" / "looks"


async def comes_to_look(pilot: Pilot, name: str) -> None:
    """Let the screen come to rest, which takes a busy machine longer, and compare it with the file of that name, line by line."""
    path = FOLDER / f"{name}.txt"
    await quiet(pilot)
    if os.environ.get("LOOKS") == "write":
        path.write_text(screen_text(pilot.app) + "\n", encoding="utf-8")
    assert path.exists(), f"look at the screen, then write {path} with LOOKS=write"
    expected = path.read_text(encoding="utf-8").splitlines()
    with contextlib.suppress(AssertionError):  # the comparison below says more
        await until(pilot, lambda: screen_text(pilot.app).splitlines() == expected)
    assert screen_text(pilot.app).splitlines() == expected
