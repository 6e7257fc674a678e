"""`workbench build-target`: compile a server so that the fuzzer sees which code it reaches, and its memory errors."""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import add_json_option, describe, printable, registry_for

if TYPE_CHECKING:
    from fuzzers.coverage.building import Recipe
    from workbench.api import ProtocolSpec

__all__ = ["configure"]

ABOUT = """\
Compiles a server in C or C++ so that `workbench fuzz --command` sees what of its code a case reaches (--coverage auto), and so that memory
errors end it with a report instead of passing silently (--asan). A server that was built without all this can be fuzzed as well, by its
replies alone; with coverage the campaign finds its way into code that needs several right bytes in a row.

There are three ways, the best first:
  one file        put the command before the compiler's: workbench build-target --asan -- gcc -o server server.c
  configure/make  eval "$(workbench build-target --asan --print-env)", then ./configure && make as ever
  other builds    let `workbench build-target -- gcc` be the compiler (CC, CMAKE_C_COMPILER_LAUNCHER, …)

Compilers: afl-clang-fast (from afl++) brings its own instrumentation; clang and gcc get ours (trace-pc-guard and trace-pc) and are linked
with a small runtime of this project, which is compiled once and kept in your cache folder. Sanitizers slow a server down by a factor of
two; a good habit is to fuzz a fast build, and to replay findings and the corpus on one with --asan.

Advice: build statically or at least instrument the libraries that parse what comes from the network; switch off threads and forks where
the server has a debugging mode for that; let it write no files. `--check` says whether a program fills a map, and how large that is.
Servers in Python need none of this: they are instrumented when they start."""

EXAMPLES = """\
workbench build-target -- gcc -O2 -o server server.c         a fast build with coverage
workbench build-target --asan --compiler clang -- cc -o server server.c
eval "$(workbench build-target --asan --print-env)" && ./configure && make
workbench build-target --check ./server                      what it was built with
workbench build-target --example demo                        a small server with planted faults, built and ready
workbench fuzz streambus --command 'demo/streambus-training {port}' --seconds 60"""

SOURCE = "training.c"
"""What a plugin's training target in C is called, beside its other files."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    describe(parser, ABOUT, EXAMPLES)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--print-env", action="store_true", help="variables for configure and make, as lines for a shell")
    what.add_argument("--example", type=Path, metavar="DIR", help="write a server with planted faults there, and build it")
    what.add_argument("--check", type=Path, metavar="PROGRAM", help="whether this program fills a coverage map")
    parser.add_argument(
        "--compiler", default="", metavar="NAME", help="afl-clang-fast, clang, gcc or one like them (default: the best)"
    )
    parser.add_argument("--asan", action="store_true", help="also find memory errors (AddressSanitizer)")
    parser.add_argument("--ubsan", action="store_true", help="also find undefined behaviour (UndefinedBehaviorSanitizer)")
    parser.add_argument(
        "--protocol", default="", metavar="NAME", help="whose server --example writes (default: the first that has one)"
    )
    parser.add_argument(
        "words", nargs="*", metavar="-- COMPILER ARGUMENTS…", help="a call of a compiler, which is made with more options"
    )
    add_json_option(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, console: Console) -> int:
    asked = args.print_env or args.example or args.check
    if bool(asked) == bool(args.words):
        raise UsageError(
            "there is nothing to do" if not asked else "a call of a compiler and something else at once",
            place="build-target",
            remedy="Give `-- gcc …`, --print-env, --example DIR or --check PROGRAM; --help explains them",
        )
    if args.check:
        return _check(args, console)
    if args.print_env:
        return _print_env(args, console)
    return _example(args, console) if args.example else _compile(args)


def _recipe(args: argparse.Namespace, compiler: str) -> "Recipe":
    from fuzzers.coverage.building import recipe

    return recipe(
        args.compiler or compiler, [name for name, wanted in (("address", args.asan), ("undefined", args.ubsan)) if wanted]
    )


def _compile(args: argparse.Namespace) -> int:
    """Call the compiler in our place: what it says and its exit status are the answer."""
    from fuzzers.coverage.building import command_line

    chosen = _recipe(args, args.words[0])
    sys.stdout.flush()
    return subprocess.run(command_line(chosen, args.words[1:]), env={**os.environ, **chosen.environment}, check=False).returncode  # noqa: S603


def _print_env(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.coverage.building import environment_of

    values = environment_of(_recipe(args, ""))
    if args.json:
        console.json(values)
        return 0
    for name, value in values.items():
        # flags that the user has already stay, and come later, so that they win
        kept = f'"${{{name}:+ ${name}}}"' if name.endswith("FLAGS") else ""
        console.data(f"export {name}={shlex.quote(value)}{kept}")
    return 0


def _check(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.coverage import instrumented, map_size

    if not args.check.is_file():
        raise UsageError("there is no such program", place=str(args.check))
    program = args.check.absolute()
    source = instrumented(program)
    if args.json:
        console.json({"program": str(args.check), "coverage": source, "places": map_size(program) if source else 0})
    elif source:
        console.data(f"{printable(str(args.check))} fills a coverage map of {map_size(program)} places ({source})")
    else:
        console.data(f"{printable(str(args.check))} fills no coverage map: cases are told apart by its replies alone")
    return 0 if source else 1


def _example(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.coverage.building import command_line

    spec, text = _training(args, console)
    chosen = _recipe(args, "")
    source, program = args.example / SOURCE, args.example / f"{spec.name}-training"
    try:
        args.example.mkdir(parents=True, exist_ok=True)
        source.write_bytes(text)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", place=str(args.example)) from error
    words = command_line(chosen, ["-O2", "-o", str(program), str(source)])
    console.say(f"$ {printable(shlex.join(words))}")
    done = subprocess.run(  # noqa: S603 - the user's own compiler
        words, env={**os.environ, **chosen.environment}, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise UsageError(f"the compiler failed: {printable(done.stderr.strip()[-500:])}", place=chosen.compiler)
    console.data(printable(str(program)))
    console.say(f"now: workbench fuzz {spec.name} --command {shlex.quote(f'{program} {{port}}')} --seconds 60")
    return 0


def _training(args: argparse.Namespace, console: Console) -> "tuple[ProtocolSpec, bytes]":
    """A protocol whose plugin has a training target in C, and its source."""
    from importlib.resources import files

    for spec in registry_for(args, console).specs:
        if spec.training is not None and args.protocol in ("", spec.name):
            source = files(spec.training.__module__.partition(".")[0]) / SOURCE
            if source.is_file():
                return spec, source.read_bytes()
    named = f"{args.protocol} has" if args.protocol else "no protocol here has"
    raise UsageError(
        f"{named} no training target in C" if args.protocol else f"{named} a training target in C", place="--protocol"
    )
