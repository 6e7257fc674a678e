"""Where a command writes: data to stdout, narration and progress to stderr. Nothing from the wire gets here unescaped.

Commands get a `Console` instead of calling print, so that tests read what was said without catching file descriptors.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, TextIO

__all__ = ["LONG", "Console"]

BLOCK = 256
"""Lines written at once: they appear in quick succession on any terminal."""

BLOCK_CHARACTERS = 1 << 16
"""Characters held back at most: one line of NDJSON with an unfolded body can have thirty million. More at once is slower: it leaves the
processor's cache before it is written, and longer writes cost two to four times as much for each byte (ext4)."""

LONG = 200
"""Items of a list that nobody reads with each of their members on a line: indenting them takes ten times as long as encoding them."""

PATIENCE_S = 1.0
"""Silence that needs no explanation; work that takes longer shows progress."""
PROGRESS_EVERY_S = 0.2
"""Fast enough to look alive, slow enough to cost nothing."""


class Console:
    """Two text streams and what may be shown on them."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.out = _usable(sys.stdout if out is None else out)
        self.err = _usable(sys.stderr if err is None else err)
        self._clock = clock
        self._begun = clock()
        self._shown = 0.0
        self._dirty = False

    @property
    def interactive(self) -> bool:
        """Whether a person sees stdout and can answer on stdin."""
        return self.out.isatty() and sys.stdin is not None and sys.stdin.isatty()

    def data(self, text: str) -> None:
        """One line (or several) of the command's answer."""
        self.out.write(text + "\n")

    @property
    def binary(self) -> BinaryIO:
        """stdout for bytes; what was written as text before comes first."""
        self.out.flush()
        return self.out.buffer

    def lines(self, lines: Iterable[str]) -> int:
        """Many lines of the answer; returns how many there were.

        A few of them are held back at a time, because writing one by one costs more than making them.
        """
        block: list[str] = []
        held = count = 0
        try:
            for line in lines:
                count += 1
                block.append(line)
                held += len(line)
                if len(block) >= BLOCK or held >= BLOCK_CHARACTERS:
                    self._write(block)
                    held = 0
        finally:  # what was made before an interruption is part of the answer
            self._write(block)
        return count

    def _write(self, block: list[str]) -> None:
        block.append("")
        text = "\n".join(block)
        block.clear()
        self.out.write(text)

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        """The answer as one JSON document, ASCII only. Members that are long lists have an item on each line."""
        if indent is None or not isinstance(value, dict) or not any(map(_is_long, value.values())):
            self.out.write(json.dumps(value, indent=indent, default=str) + "\n")
            return
        space = " " * indent
        members = (f"{space}{json.dumps(str(name))}: {_member(each, indent, space)}" for name, each in value.items())
        self.out.write("{\n" + ",\n".join(members) + "\n}\n")

    def say(self, text: str) -> None:
        """Narration, for people."""
        self._wipe()
        self.err.write(text + "\n")
        self.err.flush()

    def warn(self, text: str) -> None:
        """Something a person should know although the command goes on."""
        self.say(f"workbench: warning: {text}")

    def progress(self, text: str) -> None:
        """Replace the progress line; shown on a terminal only, and only after the command has taken a while."""
        if not self.err.isatty():
            return
        now = self._clock()
        if now - self._begun < PATIENCE_S or now - self._shown < PROGRESS_EVERY_S:
            return
        self._shown = now
        self._dirty = True
        self.err.write(f"\r\x1b[K{text}")
        self.err.flush()

    def done(self) -> None:
        """The command is over: leave no half line behind."""
        self._wipe()
        self.out.flush()

    def _wipe(self) -> None:
        if self._dirty:
            self.err.write("\r\x1b[K")
            self._dirty = False


def _usable(stream: TextIO | None) -> TextIO:
    """A stream that takes any text: one that was closed swallows it, one with a small character set escapes what it lacks."""
    if stream is None:
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > LONG


def _member(value: Any, indent: int, space: str) -> str:
    """A member of the outermost object, behind so much space."""
    if _is_long(value):
        encode = json.JSONEncoder(default=str).encode
        return "[\n" + ",\n".join([f"{space * 2}{encode(item)}" for item in value]) + f"\n{space}]"
    return json.dumps(value, indent=indent, default=str).replace("\n", f"\n{space}")
