"""TLS key logs that a user gives along with a capture (the file that SSLKEYLOGFILE named). Those inside captures are `captures`'s."""

import contextlib
import re
import stat
from pathlib import Path

from workbench.api import CaptureError

__all__ = ["KEYLOG_BYTES", "Keylog", "read_keylog"]

_SECRET = re.compile(
    rb"^[ \t]*[A-Z][A-Z0-9_]*[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t]+(?:[\w-]+:)?[0-9A-Fa-f]{2,}[ \t\r]*$", re.MULTILINE
)

KEYLOG_BYTES = 64 * 1024 * 1024
"""Largest key log that is read: a hundred bytes a line, half a million connections; more is no key log."""

TAIL_BYTES = 256
"""Bytes by which a file is known again: longer than a line, and no two lines are alike."""


def read_keylog(path: Path) -> bytes:
    """The text of a key log, perhaps still without a secret. Raises CaptureError where it cannot be read, or holds something else than
    secrets ("LABEL RANDOM SECRET") and comments."""
    try:
        with path.open("rb") as file:
            text = file.read(KEYLOG_BYTES + 1)
    except OSError as error:
        remedy = "Give the file that SSLKEYLOGFILE named"
        raise CaptureError(f"the key log cannot be read: {error.strerror}", place=str(path), remedy=remedy) from error
    if len(text) > KEYLOG_BYTES:
        raise CaptureError(f"is larger than {KEYLOG_BYTES:,} bytes", place=str(path), remedy="Give a key log, one secret a line")
    if b"\0" in text or not (_SECRET.search(text) or _only_comments(text)):
        raise CaptureError("holds no secret", place=str(path), remedy="A key log has lines of the form LABEL RANDOM SECRET")
    return text


def _only_comments(text: bytes) -> bool:
    """A log that was begun: Python writes a comment before the first secret."""
    return all(line.lstrip()[:1] in (b"", b"#") for line in text.splitlines())


class Keylog:
    """A key log that may grow while it is used, or be replaced by another one: `text` has what was in it at any time.

    `awaited`: it need not be there yet. Otherwise raises CaptureError like `read_keylog` when it is opened; later it never does.
    """

    def __init__(self, path: Path, *, awaited: bool = False) -> None:
        self.path = path
        self._text = b"" if awaited and not path.exists() else read_keylog(path)
        self._tail = self._text[-TAIL_BYTES:]
        """The last bytes of the file as it was read last."""
        self._size = len(self._text)
        self._seen: tuple[int, ...] = ()
        """What the file looked like from outside when it was read last."""

    @property
    def text(self) -> bytes:
        """Everything that was read so far; only ever grows at its end."""
        with contextlib.suppress(OSError):
            status = self.path.stat()
            seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if seen != self._seen and stat.S_ISREG(status.st_mode):  # a pipe is read once
                self._read()
                self._seen = seen
        return self._text

    def _read(self) -> None:
        """Go on where the last reading ended; where the file is not what it was up to there, it is another one."""
        with self.path.open("rb") as file:
            file.seek(self._size - len(self._tail))
            if file.read(len(self._tail)) != self._tail:
                file.seek(0)
                self._size, self._tail = 0, b""
                self._text += b"\n"
            added = file.read(max(0, KEYLOG_BYTES - len(self._text)))
        self._text += added
        self._size += len(added)
        self._tail = (self._tail + added)[-TAIL_BYTES:]
