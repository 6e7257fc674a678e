"""`workbench export`: packets or messages in another format."""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_reading_options,
    describe,
    filter_of,
    index_all,
    opened,
    printable,
    tell_doubts,
    watched,
)

if TYPE_CHECKING:
    from workbench.export.formats import Format, Writer

__all__ = ["configure"]

ABOUT = """\
Writes what matches the filter into another format. pcapng is the rich one: the packets with our summaries and notes as comments, TLS
secrets, names and drop counts, for Wireshark and back into the workbench. Without --format the suffix of the output decides; formats
of several files want a folder and --format.

Captures can leave changed, too: --anonymise gives addresses pseudonyms (equal prefixes stay equal) and cuts everything behind the
transport headers; --decrypted puts what TLS and QUIC protected into plain TCP connections, for tools that have no keys."""

EXAMPLES = """\
workbench export big.pcapng -o web.pcapng --filter http
workbench export web.pcapng -o web.ndjson
workbench export web.pcapng --keylog keys.log -o with-keys.pcapng
workbench export web.pcapng --format csv -o - | head
workbench export web.pcapng -o web.har                       open it in a browser's network panel
workbench export web.pcapng --format zeek -o logs            logs/conn.log, logs/http.log, …
workbench export web.pcapng --format parquet -o tables       then: duckdb -c "from 'tables/messages.parquet'"
workbench export web.pcapng --format json -o - | jq '.[]._source.layers.http'
workbench export secret.pcapng --keylog keys.log --decrypted -o plain.pcapng
workbench export web.pcapng --anonymise -o to-give-away.pcapng"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    from workbench.export.formats import FORMATS

    describe(parser, ABOUT, EXAMPLES)
    listed = "\n".join(f"  {known.name:<8} {known.suffix or 'folder':<9} {known.title}" for known in FORMATS)
    parser.epilog = f"{parser.epilog}\n\nformats (name, suffix, what for):\n{listed}"
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", required=True, help="file to write, - for stdout")
    names = [known.name for known in FORMATS]
    parser.add_argument(
        "--format", default="", choices=names, metavar="NAME", help="one of those below (default: by the suffix of OUT)"
    )
    parser.add_argument(
        "--anonymise",
        action="store_true",
        help="pcapng and pcap: addresses become pseudonyms that keep common prefixes, payloads, comments, names and secrets go",
    )
    parser.add_argument(
        "--anonymise-key", metavar="TEXT", default="", help="the same text gives the same pseudonyms (default: chance)"
    )
    parser.add_argument(
        "--decrypted",
        action="store_true",
        help="pcapng and pcap: what TLS and QUIC protected, as TCP in the clear, for tools without keys",
    )
    parser.add_argument("--json", action="store_true", help="say what was written as JSON on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Select, write, say how much."""
    from workbench.cli.drafts import write_file, write_folder
    from workbench.export.formats import format_for

    to_stdout = str(args.output) == "-"
    if to_stdout and not args.format:
        raise UsageError(
            "stdout has no suffix to tell the format by", remedy="Name one with --format, for example --format ndjson"
        )
    chosen = format_for(args.format, None if to_stdout else args.output)
    write = _writer(args, chosen)
    if to_stdout and chosen.folder:
        raise UsageError(f"{chosen.name} is a folder of files, stdout is one", remedy="Name a folder with -o")
    if not to_stdout and args.output.exists() and args.output.samefile(args.file):
        raise UsageError("would overwrite the capture that is read", place=str(args.output), remedy="Name another file with -o")
    with opened(args, console) as session:
        index_all(session.capture, console)
        wanted = filter_of(args, session)
        selected = session.source(wanted)
        source = replace(
            selected,
            messages=lambda: watched(selected.messages(), console),
            everything=lambda: watched(selected.everything(), console),
        )
        if to_stdout:
            count = write(source, console.binary)
        elif chosen.folder:
            count = write_folder(args.output, lambda folder: chosen.write_folder(source, folder))
        else:
            count = write_file(args.output, lambda out: write(source, out))
    if not count:
        tell_doubts(wanted, console)
    if args.json and not to_stdout:
        console.json({"output": str(args.output), "format": chosen.name, chosen.unit: count})
    console.say(printable(f"{count:,} {chosen.unit} written to {args.output} ({chosen.name})"))
    return 0


def _writer(args: argparse.Namespace, chosen: "Format") -> "Writer":
    """What writes the format, as --anonymise and --decrypted want it."""
    anonymise = args.anonymise or args.anonymise_key
    if anonymise and args.decrypted:
        raise UsageError("an anonymised capture has nothing to decrypt", remedy="Leave --anonymise or --decrypted away")
    if (anonymise or args.decrypted) and chosen.name not in ("pcapng", "pcap"):
        what, why = (
            ("anonymised", "it holds what was said") if anonymise else ("decrypted", "it shows what could be decrypted anyway")
        )
        raise UsageError(f"{chosen.name} cannot be {what}: {why}", remedy="Write pcapng or pcap")
    if anonymise:
        from workbench.export import anonymised

        key = args.anonymise_key.encode() or os.urandom(32)
        write = anonymised.write_pcapng if chosen.name == "pcapng" else anonymised.write_pcap
        return lambda source, out: write(source, out, key)
    if args.decrypted:
        from workbench.export import decrypted

        return decrypted.write_pcapng if chosen.name == "pcapng" else decrypted.write_pcap
    return chosen.write
