"""When are two failures the same defect? Stable text for stacks and messages, without numbers that differ from run to run."""

import re
import sys
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from types import FrameType, TracebackType

__all__ = ["frames_of", "frames_of_traceback", "functions", "inside", "normalised", "project_frames", "slug_of"]

TOP_FRAMES = 5
"""Innermost frames that make a fingerprint: enough to tell callers of a helper apart, few enough to survive refactoring above."""
MAX_NORMALISED = 160
"""Characters of a normalised message that count."""

_FOREIGN = frozenset({"construct", "fuzzers", "__main__", "runpy"}) | sys.stdlib_module_names
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".rs", ".go", ".zig", "]")
"""Ends of the names of native code: its files may be called like modules of Python's library. A program without sources is in brackets."""
_QUOTED = re.compile(r"""(b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*")""")
_HEX = re.compile(r"\b0[xX][0-9a-fA-F]+\b")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SPACE = re.compile(r"\s+")
_PLUGIN_FILE = re.compile(r"^workbench_plugin_file_(\w+)_[0-9a-f]+$")


def normalised(text: str) -> str:
    """A message with its quoted texts and numbers replaced, so that equal complaints about different input are equal."""
    text = _QUOTED.sub("…", text)
    text = _HEX.sub("#", text)
    return _SPACE.sub(" ", _NUMBER.sub("#", text)).strip()[:MAX_NORMALISED]


def frames_of(frame: FrameType | None) -> tuple[str, ...]:
    """The stack that ends in `frame`, outermost first, as "module:function"."""
    names = []
    while frame is not None:
        names.append(_name(frame))
        frame = frame.f_back
    return tuple(reversed(names))


def frames_of_traceback(trace: TracebackType | None) -> tuple[str, ...]:
    """The stack of an exception, outermost first, as "module:function"."""
    names = []
    while trace is not None:
        names.append(_name(trace.tb_frame))
        trace = trace.tb_next
    return tuple(names)


def _name(frame: FrameType) -> str:
    module = str(frame.f_globals.get("__name__", "?"))
    plugin = _PLUGIN_FILE.match(module)
    return f"{plugin[1] if plugin is not None else module}:{frame.f_code.co_name}"


def inside(frames: Sequence[str]) -> tuple[str, ...]:
    """The part of a stack below this engine: who called the engine says nothing about the target."""
    own = [place for place, frame in enumerate(frames) if frame.startswith("fuzzers.")]
    return tuple(frames[own[-1] + 1 :] if own else frames)


def project_frames(frames: Iterable[str]) -> tuple[str, ...]:
    """The innermost frames of the target's own code (not the standard library, construct or this engine), outermost first."""
    own = [frame for frame in frames if not _is_foreign(frame.partition(":")[0])]
    return tuple(own[-TOP_FRAMES:])


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] in _FOREIGN and not module.endswith(_SOURCES)


def functions(frames: Iterable[str]) -> str:
    """The functions of a stack, for a fingerprint: neither where a file lies nor an edit within it makes another defect."""
    return " | ".join(frame.rpartition(":")[2] for frame in frames)


def slug_of(oracle: str, fingerprint: str) -> str:
    """A short folder name that equal fingerprints share, and that Python takes for a package: pytest tells folders apart only by that."""
    return f"{oracle}_{blake2b(fingerprint.encode(), digest_size=4).hexdigest()}"
