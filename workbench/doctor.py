"""What this machine can do for the workbench, and the exact fix for what it cannot. Looks, changes nothing."""

import datetime as dt
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.registry import Registry

__all__ = ["Check", "Status", "examine"]

Status = Literal["ok", "limited", "broken"]
"""Everything works; something optional is missing; a part of the workbench does not work."""

PACKAGES = ("aioquic", "construct", "cryptography", "h11", "h2", "numpy", "scapy", "textual", "websockets")
TOOLS = {
    "curl": "drives the HTTP tests",
    "nginx": "a foreign HTTP server for the tests",
    "wrk": "load for the HTTP server's tests",
    "openssl": "a foreign TLS client for the tests",
    "ncat": "a plain client for the tests",
    "gtlsclient": "a foreign QUIC client for the tests",
    "tcpdump": "a second writer of captures for the tests",
}
COMPILERS = {
    "afl-clang-fast": "brings its own instrumentation",
    "clang": "counts edges with our runtime",
    "gcc": "counts blocks with our runtime",
}
"""Compilers that `build-target` knows, best first, and what they do there."""
PACKAGE_OF = {"afl-clang-fast": "afl++", "nginx": "nginx-light", "gtlsclient": "ngtcp2-client"}
"""Debian's packages of tools that are not called like them."""

DATAGRAMS = 1024 * 1024
"""Bytes of datagrams that the kernel should be allowed to keep for one socket: what a QUIC peer sends in some milliseconds."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `fix` is a command or sentence, empty when nothing needs fixing."""

    name: str
    status: Status
    detail: str
    fix: str = ""


def examine(
    registry: Registry,
    *,
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    terminal: bool | None = None,
    limit: Path = Path("/proc/sys/net/core/rmem_max"),
) -> tuple[Check, ...]:
    """Look at everything; `which` finds programs, `terminal` says whether a person is watching (None: see for yourself), `limit` is where
    the kernel says how many bytes a socket may have waiting."""
    watched = sys.stdout.isatty() if terminal is None else terminal
    return (
        _python(),
        *_packages(),
        *_capture(),
        _capture_filters(which),
        *_datagrams(limit),
        _tshark(),
        *_tools(which),
        *_coverage(which),
        *_watching_servers(),
        *_plugins(registry),
        _redirecting(),
        *_certificates(environment),
        *_terminal(environment, watched),
    )


def _python() -> Check:
    return Check("python", "ok", f"{platform.python_version()} ({sys.executable})")


