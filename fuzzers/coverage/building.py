"""How a server in C or C++ is compiled so that it fills a coverage map, and so that a sanitizer sees its errors."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fuzzers.coverage.native import runtime
from workbench.api import UsageError

__all__ = ["COMPILERS", "SANITIZERS", "Recipe", "command_line", "environment_of", "links", "recipe"]

COMPILERS = ("afl-clang-fast", "clang", "gcc")
"""The ones we know, best first: AFL's counts edges that clang's own instrumentation merges, gcc's knows addresses only."""

SANITIZERS = ("address", "undefined")

Kind = Literal["afl", "clang", "gcc"]

_COVERAGE: dict[Kind, tuple[str, ...]] = {
    "afl": (),
    "clang": ("-fsanitize-coverage=trace-pc-guard",),
    "gcc": ("-fsanitize-coverage=trace-pc",),
}
_ALWAYS = ("-g", "-fno-omit-frame-pointer")
"""So that a report names functions and lines."""
_SANITIZED: dict[str, tuple[str, ...]] = {
    "address": ("-fsanitize=address", "-U_FORTIFY_SOURCE"),  # fortified functions are not the ones that it watches
    "undefined": ("-fsanitize=undefined", "-fno-sanitize-recover=undefined"),
}
_AFL_SANITIZED = {"address": "AFL_USE_ASAN", "undefined": "AFL_USE_UBSAN"}
_PLUS = {"afl-clang-fast": "afl-clang-fast++", "afl-clang-lto": "afl-clang-lto++", "clang": "clang++", "gcc": "g++", "cc": "c++"}

_ONE_STEP = ("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only")
"""Options after which nothing is linked."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A compiler, what it must be told when it compiles and when it links, and what it must find in its environment."""

    compiler: str
    kind: Kind
    compiling: tuple[str, ...]
    linking: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def recipe(compiler: str = "", sanitizers: Sequence[str] = ()) -> Recipe:
    """How to build with `compiler` ("": the best of `COMPILERS` on this machine) and these of `SANITIZERS`.

    Raises `UsageError` where there is no such compiler, or it is one that we do not know, or our runtime does not compile.
    """
    name = compiler or next((each for each in COMPILERS if shutil.which(each)), "")
    if not name or shutil.which(name) is None:
        raise UsageError(
            f"there is no {compiler}" if compiler else "there is no compiler that can instrument programs",
            place=compiler,
            remedy=f"Install one of {', '.join(COMPILERS)} (Debian: apt install afl++, clang or gcc)",
        )
    kind = _kind(name)
    given = tuple(each for sanitizer in sanitizers for each in _SANITIZED[sanitizer])
    if kind == "afl":  # it puts in its own runtime, and the sanitizers in its own way
        return Recipe(name, kind, _ALWAYS, (), {_AFL_SANITIZED[each]: "1" for each in sanitizers})
    made = runtime([shutil.which(name) or name])
    if made is None:
        raise UsageError("our runtime does not compile with this compiler", place=name, remedy="Try another one, with --compiler")
    # -rdynamic: plug-ins that are loaded later count with the program's own copy of the runtime
    return Recipe(name, kind, (*_ALWAYS, *_COVERAGE[kind], *given), (str(made), "-rdynamic", *given))


def command_line(chosen: Recipe, arguments: Sequence[str]) -> list[str]:
    """The call of the compiler that `arguments` (without its name) ask for, instrumented."""
    words = [chosen.compiler, *arguments]
    if not any(not each.startswith("-") or each == "-" for each in arguments):
        return words  # a question to the compiler, like --version
    # behind everything else, where the language of standard input (-x c -) is none any more
    return [*words, *chosen.compiling, *(("-x", "none", *chosen.linking) if links(arguments) and chosen.linking else ())]


def links(arguments: Sequence[str]) -> bool:
    """Whether this call makes a program or a library, not just a step on the way."""
    return not any(each in _ONE_STEP for each in arguments)


def environment_of(chosen: Recipe) -> dict[str, str]:
    """What `configure` and `make` must find so that they build with this recipe; CFLAGS and the like go before what is there already."""
    compiling, linking = " ".join(chosen.compiling), " ".join(chosen.linking)
    return {
        "CC": chosen.compiler,
        "CXX": _plus(chosen.compiler),
        "CFLAGS": f"{compiling} -O2",
        "CXXFLAGS": f"{compiling} -O2",
        "LDFLAGS": linking,
        **chosen.environment,
    }


def _plus(compiler: str) -> str:
    """The C++ compiler that goes with one for C: gcc-12 → g++-12."""
    path = Path(compiler)
    for name, other in _PLUS.items():
        if path.name == name or path.name.startswith(f"{name}-"):
            return str(path.with_name(other + path.name[len(name) :]))
    return compiler


def _kind(compiler: str) -> Kind:
    """Which family a compiler is of; it says so itself, for names like "cc" do not."""
    if Path(compiler).name.startswith("afl-"):
        return "afl"
    done = subprocess.run(  # noqa: S603 - the compiler that the user named
        [shutil.which(compiler) or compiler, "--version"],
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    told = done.stdout.lower()
    if "clang" in told:
        return "clang"
    if "free software foundation" in told:
        return "gcc"
    raise UsageError(
        "this is neither gcc nor clang, as far as it says", place=compiler, remedy="Name one of them with --compiler"
    )
