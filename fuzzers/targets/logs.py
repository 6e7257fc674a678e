"""What a server under test writes: kept in an unlinked file, and looked through for a traceback or a sanitizer's report after each case."""

import os
import re
import tempfile
from pathlib import Path

from fuzzers.model import Failure
from fuzzers.sanitizers import find_report

__all__ = ["ServerLog"]

MAX_LOG = 8 << 20
"""The log is cut when it grows beyond this."""
LOG_TAIL = 8000
"""Bytes of the log that go into a finding."""

_TRACEBACK = b"Traceback (most recent call last)"
_FRAME = re.compile(r'^\s*File "([^"]*)", line \d+, in (\S+)', re.MULTILINE)
_ERROR = re.compile(r"^([\w.]+(?:Error|Exception|Exit|Interrupt|Warning)|[A-Za-z_][\w.]*): ?(.*)$", re.MULTILINE)


class ServerLog:
    """The output of one server, of all its starts. `file` is what it writes to."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the target, closed by `close`
        self._read = 0

    def begin(self) -> None:
        """The server starts: nothing was written yet."""
        self.file.truncate(0)
        self._read = 0

    def complaint(self, *, whole: bool = True) -> Failure | None:
        """A traceback or a report in what was written since the last call. One that is still being written waits for the next call where a
        `whole` one is wanted."""
        size = os.fstat(self.file.fileno()).st_size
        if size == self._read:
            return None
        data = os.pread(self.file.fileno(), min(size - self._read, MAX_LOG), self._read)
        if whole and size <= MAX_LOG and _is_unfinished(data):
            return None
        self._read = size
        if size > MAX_LOG:
            self.file.truncate(0)
            self._read = 0
        start = data.rfind(_TRACEBACK)
        return _raised(data[start:].decode("utf-8", "backslashreplace")) if start >= 0 else find_report(data)

    def tail(self) -> str:
        """The end of everything that was written."""
        size = os.fstat(self.file.fileno()).st_size
        return os.pread(self.file.fileno(), LOG_TAIL, max(0, size - LOG_TAIL)).decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Throw it away."""
        self.file.close()


def _is_unfinished(data: bytes) -> bool:
    """A traceback ends with the line that names the exception, the first one after its head that is not indented."""
    _, head, rest = data.rpartition(_TRACEBACK)
    return bool(head) and not any(line and not line.startswith(b" ") for line in rest.split(b"\n")[1:-1])


def _raised(trace: str) -> Failure:
    """What a Python traceback says happened."""
    frames = tuple(f"{Path(file).stem}:{function}" for file, function in _FRAME.findall(trace))
    found = _ERROR.search(trace, trace.find("\n", trace.rfind('  File "')))
    kind, message = found.groups() if found else ("exception", "")
    return Failure(kind.rpartition(".")[2], message, frames, trace[:LOG_TAIL])
