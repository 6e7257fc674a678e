"""Files that appear under their name only when they are whole."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from workbench.api.errors import UsageError

__all__ = ["write_file", "write_folder"]

Result = TypeVar("Result")


def write_file(path: Path, write: Callable[[BinaryIO], Result]) -> Result:
    """What `write` gives, which it is given the open file for. It is written beside its place first, so that a failure leaves no half
    file under its name; what is a pipe or a device is written to as it is."""
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            return write(out)
    _need_parent(path)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as out:
            result = write(out)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return result


def write_folder(path: Path, write: Callable[[Path], Result]) -> Result:
    """Likewise for a folder of files; one that is there already is given what it does not have and loses what has the same names."""
    if path.exists() and not path.is_dir():
        raise UsageError("it is a file, and a folder is to be written", place=str(path), remedy="Name another folder with -o")
    _need_parent(path)
    draft = path.with_name(f".{path.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        result = write(draft)
        path.mkdir(exist_ok=True)
        for file in sorted(draft.iterdir()):
            file.replace(path / file.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return result


def _need_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", place=str(path.parent), remedy="Make it, or name another file")
