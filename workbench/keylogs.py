"""TLS key logs that a user gives along with a capture (the file that SSLKEYLOGFILE named). Those inside captures are `captures`'s."""

import re
from pathlib import Path

from workbench.api import CaptureError

__all__ = ["KEYLOG_BYTES", "read_keylog"]

_SECRET = re.compile(
    rb"^[ \t]*[A-Z][A-Z0-9_]*[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t\r]*$", re.MULTILINE
)

KEYLOG_BYTES = 64 * 1024 * 1024
"""Largest key log that is read: a hundred bytes a line, half a million connections; more is no key log."""


def read_keylog(path: Path) -> bytes:
    """The text of a key log. Raises CaptureError where it cannot be read or holds no secret ("LABEL RANDOM SECRET")."""
    try:
        with path.open("rb") as file:
            text = file.read(KEYLOG_BYTES + 1)
    except OSError as error:
        remedy = "Give the file that SSLKEYLOGFILE named"
        raise CaptureError(f"the key log cannot be read: {error.strerror}", place=str(path), remedy=remedy) from error
    if len(text) > KEYLOG_BYTES:
        raise CaptureError(f"is larger than {KEYLOG_BYTES:,} bytes", place=str(path), remedy="Give a key log, one secret a line")
    if b"\0" in text or not _SECRET.search(text):
        raise CaptureError("holds no secret", place=str(path), remedy="A key log has lines of the form LABEL RANDOM SECRET")
    return text
