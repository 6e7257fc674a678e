"""Inputs that lie beside the checkout, not in it: captures from elsewhere may be looked at but are not ours to ship."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared_captures() -> Path:
    """The folder of foreign captures; skips the calling test where there is none."""
    folder = ROOT.parent / "shared" / "captures"
    if not (folder / "INDEX.tsv").exists():
        pytest.skip("the foreign captures (../shared/captures) are not on this machine")
    return folder


def tool(name: str) -> str:
    """Path of an installed program; skips the calling test where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
