"""TLS key logs that a user gives along with a capture (the file that SSLKEYLOGFILE named). Those inside captures are `captures`'s."""

import contextlib
import re
from pathlib import Path

from workbench.api import CaptureError

__all__ = ["KEYLOG_BYTES", "Keylog", "read_keylog"]

_SECRET = re.compile(
    rb"^[ \t]*[A-Z][A-Z0-9_]*[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t\r]*$", re.MULTILINE
)

KEYLOG_BYTES = 64 * 1024 * 1024
"""Largest key log that is read: a hundred bytes a line, half a million connections; more is no key log."""


def read_keylog(path: Path) -> bytes:
    """The text of a key log, perhaps still empty. Raises CaptureError where it cannot be read, or holds text but no secret
    ("LABEL RANDOM SECRET")."""
    try:
        with path.open("rb") as file:
            text = file.read(KEYLOG_BYTES + 1)
    except OSError as error:
        remedy = "Give the file that SSLKEYLOGFILE named"
        raise CaptureError(f"the key log cannot be read: {error.strerror}", place=str(path), remedy=remedy) from error
    if len(text) > KEYLOG_BYTES:
        raise CaptureError(f"is larger than {KEYLOG_BYTES:,} bytes", place=str(path), remedy="Give a key log, one secret a line")
    if b"\0" in text or (text.strip() and not _SECRET.search(text)):
        raise CaptureError("holds no secret", place=str(path), remedy="A key log has lines of the form LABEL RANDOM SECRET")
    return text


class Keylog:
    """A key log that may grow while it is used. Raises CaptureError like `read_keylog` when it is opened; later it never does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = read_keylog(path)
        self._size = len(self._text)

    @property
    def text(self) -> bytes:
        """What it holds now; what it held last where it can no longer be read."""
        with contextlib.suppress(OSError):
            if self._path.stat().st_size != self._size:
                with contextlib.suppress(CaptureError):
                    self._text = read_keylog(self._path)
                    self._size = len(self._text)
        return self._text
