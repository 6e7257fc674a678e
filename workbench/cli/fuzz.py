"""`workbench fuzz PROTOCOL`: a campaign against a server, until its budget is used up or somebody stops it."""

import argparse
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.fuzz_cluster import players_for
from workbench.cli.fuzz_file import PLUGIN, PROTOCOL, Keys, read_campaign, written
from workbench.cli.fuzz_target import add_target_options, target_of
from workbench.cli.options import describe, positive, printable, registry_for, seconds

if TYPE_CHECKING:
    from fuzzers import CampaignConfig, Ended, Sources
    from workbench.api import ProtocolSpec
    from workbench.registry import Registry

__all__ = ["configure"]

ABOUT = """\
Plays case after case against a server: seeds of the protocol (of captures, other fuzzers and other campaigns, too), changed as bytes, as
values and as sequences. A case that crashes the server, hangs it, draws a wrong reply or another session's secret is repeated on a fresh
server, minimised, and written to a folder with a stand-alone script. Equal seed, corpus and target give equal findings. Ctrl-C and
kill -9 lose nothing: --resume goes on.

Only attack what is yours. Without --target or --command the protocol's own reference server is attacked, in this process. A --target
beyond this machine is refused unless --i-own-this-target repeats its host.

With --differential the same cases go to several servers, and a case on which they do not agree is a finding. Each server is a TOML file:
command = "nginx -p {dir} -c nginx.conf", or address = "127.0.0.1:8080"; a table [files] with what the command finds in {dir}, where it
starts; a table [environment]. Known differences, with reasons, stand in the file of --quirks; a finding's report.md drafts the entry.

A campaign can stand in a file: --save writes one from the options at hand, `workbench fuzz FILE.toml` runs it, and what is typed besides
wins. The campaign's folder keeps such a file (campaign.toml), and has the fuzzer_stats and plot_data that AFL's tools read.

Exit code 1 when there are findings, 0 when there are none."""

EXAMPLES = """\
workbench fuzz streambus --training --cases 20000       learn on a server with planted faults
workbench fuzz websocket --reference --cases 5000       our own server, in this process
workbench fuzz http1 --command 'nginx -p /tmp/n -c nginx.conf' --port 8080 --seconds 300
workbench fuzz streambus --target 127.0.0.1:9099 --from-capture yesterday.pcapng -o campaign
workbench fuzz http1 --differential nginx.toml lighttpd.toml reference --quirks known.toml
workbench fuzz -o campaign --resume
workbench fuzz http1 --command './server {port}' --seconds 600 --save night.toml
workbench fuzz night.toml --seed 7"""

DEFAULT_SECONDS = 60.0
"""A campaign without any limit ends after a minute: long enough to see something, short enough for somebody who only tries it."""

SAVED = "campaign.toml"
"""The file in a campaign's folder that says what it was started with."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command. What another room adds to a group is a key of campaign files without further ado."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument(
        "protocol", metavar="PROTOCOL|FILE.toml", nargs="?", help="see `workbench plugins list`; or a campaign file"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the campaign's folder (default: fuzz-PROTOCOL-SEED here)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides every case (default 0)")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="worker processes (default: one per processor)")
    parser.add_argument(
        "--cluster", metavar="tcp://HOST:8786", default="", help="let the workers of this dask scheduler play the cases"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the campaign in DIR")
    parser.add_argument(
        "--save", type=Path, metavar="FILE.toml", help="write a campaign file with these options, and start nothing"
    )
    parser.add_argument("--print-config", action="store_true", help="print that file: every key, and what it means")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--json", action="store_true", help="print the report as JSON at the end")
    told.add_argument("--ndjson", action="store_true", help="print every event as a line of JSON; progress once a second")
    add_target_options(parser)
    _add_seed_options(parser)
    _add_limit_options(parser)
    parser.set_defaults(run=run, keys=Keys(parser))


def _add_seed_options(parser: argparse.ArgumentParser) -> None:
    seeds = parser.add_argument_group("seeds")
    seeds.add_argument(
        "--from-capture",
        "--corpus",
        dest="captures",
        type=Path,
        action="append",
        default=[],
        metavar="CAPTURE",
        help="more seeds: what clients say in a capture, also inside TLS, QUIC or a proxy; repeatable (--corpus is its older name)",
    )
    seeds.add_argument(
        "--from-corpus",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="more seeds: another campaign's corpus, a queue of AFL or AFLNet, a folder of files; repeatable",
    )
    seeds.add_argument("--keylog", type=Path, metavar="FILE", help="TLS secrets (SSLKEYLOGFILE) that go with the captures")
    seeds.add_argument(
        "--decode-as", action="append", default=[], metavar="RULE", help="for --from-capture, as in `workbench dissect`"
    )
    seeds.add_argument(
        "--dictionary", type=Path, action="append", default=[], metavar="FILE", help="more tokens, in AFL's format; repeatable"
    )


def _add_limit_options(parser: argparse.ArgumentParser) -> None:
    limits = parser.add_argument_group("limits")
    limits.add_argument("--cases", type=positive, metavar="N", help="end after so many cases, earlier runs included")
    limits.add_argument(
        "--seconds", type=seconds, metavar="S", help="end after so long (default 60 without --cases; 0: no limit)"
    )
    limits.add_argument("--stop-after", type=positive, metavar="N", help="end after so many findings")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the campaign, tell its findings as they come."""
    _complete(args)
    if args.save is not None or args.print_config:
        return _write(args, console)
    if not args.protocol:
        raise UsageError("which protocol?", remedy="Name it, or a campaign file; `workbench plugins list` has them all")
    registry = registry_for(args, console)
    spec = registry.get(args.protocol)
    config = _config(args, spec)
    ended = _watch(spec, registry, config, args, console)
    if not args.ndjson:
        with contextlib.suppress(BrokenPipeError):  # whoever stopped reading still wants the exit code
            _close(config, ended, console, as_json=args.json)
    if ended.reason in ("interrupted", "stopped"):
        return 130
    return int(bool(ended.findings))


