"""Inputs that lie beside the checkout, not in it: captures from elsewhere may be looked at but are not ours to ship."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

SAMPLE = 8

ROOT = Path(__file__).resolve().parents[2]


def shared_captures() -> Path:
    """The folder of foreign captures; skips the calling test where there is none."""
    folder = ROOT.parent / "shared" / "captures"
    if not (folder / "INDEX.tsv").exists():
        pytest.skip("the foreign captures (../shared/captures) are not on this machine")
    return folder


def share(names: Sequence[str], part: int, parts: int) -> Sequence[str]:
    """What one of several tests takes of the foreign captures where a program of others must start for each: a sample, and all of them
    where the environment asks for that (WORKBENCH_EVERY_CAPTURE=1), since that takes ten minutes."""
    mine = names[part::parts]
    return mine if os.environ.get("WORKBENCH_EVERY_CAPTURE") else mine[::SAMPLE]


def tool(name: str) -> str:
    """Path of an installed program; skips the calling test where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