def _packages() -> Iterator[Check]:
    for name in ("protocol-workbench", *PACKAGES):
        try:
            yield Check(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Check(name, "broken", "not installed", f"{sys.executable} -m pip install {name}")


def _capture() -> Iterator[Check]:
    """Live capture as a whole, then each way to do it, best first."""
    from captures.sources.choice import KINDS

    reasons = {kind: kind.why_not() for kind in KINDS}
    best = next((kind for kind, reason in reasons.items() if reason is None), None)
    if best is None:
        fix = "Enable one of the following, or use `workbench tap`, which needs no privilege"
        yield Check("live capture", "limited", "not permitted", fix)
    else:
        yield Check("live capture", "ok", f"by {best.name}: {best.summary}")
    for kind, reason in reasons.items():
        if reason is None:
            yield Check(f"capture by {kind.name}", "ok", "can be used" if kind is not best else "the best there is, and used")
        else:
            yield Check(f"capture by {kind.name}", "limited", reason.message, reason.remedy)


def _capture_filters(which: Callable[[str], str | None]) -> Check:
    from captures import libpcap

    if libpcap.library() is not None:
        return Check("capture filters", "ok", "any BPF expression, by libpcap")
    if which("tcpdump"):
        return Check("capture filters", "ok", "any BPF expression, by tcpdump")
    return Check("capture filters", "limited", "lists of ports only", "sudo apt install libpcap0.8")


def _datagrams(limit: Path) -> Iterator[Check]:
    """QUIC over a socket that can keep little: bursts are lost and must be sent again."""
    try:
        allowed = int(limit.read_text())
    except (OSError, ValueError):
        return  # another kernel: nobody knows
    detail = f"a socket may keep {allowed // 1024:,} KiB of datagrams"
    if allowed >= DATAGRAMS:
        yield Check("udp buffers", "ok", detail)
    else:
        yield Check(
            "udp buffers",
            "limited",
            f"{detail}; fast QUIC transfers lose some",
            f"sudo sysctl -w net.core.rmem_max={4 * DATAGRAMS}",
        )


def _tshark() -> Check:
    from captures.tshark import tshark_version

    version = tshark_version()
    if version:
        return Check("tshark", "ok", f"{version}, used as a second opinion")
    return Check("tshark", "limited", "not installed; only second opinions need it", "sudo apt install tshark")


def _tools(which: Callable[[str], str | None]) -> Iterator[Check]:
    for name, use in TOOLS.items():
        found = which(name)
        if found:
            yield Check(name, "ok", found)
        else:
            yield Check(name, "limited", f"not installed; {use}", f"sudo apt install {PACKAGE_OF.get(name, name)}")


def _coverage(which: Callable[[str], str | None]) -> Iterator[Check]:
    """What `build-target` may compile servers with, and what the fuzzer needs to see inside of them."""
    from fuzzers.coverage.map import CoverageMap
    from fuzzers.coverage.native import preload
    from workbench.api import TargetError

    found = {name: place for name in COMPILERS if (place := which(name))}
    for name, use in COMPILERS.items():
        if name in found:
            yield Check(name, "ok", f"{found[name]}, {use}")
        elif found:  # one of them will do
            yield Check(name, "ok", f"not installed; {next(iter(found))} does what it would do")
        else:
            yield Check(
                name,
                "limited",
                "not installed; servers in C are fuzzed by their replies",
                f"sudo apt install {PACKAGE_OF.get(name, name)}",
            )
    try:
        CoverageMap().close()
        yield Check("coverage map", "ok", "shared memory for what a server reaches")
    except TargetError as error:
        yield Check(
            "coverage map", "limited", error.message, error.remedy or "Allow System V shared memory (sysctl kernel.shmmax)"
        )
    library = preload("fork_at_accept")
    if library is not None:
        yield Check("fork at accept", "ok", str(library))
    else:
        fix = "sudo apt install gcc libc6-dev"
        yield Check("fork at accept", "limited", "cannot be compiled; --executor fork is not to be had", fix)


def _watching_servers() -> Iterator[Check]:
    """What the fuzzer needs around the servers that it starts."""
    from fuzzers.targets.network import can_enter_network

    if list(Path("/proc/self/task").glob("*/stat")):
        yield Check("process states", "ok", "/proc tells when a server waits for more")
    else:
        yield Check("process states", "limited", "/proc does not tell when a server waits", "mount -t proc proc /proc")
    if can_enter_network():
        yield Check("own network", "ok", "servers under test can be kept in a network namespace of their own")
    else:
        fix = "sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root"
        yield Check("own network", "limited", "not permitted; servers under test share the machine's network", fix)


def _plugins(registry: Registry) -> Iterator[Check]:
    names = ", ".join(spec.name for spec in registry.specs)
    if registry.specs:
        yield Check("plugins", "ok", names)
    else:
        yield Check("plugins", "broken", "no protocol is installed", f"{sys.executable} -m pip install protocol-workbench")
    for problem in registry.problems:
        yield Check(f"plugin {problem.place}", "broken", problem.message, problem.remedy)


def _redirecting() -> Check:
    """Whether a tap may take what a firewall redirects, and one of the commands that it prints."""
    from captures.tap import commands, may_mark
    from workbench.api import Endpoint, UsageError

    try:
        may_mark()
    except UsageError as error:
        return Check("transparent tap", "limited", error.message, error.remedy)
    example = next(line for line in commands(Endpoint("127.0.0.1", 8080)).splitlines() if line.startswith("iptables"))
    return Check("transparent tap", "ok", f"allowed; `tap --transparent` prints the commands that it needs, like: {example}")


def _certificates(environment: Mapping[str, str]) -> Iterator[Check]:
    """Those of `workbench certs`, the authority that clients of `tap --tls` trust first."""
    from workbench.serving.certificates import CertificateFolder, default_folder
    from workbench.serving.certificates.folder import SOON_DAYS

    folder = default_folder(environment)
    if not CertificateFolder(folder).authority.exists():
        yield Check("authority", "ok", "none yet; `serve --tls` and `tap --tls` make one, or `workbench certs init`")
        return
    now = dt.datetime.now(dt.UTC)
    for found in CertificateFolder(folder).certificates():
        days = found.days_left(now)
        name = f"certificate {found.file.stem}"
        detail = f"{found.kind}, " + (f"expires in {days} days" if days >= 0 else f"expired on {found.expires:%Y-%m-%d}")
        again = "workbench certs init --force" if found.kind == "authority" else "workbench certs renew"
        yield Check(name, "ok", detail) if days >= SOON_DAYS else Check(name, "limited", detail, again)


def _terminal(environment: Mapping[str, str], watched: bool) -> Iterator[Check]:
    if not watched:
        yield Check("terminal", "limited", "stdout is not a terminal; commands print, the explorer does not open")
        return
    kind = environment.get("TERM", "")
    if kind in ("", "dumb"):
        yield Check("terminal", "limited", f"TERM is {kind!r}", "Use a terminal that can move its cursor (TERM=xterm-256color)")
    else:
        columns, lines = shutil.get_terminal_size()
        yield Check("terminal", "ok", f"{kind}, {columns}×{lines}")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding == "utf8":
        yield Check("characters", "ok", "UTF-8")
    else:
        yield Check("characters", "limited", f"the output is {encoding or 'unknown'}", "export LANG=C.UTF-8")
