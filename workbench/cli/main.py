"""`workbench COMMAND …`: finds the command, runs it, and turns whatever happens into an exit code and at most one sentence.

Exit codes: 0 done; 1 the thing looked for was found (findings, failed checks); 2 unusable arguments or input, with one sentence on
stderr; 130 interrupted, after saving. Each command lives in a module of its own that is imported when it is asked for.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from workbench.api.errors import WorkbenchError
from workbench.cli.console import Console
from workbench.cli.options import add_plugin_option, registry_for
from workbench.events import Start

__all__ = ["COMMANDS", "build_parser", "main"]

FOUND, UNUSABLE, INTERRUPTED = 1, 2, 130

LOADS_BY_ITSELF = ("plugins", "doctor")
"""Commands about plugins. All others refuse to begin when a file named with --plugin cannot be used, even if they need no protocol."""

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("demo", "demo:configure", "the whole workbench at work on its own servers, in under a minute"),
    ("open", "explore:configure", "explore a capture file or a live interface in the terminal"),
    ("info", "info:configure", "what is in a capture: packets, time, flows, drops, secrets, comments"),
    ("list", "packets:configure", "the packet list, one line per packet"),
    ("dissect", "dissect:configure", "the messages of a capture, field by field"),
    ("stats", "stats:configure", "protocols, conversations, response times, what is odd"),
    ("watch", "watch:configure", "alerts about a capture, a growing file or an interface"),
    ("filters", "filters:configure", "the filter language, its names, and completions for it"),
    ("export", "export:configure", "write packets or messages in another format"),
    ("compare", "compare:configure", "where our dissection differs from tshark's"),
    ("merge", "merge:configure", "several captures in one file, in the order of time"),
    ("follow", "follow:configure", "what one stream carried, as text, hex or bytes"),
    ("diagram", "diagram:configure", "one conversation as a sequence diagram: text, Mermaid or SVG"),
    ("objects", "objects:configure", "the bodies of HTTP messages, as files"),
    ("capture", "capture:configure", "capture from an interface into a pcapng file"),
    ("tap", "tap:configure", "capture without privileges, by relaying connections"),
    ("serve", "serve:configure", "run the reference servers of protocols, with TLS if wanted"),
    ("certs", "certs:configure", "certificates for local servers and clients"),
    ("fuzz", "fuzz:configure", "look for inputs that break a server"),
    ("corpus", "corpus:configure", "what a campaign's cases are made from: list, show, minimise, export"),
    ("build-target", "build_target:configure", "compile a server so that the fuzzer sees its code and its errors"),
    ("fuzz-self", "fuzz_self:configure", "attack the plugins themselves: decoders, fast lanes, reference servers"),
    ("check", "check:configure", "does a server do what the specification says?"),
    ("replay", "findings:configure_replay", "does a finding still reproduce?"),
    ("minimize", "findings:configure_minimize", "shrink a finding to its essence"),
    ("report", "findings:configure_report", "what a campaign found"),
    ("plugins", "plugins:configure", "list, show, check and begin protocol plugins"),
    ("doctor", "doctor:configure", "what this machine can do, and the exact fix for what it cannot"),
    ("completion", "completion:configure", "tab completion for bash, zsh and fish"),
)

DESCRIPTION = "See, measure, break, serve and prove network protocols, from one description of each."
EPILOG = """\
begin with:
  workbench demo                                  see it work, nothing needed
  workbench info capture.pcapng                   what is in this file?
  workbench dissect capture.pcapng --filter http  its HTTP messages, field by field
  workbench serve http1 --port 8080               a reference server
  workbench fuzz websocket --training             break one that has planted faults
  workbench check http2                           put the rules of a specification to one
  workbench doctor                                what works on this machine

