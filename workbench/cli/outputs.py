"""Files that commands write beside what they read: whole or not at all, and never over what is read."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from workbench.api.errors import UsageError
from workbench.cli import drafts

__all__ = ["write_file", "write_text"]

T = TypeVar("T")


def write_file(path: Path, write: Callable[[BinaryIO], T], *sources: Path | None) -> T:
    """As `workbench.cli.drafts.write_file`. Raises UsageError when `path` is one of `sources`, the files that are read."""
    if path.exists() and any(source is not None and source.exists() and path.samefile(source) for source in sources):
        raise UsageError("would overwrite a file that is read", place=str(path), remedy="Name another file")
    return drafts.write_file(path, write)


def write_text(path: Path, text: str, *sources: Path | None) -> None:
    """The same for a text, in UTF-8."""
    write_file(path, lambda out: out.write(text.encode("utf-8", "backslashreplace")), *sources)
