"""Our C sources, compiled on demand with the compiler of whoever uses them.

What was compiled once is kept in a folder of the user's, under a name made of its source, its compiler and its options, so that nothing
outdated is ever found. Without a compiler there is nothing, and everything that does not need one works all the same.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

__all__ = ["SOURCES", "compiled", "compiler", "folders", "preload", "runtime"]

PATIENCE_S = 60.0
"""A compiler that needs longer for a file of three hundred lines is not coming back."""

SOURCES = Path(__file__).parent / "sources"
"""Where the C files lie."""

_SHARED = ("-shared", "-fPIC", "-O2", "-pthread")
_OBJECT = ("-c", "-fPIC", "-O2")


def preload(name: str) -> Path | None:
    """The shared object that `sources/NAME.c` becomes, for LD_PRELOAD; None where nothing can be compiled."""
    return compiled(name, _SHARED, ".so")


def runtime(words: Sequence[str] | None = None) -> Path | None:
    """The object that instrumented programs are linked with, made by this compiler; None where nothing can be compiled."""
    return compiled("runtime", _OBJECT, ".o", tuple(words) if words else None)


def compiler(environment: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """The user's compiler and the options it was given: $CC, else the first of cc, gcc and clang; None without any.

    A $CC that instruments what it compiles (our own `build-target`, AFL's) is not for what watches the instrumented.
    """
    named = shlex.split(environment.get("CC", ""))
    plain = named and "build-target" not in named and not Path(named[0]).name.startswith("afl-")
    if plain and (found := shutil.which(named[0])):
        return found, *named[1:]
    return next(((found,) for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def folders(environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Where compiled files may be kept: the XDG cache folder, else a folder of the user's among the temporary ones."""
    cached = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or "/") / ".cache")
    yield Path(cached) / "workbench" / "native"
    yield Path(tempfile.gettempdir()) / f"workbench-native-{os.getuid()}"


@cache
def compiled(name: str, options: tuple[str, ...], suffix: str, words: tuple[str, ...] | None = None) -> Path | None:
    """The file that a compiler (`words`; None: the user's) makes of `sources/NAME.c` with these options; asked once in each process.

    Any number of processes may want it at once: each makes its own and moves it into place whole.
    """
    words = words or compiler()
    if words is None:
        return None
    source = SOURCES / f"{name}.c"
    digest = blake2b(b"\0".join([source.read_bytes(), *map(os.fsencode, (*words, *options))]), digest_size=12).hexdigest()
    for folder in folders():
        kept = folder / f"{name}-{digest}{suffix}"
        if _is_ours(folder) and (kept.is_file() or _made(source, words, options, kept)):
            return kept
    return None


def _is_ours(folder: Path) -> bool:
    """Whether nobody else may put anything into this folder, which is made where it does not exist: we are about to run what lies there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return False
    return facts.st_uid == os.getuid() and not facts.st_mode & 0o022


def _made(source: Path, words: Sequence[str], options: Sequence[str], kept: Path) -> bool:
    """Compile beside `kept`, then give it that name; whether that could be done."""
    try:
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            made = Path(folder, kept.name)
            done = subprocess.run(  # noqa: S603 - the user's own compiler
                [*words, *options, "-o", str(made), str(source), *(["-ldl"] if "-shared" in options else [])],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_S,
                check=False,
            )
            if done.returncode:
                return False
            made.replace(kept)
            return True
    except (OSError, subprocess.TimeoutExpired):
        return False
