"""Options that name the server to attack, for every command that attacks one."""

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.api.errors import UsageError
from workbench.cli.fuzz_confinement import add_confinement_options, confined
from workbench.cli.fuzz_file import file_or_word

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
    _add_differential_options(which, target)
    target.add_argument(
        "--port",
        "--target-port",
        dest="target_port",
        type=int,
        default=0,
        metavar="N",
        help="where --command listens, when it has no {port} (--target-port is its older name)",
    )
    target.add_argument(
        "--executor",
        choices=("auto", "live", "persistent", "fork", "restart"),
        default="auto",
        help="how --command runs: one process for all cases, one connection for many, a fork or a new process for each "
        "(auto: the fastest in which seeds show the same each time)",
    )
    target.add_argument(
        "--coverage",
        choices=("auto", "off"),
        default="auto",
        help="watch what code is reached, where the server was built for that",
    )
    target.add_argument("--tls", action="store_true", help="speak the protocol inside TLS, with real keys")
    target.add_argument("--sni", metavar="NAME", default="", help="the server's name for TLS (default: the host)")
    target.add_argument("--alpn", metavar="NAMES", default="", help="what TLS offers, with commas (default: the protocol's own)")
    target.add_argument(
        "--ca", type=Path, metavar="FILE", help="authorities to believe (PEM); without, any certificate will do on this machine"
    )
    target.add_argument(
        "--target-keylog", type=Path, metavar="FILE", help="append the secrets of all sessions with it, for whoever records them"
    )
    target.add_argument("--insecure", action="store_true", help="take any certificate elsewhere, too")
    add_confinement_options(target)
    target.add_argument("--i-own-this-target", metavar="HOST", default="", help="permit a --target beyond this machine")


def _add_differential_options(which: argparse._MutuallyExclusiveGroup, target: argparse._ArgumentGroup) -> None:
    """Others who have a say about what a server answers."""
    which.add_argument(
        "--differential",
        nargs="+",
        type=file_or_word,
        default=[],
        metavar="SERVER",
        help="compare the answers of several servers to the same cases: TOML files with a command or an address, reference, training",
    )
    target.add_argument(
        "--monitor",
        type=file_or_word,
        default="",
        metavar="FILE.py:NAME",
        help="a function that makes a boofuzz monitor, which judges every case as well",
    )
    target.add_argument(
        "--quirks", type=Path, metavar="FILE", help="known differences for --differential, with reasons; not reported"
    )


def target_of(args: argparse.Namespace) -> "TargetConfig":
    """The target that the options name; the reference server without any."""
    target = confined(args, _target(args))
    if not args.monitor:
        return target
    if args.differential:
        raise UsageError("several servers are compared, and a monitor looks at one", place="--monitor")
    path, colon, name = args.monitor.rpartition(":")
    if not colon:
        raise UsageError(f"{args.monitor!r} names no function", place="--monitor", remedy="Write it as FILE.py:FUNCTION")
    return replace(target, monitor=f"{Path(path).absolute()}:{name}")


def _target(args: argparse.Namespace) -> "TargetConfig":
    from fuzzers import TargetConfig, parse_address

    if args.shell_command is not None and not args.shell_command.strip():
        raise UsageError("the command is empty", place="--command")
    if args.target_port and not args.shell_command:
        raise UsageError("this says where a --command listens, and there is none", place="--port")
    if args.executor != "auto" and not args.shell_command:
        raise UsageError("this says how a --command runs, and there is none", place="--executor")
    if args.quirks is not None and not args.differential:
        raise UsageError("these are differences between servers of --differential, and there are none", place="--quirks")
    if args.ca and args.insecure:
        raise UsageError("certificates are either looked at or not", place="--insecure", remedy="Leave out --insecure or --ca")
    if args.differential:
        from fuzzers.differential.servers import differential_target

        return differential_target(args.differential, args.quirks, args.i_own_this_target)
    if args.target:
        host, port = parse_address(args.target)
        return TargetConfig(kind="address", host=host, port=port, allow_host=args.i_own_this_target, **_inside_tls(args))
    if args.shell_command:
        try:
            words = tuple(shlex.split(args.shell_command))
        except ValueError as error:
            raise UsageError(
                f"the command cannot be read: {error}", place="--command", remedy="Close the quotation marks"
            ) from error
        return TargetConfig(
            kind="command",
            command=words,
            port=args.target_port,
            executor=args.executor,
            coverage=args.coverage,
            **_inside_tls(args),
        )
    if args.tls:
        raise UsageError(
            "our own server is called in this process, without TLS", place="--tls", remedy="Name a --target or --command"
        )
    return TargetConfig(kind="training" if args.training else "reference", coverage=args.coverage)


def _inside_tls(args: argparse.Namespace) -> "dict[str, Any]":
    """What the options say about TLS; which transports have any is for the fuzzer to say."""
    return {
        "tls": args.tls,
        "sni": args.sni,
        "alpn": tuple(filter(None, args.alpn.split(","))),
        "ca": str(args.ca.absolute()) if args.ca else "",
        "insecure": args.insecure,
        "keylog": str(args.target_keylog.absolute()) if args.target_keylog else "",
    }
