"""`workbench watch`: alerts about a capture file, a file that grows, or an interface."""

import argparse
import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.api.errors import UsageError
from workbench.cli.alert_commands import AlertCommands
from workbench.cli.console import Console
from workbench.cli.options import (
    MOST_DOUBTS,
    add_decoding_options,
    add_filter_help,
    describe,
    opened,
    positive,
    printable,
    seconds,
)
from workbench.cli.recording import Patience

if TYPE_CHECKING:
    from workbench.alerting import Fired
    from workbench.analysis.alerts import Rule
    from workbench.session import Session

__all__ = ["configure"]

ABOUT = """\
Says when something happens: a rule fires when so many packets that match a filter lie within a window of capture time. One JSON object
per alert on stdout; exit code 1 at the end when any fired. WHAT is a capture file, or an interface, which is captured meanwhile and
watched until Ctrl-C, --seconds or --packets. With --follow a file is watched like that, too, while somebody else writes it.

A rule file is TOML:
  [[rule]]
  name = "the shop fails"
  filter = "http.response.code >= 500"
  at_least = 5                    # packets (default 1)
  within = "10s"                  # of capture time (default: wherever they lie)
  every = "1m"                    # quiet for so long after an alert (default: as long as the window)
  severity = "error"              # chat, note, warn or error; for the reader
  command = ["notify-send", "the shop fails"]
A command gets the alert as JSON on stdin and in WORKBENCH_ALERT_PACKET and the like; no shell sees it, and four run at most at once."""

EXAMPLES = """\
workbench watch web.pcapng --alert 'http.response.code>=500' 1 1s
workbench watch growing.pcapng --follow --rules rules.toml
workbench watch lo --rules rules.toml --seconds 60 -w evidence.pcapng
workbench watch eth0 --alert 'tcp.flags.reset == 1' 100 10s | jq -r .summary"""

SHORTEST_HEAD = 24
"""Bytes at the beginning of a capture file (pcap's, the shortest); whoever makes one may not have written them yet."""

POLL_S = 0.1
"""How long an idle file is left alone: recorders write as often."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("what", metavar="WHAT", help="capture file, or interface name")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="TOML file with [[rule]] tables")
    parser.add_argument(
        "--alert",
        nargs=3,
        action="append",
        default=[],
        metavar=("FILTER", "AT_LEAST", "WITHIN"),
        help="a rule of its own, for example: http.response.code>=500 5 10s; repeatable",
    )
    parser.add_argument("--follow", action="store_true", help="the file is still growing")
    parser.add_argument("-w", "--write", type=Path, metavar="FILE", help="keep what is captured from the interface")
    explanation = "capture no more than this of the interface: an expression as tcpdump takes it, or ports ('80,443')"
    parser.add_argument("-f", "--capture-filter", default="", metavar="BPF", help=explanation)
    parser.add_argument("--seconds", type=seconds, metavar="S", help="end after so long")
    parser.add_argument("--packets", type=positive, metavar="N", help="end after so many packets")
    add_decoding_options(parser)
    add_filter_help(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Watch; 1 when an alert was given."""
    rules = _rules(args)
    patience = Patience(args, console)
    with _source(args, console) as source:
        args.file = source.path
        while source.grows() and source.path.stat().st_size < SHORTEST_HEAD and not patience.over():
            time.sleep(POLL_S)
        with opened(args, console) as session:
            return _watch(console, session, rules, source, patience)


def _watch(console: Console, session: "Session", rules: "list[Rule]", source: "_Source", patience: Patience) -> int:
    from workbench.alerting import Alerting

    alerting = Alerting(session, rules)
    for rule, doubt in alerting.doubts[:MOST_DOUBTS]:  # said at once: whoever watches may wait for days
        console.warn(printable(f"rule {rule.name!r}: {doubt}"))
    commands = AlertCommands(lambda text: console.warn(printable(text)))
    count = 0
    try:
        while True:
            over = patience.over() or not source.grows()
            if over:
                source.stop()  # what is still under way becomes part of the file, and is looked at
            for fired in alerting.finish() if over else alerting.look():
                count += 1
                _tell(fired, session, console, commands)
            patience.show(alerting.seen, _told(alerting.seen, count))
            if over:
                break
            commands.tend()
            if alerting.caught_up:
                time.sleep(POLL_S)
    finally:
        commands.finish()
    console.say(_told(alerting.seen, count))
    return 1 if count else 0


def _told(packets: int, alerts: int) -> str:
    return f"{packets:,} packets, {alerts:,} alert{'' if alerts == 1 else 's'}"


def _tell(fired: "Fired", session: "Session", console: Console, commands: AlertCommands) -> None:
    told = _object(fired, session)
    console.data(json.dumps(told))
    console.out.flush()  # whoever reads the lines acts on them
    if fired.alert.rule.command:
        commands.start(fired.alert.rule.command, told)


def _object(fired: "Fired", session: "Session") -> dict[str, Any]:
    alert, message = fired.alert, fired.message
    row, rule = session.row(alert.packet), alert.rule
    return {
        "alert": rule.name,
        "severity": rule.severity.name.lower(),
        "packet": alert.packet,
        "time_ns": alert.time_ns,
        "matches": alert.matches,
        "withheld": alert.withheld,
        "filter": rule.filter,
        "at_least": rule.at_least,
        "within_ns": rule.within_ns,
        "source": row.source,
        "destination": row.destination,
        "protocol": printable(message.protocol if message else row.protocol),
        "summary": printable(message.summary if message else row.info),
    }


def _rules(args: argparse.Namespace) -> "list[Rule]":
    from workbench.analysis.alert_rules import load_rules, rule_of

    rules = list(load_rules(args.rules)) if args.rules is not None else []
    for line, least, within in args.alert:
        count = int(least) if least.isascii() and least.isdecimal() else least
        rules.append(rule_of({"filter": line, "at_least": count, "within": within}, "--alert"))
    if not rules:
        raise UsageError("there is no rule", remedy="Give --rules FILE, or --alert FILTER AT_LEAST WITHIN")
    return rules


@dataclass(frozen=True, slots=True)
class _Source:
    """The file that is watched, whether more of it may come, and what ends that."""

    path: Path
    grows: Callable[[], bool]
    stop: Callable[[], None]


@contextlib.contextmanager
def _source(args: argparse.Namespace, console: Console) -> Iterator[_Source]:
    """The file, or the interface being captured into one."""
    path = Path(args.what)
    if path.exists():
        if args.write is not None or args.capture_filter:
            raise UsageError("a file is watched, nothing is captured", place="-w, -f", remedy="Leave them away")
        yield _Source(path, lambda: args.follow, lambda: None)
        return
    from captures.capture_filter import full_text
    from captures.live import interfaces, open_live

    names = interfaces()
    if args.what not in names:
        remedy = f"Give a capture file, or one of {', '.join(names)}"
        raise UsageError("there is no such file or interface", place=args.what, remedy=remedy)
    if args.write is not None and args.write.exists():
        raise UsageError("is there already", place=str(args.write), remedy="Name another file with -w")
    with tempfile.TemporaryDirectory(prefix="workbench-watch-") as folder:
        target = args.write or Path(folder) / "live.pcapng"
        with open_live(args.what, target, filter=full_text(args.capture_filter)) as recorder:

            def stop() -> None:
                counters = recorder.stop()
                lost = counters.dropped + counters.interface_dropped
                console.say(f"{counters.packets:,} packets captured, {lost:,} lost")

            yield _Source(target, lambda: recorder.running, stop)
