"""Where copied text goes: the terminal's clipboard (OSC 52), a clipboard program, or a file; it always says which one it was.

OSC 52 works over ssh, but terminals drop what is too long for them without a word, hence the size cap.
"""

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.tui.cells import size

__all__ = ["OSC52_LIMIT", "copy", "osc52"]

OSC52_LIMIT = 74_994
"""Bytes of text that xterm, the strictest common terminal, takes: 100,000 characters of base64 less the frame."""

PROGRAMS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    ("HOME", ("pbcopy",)),
)
"""Programs that put their input on the clipboard, with the variable without which they are of no use."""

PROGRAM_SECONDS = 2.0


def osc52(data: bytes, *, in_tmux: bool) -> str:
    """The escape sequence that sets the terminal's clipboard; wrapped so that tmux hands it on."""
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if in_tmux else sequence


def copy(text: str, write: Callable[[str], object], environment: Mapping[str, str] = os.environ) -> str:
    """Copy `text`; `write` sends to the terminal. Returns a sentence that says where it went. Never raises."""
    data = text.encode("utf-8", "replace")
    if len(data) <= OSC52_LIMIT:
        write(osc52(data, in_tmux="TMUX" in environment))
        return f"copied {size(len(data))} to the terminal's clipboard (OSC 52)"
    for variable, command in PROGRAMS:
        program = shutil.which(command[0]) if variable in environment else None
        if program is not None and _piped([program, *command[1:]], data):
            return f"copied {size(len(data))} with {command[0]}"
    return _to_file(data)


def _piped(command: list[str], data: bytes) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            command, input=data, timeout=PROGRAM_SECONDS, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _to_file(data: bytes) -> str:
    try:
        descriptor, name = tempfile.mkstemp(prefix="workbench-copy-", suffix=".txt")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        return f"{size(len(data))} are too much for the terminal's clipboard, and no file could be written: {error.strerror}"
    return f"{size(len(data))} are too much for the terminal's clipboard; saved as {Path(name)}"
