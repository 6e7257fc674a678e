"""Files that commands write beside what they read: whole or not at all, and never over the capture."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from workbench.api.errors import UsageError

__all__ = ["write_file", "write_text"]

T = TypeVar("T")


def write_file(path: Path, write: Callable[[BinaryIO], T], source: Path) -> T:
    """Let `write` fill a draft beside `path` that then takes its place, so that a failure leaves no half file under the name.

    Raises UsageError when `path` is `source`, the file that is read, or its folder is not there.
    """
    if path.exists() and source.exists() and path.samefile(source):
        raise UsageError("would overwrite the capture that is read", place=str(path), remedy="Name another file")
    if path.exists() and not path.is_file():  # a pipe or a device
        with path.open("wb") as out:
            return write(out)
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", place=str(path.parent), remedy="Make it, or name another file")
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as out:
            result = write(out)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return result


def write_text(path: Path, text: str, source: Path) -> None:
    """The same for a text, in UTF-8."""
    write_file(path, lambda out: out.write(text.encode("utf-8", "backslashreplace")), source)