def _complete(args: argparse.Namespace) -> None:
    """Put together what was typed, what the campaign file says, and what is usual."""
    values = {}
    if args.protocol and args.protocol.endswith(".toml"):
        values = read_campaign(Path(args.protocol), args.keys)
        if PROTOCOL not in values:
            raise UsageError("does not say which protocol", place=args.protocol, remedy='Add protocol = "NAME" above all tables')
        args.protocol = values[PROTOCOL]
        args.plugins = [*args.plugins, *values.get(PLUGIN, ())]
    args.keys.complete(args, values)
    if not args.protocol and args.resume and args.output is not None:
        from fuzzers.corpus_files import protocol_of

        args.protocol = protocol_of(args.output)


def _write(args: argparse.Namespace, console: Console) -> int:
    """Write the campaign file instead of running it."""
    if args.print_config:
        console.data(written(args, args.keys, Path()).rstrip("\n"))
    if args.save is not None:
        text = written(args, args.keys, args.save.parent)
        try:
            with args.save.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise UsageError("is there already", place=str(args.save), remedy="Give another name, or remove it") from error
        console.say(printable(f"written; `workbench fuzz {args.save}` runs it"))
    return 0


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
    from fuzzers import CampaignConfig, Sources, read_dictionary

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
        # a campaign that goes on has its seeds and tokens, wherever the files are by now
        sources=Sources() if args.resume else _sources(args),
        tokens=() if args.resume else tuple(token for path in args.dictionary for token in read_dictionary(path)),
        plugins=tuple(args.plugins),
        resume=args.resume,
        jobs=args.jobs,
    )


def _sources(args: argparse.Namespace) -> "Sources":
    from fuzzers import Sources
    from workbench.keylogs import read_keylog

    return Sources(
        captures=tuple(args.captures),
        decode_as=tuple(args.decode_as),
        keylogs=(read_keylog(args.keylog),) if args.keylog else (),
        folders=tuple(args.from_corpus),
    )


def _record(args: argparse.Namespace, config: "CampaignConfig", console: Console) -> str:
    """The campaign file for the campaign's own folder; none where a name in it is no text, which is no reason not to fuzz."""
    if config.resume:
        return ""
    args.output = config.directory
    try:
        return written(args, args.keys, config.directory)
    except UsageError as error:
        console.warn(printable(f"there will be no {SAVED}: {error}"))
        return ""


def _watch(
    spec: "ProtocolSpec", registry: "Registry", config: "CampaignConfig", args: argparse.Namespace, console: Console
) -> "Ended":
    from fuzzers import Campaign, Ended, Reading, Started
    from workbench.cli.fuzz_status import teller_for

    around = [other for other in registry.specs if other is not spec]
    campaign = Campaign(spec, config, around=around, make_executor=players_for(args.cluster, config.plugins))
    # SIGTERM ends a campaign as orderly as Ctrl-C does
    signal.signal(signal.SIGTERM, lambda *_: campaign.stop())
    teller = teller_for(console, ndjson=args.ndjson, as_json=args.json)
    record = _record(args, config, console)
    for event in campaign.run():
        teller.hear(event)
        if record and not isinstance(event, Reading | Started):  # a false start leaves nothing behind
            (config.directory / SAVED).write_text(record, encoding="utf-8")
            record = ""
        if isinstance(event, Ended):
            return event
    raise AssertionError("a campaign always ends with Ended")
