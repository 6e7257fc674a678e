"""`workbench fuzz PROTOCOL`: a campaign against a server, until its budget is used up or somebody stops it."""

import argparse
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.console import Console
from workbench.cli.fuzz_target import add_target_options, target_of
from workbench.cli.options import describe, positive, printable, registry_for, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzers import CampaignConfig, Ended
    from workbench.api import ProtocolSpec

__all__ = ["configure"]

ABOUT = """\
Plays case after case against a server: seeds of the protocol (and of captures), changed as bytes, as values and as sequences. A case
that crashes the server, hangs it, draws a wrong reply or another session's secret is repeated on a fresh server, minimised, and written
to a folder with a stand-alone replay.py. Equal seed, corpus and target give equal findings. Ctrl-C and kill -9 lose nothing: --resume
goes on.

Only attack what is yours. Without --target or --command the protocol's own reference server is attacked, in this process. A --target
beyond this machine is refused unless --i-own-this-target repeats its host.

Exit code 1 when there are findings, 0 when there are none."""

EXAMPLES = """\
workbench fuzz streambus --training --cases 20000       learn on a server with planted faults
workbench fuzz websocket --cases 5000                   our own server, in this process
workbench fuzz http1 --command 'nginx -p /tmp/n -c nginx.conf' --port 8080 --seconds 300
workbench fuzz streambus --target 127.0.0.1:9099 --corpus yesterday.pcapng -o campaign
workbench fuzz streambus -o campaign --resume"""

DEFAULT_SECONDS = 60.0
"""A campaign without any limit ends after a minute: long enough to see something, short enough for somebody who only tries it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("protocol", metavar="PROTOCOL", help="see `workbench plugins list`")
    add_target_options(parser)
    parser.add_argument("--cases", type=positive, metavar="N", help="end after so many cases, earlier runs included")
    parser.add_argument(
        "--seconds", type=seconds, metavar="S", help="end after so long (default 60 without --cases; 0: no limit)"
    )
    parser.add_argument("--stop-after", type=positive, metavar="N", help="end after so many findings")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides every case (default 0)")
    parser.add_argument(
        "--corpus", type=Path, action="append", default=[], metavar="CAPTURE", help="more seeds from a capture; repeatable"
    )
    parser.add_argument(
        "--decode-as", action="append", default=[], metavar="RULE", help="for --corpus, as in `workbench dissect`"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the campaign's folder (default: fuzz-PROTOCOL-SEED here)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the campaign in DIR")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="worker processes (default: one per processor)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON at the end")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the campaign, tell its findings as they come."""
    registry = registry_for(args, console)
    spec = registry.get(args.protocol)
    config = _config(args, spec)
    # others are looked for only where this one cannot be found without them: a stream of its own is its own whatever it looks like
    around = [other for other in registry.specs if other is not spec] if spec.transport != spec.wire else []
    ended = _watch(spec, around, config, console, as_json=args.json)
    with contextlib.suppress(BrokenPipeError):  # whoever stopped reading still wants the exit code
        _close(config, ended, console, as_json=args.json)
    if ended.reason in ("interrupted", "stopped"):
        return 130
    return int(bool(ended.findings))


def _close(config: "CampaignConfig", ended: "Ended", console: Console, *, as_json: bool) -> None:
    """The last words about a campaign."""
    if as_json:
        from fuzzers import report

        console.json(report(config.directory).as_json() | {"reason": ended.reason})
    else:
        stats = ended.stats
        unsure = sum(not finding.confirmed for finding in ended.findings)
        doubt = f", {unsure} of them not confirmed" if unsure else ""
        console.data(
            f"{stats.cases:,} cases in {stats.seconds:.1f} s ({stats.rate:,.0f}/s), {len(ended.findings)} findings{doubt}"
        )
    if ended.reason == "gone":
        last = ended.findings[-1]
        console.say(printable(f"the target is gone since case {last.case}, kept in {last.folder}. Start it again, then --resume"))
    console.say(printable(f"saved in {config.directory}; `workbench report {config.directory}` tells it again"))


def _config(args: argparse.Namespace, spec: "ProtocolSpec") -> "CampaignConfig":
    from fuzzers import CampaignConfig

    limit = args.seconds
    if limit is None and args.cases is None and args.stop_after is None:
        limit = DEFAULT_SECONDS
    return CampaignConfig(
        protocol=spec.name,
        directory=args.output or Path(f"fuzz-{spec.name}-{args.seed}"),
        seed=args.seed,
        target=target_of(args),
        cases=args.cases,
        seconds=limit or None,
        stop_after=args.stop_after,
        captures=tuple(args.corpus),
        decode_as=tuple(args.decode_as),
        plugins=tuple(args.plugins),
        resume=args.resume,
        jobs=args.jobs,
    )


def _watch(
    spec: "ProtocolSpec", around: "Sequence[ProtocolSpec]", config: "CampaignConfig", console: Console, *, as_json: bool
) -> "Ended":
    from fuzzers import Campaign, Ended, FindingFound, Progress, Started

    campaign = Campaign(spec, config, around=around)
    # SIGTERM ends a campaign as orderly as Ctrl-C does
    signal.signal(signal.SIGTERM, lambda *_: campaign.stop())
    for event in campaign.run():
        match event:
            case Started():
                console.say(
                    printable(
                        f"fuzzing {event.target}, seed {event.seed}, {event.corpus} sessions as corpus, {event.means.workers} workers"
                    )
                )
                if event.first_case:
                    console.say(f"going on with case {event.first_case:,}")
            case Progress(stats):
                console.progress(
                    f"{stats.cases:,} cases, {stats.rate:,.0f}/s, {stats.findings} findings, {stats.suspicious:,} suspicious"
                )
            case FindingFound(finding, stats):
                sizes = f"{finding.original_messages} → {len(finding.messages)} messages, {finding.original_bytes} → {finding.size} bytes"
                unsure = "" if finding.confirmed else "not confirmed: "
                line = f"case {finding.case}: {unsure}{finding.summary} ({sizes}) {finding.folder}"
                with contextlib.suppress(BrokenPipeError):  # the campaign is more than its output
                    (console.say if as_json else console.data)(printable(line))
            case Ended():
                return event
    raise AssertionError("a campaign always ends with Ended")
