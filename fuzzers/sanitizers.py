"""Reports of AddressSanitizer, UndefinedBehaviorSanitizer, MemorySanitizer and LeakSanitizer: where they are written, what they say.

They are read from files of their own, because an exit status misleads: a server may catch the signal, a process above it may hide it, and
UndefinedBehaviorSanitizer goes on as if nothing had happened.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from fuzzers.fingerprints import normalised
from fuzzers.model import Failure

__all__ = ["SanitizerFiles", "find_report", "read_report"]

LONGEST = 64 * 1024
"""Bytes of a report that are read: its stacks come first, its map of memory last."""
TOLD = 8000
"""Characters of a report that go into a finding."""
MOST_FRAMES = 16

_NAME = "sanitizer-report"
_HEAD = re.compile(
    r"^(?:==\d+==)?\s*(?:ERROR|WARNING): (\w+Sanitizer): (.*)$|^(\S+?:\d+(?::\d+)?): runtime error: (.*)$", re.MULTILINE
)
_FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ (?:in (.+?) )?(\S+?)(?::\d+)*(?: \(BuildId: \w+\))?$", re.MULTILINE)
_ACCESS = re.compile(r"^(READ|WRITE) of size \d+|caused by a (READ|WRITE) memory access", re.MULTILINE)
_KIND = re.compile(r"^[\w-]+(?: [a-z][\w-]*)*")
_RUNTIME = ("__interceptor_", "__asan", "__ubsan", "__msan", "__lsan", "__sanitizer", "__libc_", "_start", "operator ")
_INTERCEPTED = frozenset(
    [
        "malloc",
        "calloc",
        "realloc",
        "free",
        "memcpy",
        "memmove",
        "memset",
        "memcmp",
        "strcpy",
        "strncpy",
        "strcat",
        "strlen",
        "strdup",
    ]
)
"""Functions of the C library that clang's runtime puts into the program under their own names, without a source."""
_LIBRARIES = re.compile(r"libsanitizer|/sysdeps/|(?:^|/)csu/|\(?/(?:usr/)?lib(?:32|64)?/[^ ]*\.so")


class SanitizerFiles:
    """The reports of one server, in `directory`, where other files may lie as well."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._looked = 0
        self._read: dict[Path, int] = {}
        """How much of each file was read; a process that goes on after a report appends the next one."""

    def begin(self) -> Mapping[str, str]:
        """Forget all reports, before a start; gives the server's environment."""
        for path in self._directory.glob(f"{_NAME}.*"):
            path.unlink(missing_ok=True)
        self._looked = 0
        self._read = {}
        place = f"log_path={self._directory / _NAME}:abort_on_error=1"
        # what is left when a server exits is no defect of a case; who wants to know says so in the target's own environment
        return {
            "ASAN_OPTIONS": f"{place}:detect_leaks=0",
            "UBSAN_OPTIONS": f"{place}:print_stacktrace=1",
            "MSAN_OPTIONS": place,
            "LSAN_OPTIONS": place,
        }

    def report(self) -> Failure | None:
        """What was reported since the last look; costs one look at the directory where there is nothing."""
        with contextlib.suppress(OSError):
            changed = self._directory.stat().st_mtime_ns
            if changed != self._looked:
                self._looked = changed
                self._read = dict.fromkeys(sorted(self._directory.glob(f"{_NAME}.*")), 0) | self._read
            for path, read in self._read.items():
                with path.open("rb") as file:
                    file.seek(read)
                    data = file.read(LONGEST)
                self._read[path] = read + len(data)
                found = find_report(data)
                if found is not None:
                    return found
        return None


def find_report(data: bytes) -> Failure | None:
    """The first report in what a server wrote, for those that go to its output; None where there is none."""
    return (
        read_report(data.decode("utf-8", "backslashreplace")) if b"Sanitizer: " in data or b": runtime error: " in data else None
    )


def read_report(text: str) -> Failure | None:
    """What a report says: its kind, how memory was accessed, and the frames of its first stack, outermost first."""
    head = _HEAD.search(text)
    if head is None:
        return None
    tool, said, place, undefined = head.groups()
    if undefined:
        kind, message = (
            f"UndefinedBehaviorSanitizer {normalised(undefined.partition(':')[0])}",
            f"{undefined} ({PurePosixPath(place).name})",
        )
    else:
        what = _KIND.match(said.partition(" on ")[0])
        access = _ACCESS.search(text, head.end())
        kind, message = (
            f"{tool} {what[0] if what else 'report'}",
            next(filter(None, access.groups()), "").lower() if access else "",
        )
    stack = tuple(_stack(text, head.end()))
    return Failure(kind, message, stack[::-1], text[head.start() : head.start() + TOLD])


def _stack(text: str, start: int) -> Iterator[str]:
    """The frames of the first stack behind `start`, innermost first, without those of the sanitizer and the C library."""
    first = _FRAME.search(text, start)
    end = text.find("\n\n", first.start()) if first is not None else -1
    count = 0
    for match in _FRAME.finditer(text, first.start() if first is not None else len(text), end if end >= 0 else len(text)):
        function, place = match[1] or "?", match[2]
        foreign = (
            function.startswith(_RUNTIME) or _LIBRARIES.search(place) or (function in _INTERCEPTED and place.startswith("("))
        )
        if not foreign and count < MOST_FRAMES:
            count += 1
            yield f"{_file(place)}:{function.partition('(')[0]}"


def _file(place: str) -> str:
    """A source file by its name alone, a program without such in brackets."""
    binary = place.startswith("(")
    name = PurePosixPath(place.strip("()").partition("+0x")[0] if binary else place).name
    return f"[{name}]" if binary else name
