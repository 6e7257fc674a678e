"""Options that name the server to attack, for every command that attacks one."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError

if TYPE_CHECKING:
    from fuzzers import TargetConfig

__all__ = ["add_target_options", "target_of"]


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Which server. They are the table "target" of a campaign file, too (see `workbench.cli.fuzz_file`)."""
    target = parser.add_argument_group("target")
    which = target.add_mutually_exclusive_group()
    which.add_argument("--target", metavar="HOST:PORT", default="", help="a server that runs already")
    which.add_argument(
        "--command", dest="shell_command", metavar="CMD", default=None, help="start this server; {port} becomes a free port"
    )
    which.add_argument("--training", action="store_true", help="the protocol's server with planted faults")
    which.add_argument("--reference", action="store_true", help="the protocol's own server, in this process (the default)")
    which.add_argument(
        "--differential",
        nargs="+",
        default=[],
        metavar="SERVER",
        help="compare the answers of several servers to the same cases: TOML files with a command or an address, reference, training",
    )
    target.add_argument(
        "--quirks", type=Path, metavar="FILE", help="known differences for --differential, with reasons; not reported"
    )
    target.add_argument(
        "--port",
        "--target-port",
        dest="target_port",
        type=int,
        default=0,
        metavar="N",
        help="where --command listens, when it has no {port} (--target-port is its older name)",
    )
    target.add_argument("--i-own-this-target", metavar="HOST", default="", help="permit a --target beyond this machine")


def target_of(args: argparse.Namespace) -> "TargetConfig":
    """The target that the options name; the reference server without any."""
    from fuzzers import TargetConfig, parse_address

    if args.shell_command is not None and not args.shell_command.strip():
        raise UsageError("the command is empty", place="--command")
    if args.target_port and not args.shell_command:
        raise UsageError("this says where a --command listens, and there is none", place="--port")
    if args.quirks is not None and not args.differential:
        raise UsageError("these are differences between servers of --differential, and there are none", place="--quirks")
    if args.differential:
        from fuzzers.differential.servers import differential_target

        return differential_target(args.differential, args.quirks, args.i_own_this_target)
    if args.target:
        host, port = parse_address(args.target)
        return TargetConfig(kind="address", host=host, port=port, allow_host=args.i_own_this_target)
    if args.shell_command:
        try:
            words = tuple(shlex.split(args.shell_command))
        except ValueError as error:
            raise UsageError(
                f"the command cannot be read: {error}", place="--command", remedy="Close the quotation marks"
            ) from error
        return TargetConfig(kind="command", command=words, port=args.target_port)
    return TargetConfig(kind="training" if args.training else "reference")