`workbench COMMAND --help` explains each command with examples. Without a command, on a terminal, the explorer opens.
exit codes: 0 done, 1 the thing looked for was found, 2 unusable arguments or input, 130 interrupted after saving."""


class _Parser(argparse.ArgumentParser):
    """argparse, with one sentence instead of a page when the words make no sense, and lists of words with options between them."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[argparse.Namespace, list[str]]:  # type: ignore[override]
        """argparse takes the words of a list only where they stand together; the rest joins the list that the command `gathers`."""
        found, rest = super().parse_known_args(args, namespace)
        gathers = self.get_default("gathers")
        if gathers:
            late = [word for word in rest if not word.startswith("-")]
            setattr(found, gathers, [*getattr(found, gathers), *late])
            rest = [word for word in rest if word.startswith("-")]
        return found, rest

    def error(self, message: str) -> NoReturn:
        from dissectors.text import safe

        # the message quotes what was typed, or what some script made of a file name
        self.exit(UNUSABLE, f"workbench: {safe(message)}. Try `{self.prog} --help`\n")


class _Version(argparse.Action):
    """Prints the version; looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import importlib.metadata

        print(f"workbench {importlib.metadata.version('protocol-workbench')}")
        parser.exit()


def build_parser(words: Sequence[str], *, everything: bool = False) -> argparse.ArgumentParser:
    """The parser for `words`: every command by name, and in full those that `words` mention (or `everything`)."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="workbench", description=DESCRIPTION, epilog=EPILOG, formatter_class=shape)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    add_plugin_option(parser, "early_plugins")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=_Parser)
    for name, place, summary in COMMANDS:
        command = commands.add_parser(name, help=summary, formatter_class=shape)
        if everything or name in words:
            module, function = place.split(":")
            getattr(importlib.import_module(f"workbench.cli.{module}"), function)(command)
            add_plugin_option(command, "late_plugins")
    return parser


def main(
    argv: Sequence[str] | None = None, launch_tui: Callable[[Start], int] | None = None, console: Console | None = None
) -> int:
    """Run one command and return its exit code. `launch_tui` opens the terminal interface; without it commands only print."""
    words = list(sys.argv[1:] if argv is None else argv)
    said = Console() if console is None else console
    parser = build_parser(words)
    try:
        args = parser.parse_args(words)
    except SystemExit as left:  # argparse leaves this way after --help, too
        return left.code if isinstance(left.code, int) else UNUSABLE
    args.plugins = [*args.early_plugins, *getattr(args, "late_plugins", []), *getattr(args, "last_plugins", [])]
    args.launch_tui = launch_tui
    if args.command is None:
        if launch_tui is None or not said.interactive:
            said.data(parser.format_help().rstrip())
            return 0
        args.run = _open_nothing
    return _run(args, said)


def _open_nothing(args: argparse.Namespace, _: Console) -> int:
    from workbench.cli.options import start_with

    code: int = args.launch_tui(start_with(args))
    return code


def _run(args: argparse.Namespace, console: Console) -> int:
    code: int = 0
    try:
        if args.plugins and args.command not in LOADS_BY_ITSELF:
            registry_for(args, console)
        code = args.run(args, console)
        console.done()
    except BrokenPipeError:
        # whoever read our output has seen enough; the interpreter must not complain about it again while it exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code
    except KeyboardInterrupt:
        console.say("workbench: interrupted")
        return INTERRUPTED
    except WorkbenchError as error:
        return _sorry(console, str(error))
    except MemoryError:
        return _sorry(console, "there is not enough memory for this. Select less with --filter")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _sorry(console, f"{place}{error.strerror or error}. Check the path, the permissions and the free space")
    except Exception as error:
        if os.environ.get("WORKBENCH_TRACE"):
            raise
        remedy = "This is a defect of the workbench; WORKBENCH_TRACE=1 shows where, for a report"
        return _sorry(console, f"internal error: {type(error).__name__}: {error}. {remedy}")
    return code


def _sorry(console: Console, sentence: str) -> int:
    from dissectors.text import safe

    # a mistake in a filter comes with a line that points at it: every line begins below the first
    console.say("workbench: " + f"\n{' ' * len('workbench: ')}".join(safe(line) for line in sentence.split("\n")))
    return UNUSABLE
