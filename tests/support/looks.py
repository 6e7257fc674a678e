"""Text snapshots of screens: what they should look like lies in a file beside the test; `LOOKS=write` writes it anew."""

import os
from pathlib import Path

from support.shared import ROOT

FOLDER = ROOT / "tests" / "workbench" / "tui" / "looks"


def assert_looks(name: str, text: str) -> None:
    """Compare a screen with the file of that name, line by line."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("LOOKS") == "write":
        path.write_text(text + "\n", encoding="utf-8")
    assert Path(path).exists(), f"look at the screen, then write {path} with LOOKS=write"
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()
