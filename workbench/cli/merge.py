"""`workbench merge`: several captures in one file, in the order of time."""

import argparse
from pathlib import Path

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, printable

__all__ = ["configure"]

ABOUT = """\
Merges captures of any kind and packing into one pcapng file, packet by packet in the order of time. Interfaces, comments, directions,
TLS secrets, names and drop counts of all of them are kept; each interface stays one of its own. Memory stays small however large the
files are."""

EXAMPLES = """\
workbench merge client.pcapng server.pcap -o both.pcapng
workbench merge ring_*.pcapng.zst -o whole.pcapng
workbench merge a.pcap b.pcap -o - | wireshark -k -i -"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("files", type=Path, metavar="FILE", nargs="+", help="captures: pcap or pcapng, plain, .gz or .zst")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", required=True, help="pcapng file to write, - for stdout")
    parser.add_argument("--json", action="store_true", help="say what was written as JSON on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Merge, say how much."""
    from functools import partial

    from captures.merging import merge
    from workbench.cli.drafts import write_file

    to_stdout = str(args.output) == "-"
    for path in args.files:
        if not to_stdout and args.output.exists() and path.exists() and args.output.samefile(path):
            raise UsageError("would overwrite a capture that is read", place=str(args.output), remedy="Name another file with -o")
    work = partial(merge, args.files, progress=lambda count: console.progress(f"merging: {count:,} packets"))
    merged = work(console.binary) if to_stdout else write_file(args.output, work)
    for warning in merged.warnings:
        console.warn(printable(warning))
    total = sum(merged.packets)
    if args.json and not to_stdout:
        files = [{"file": str(path), "packets": count} for path, count in zip(args.files, merged.packets, strict=True)]
        console.json({"output": str(args.output), "packets": total, "files": files})
    console.say(printable(f"{total:,} packets of {len(args.files)} files written to {args.output}"))
    return 0
