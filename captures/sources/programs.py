"""Capturing by a program that may what we may not: dumpcap, else tcpdump. They write packets into a pipe, we write the file.

A program captures one interface; it is told to end with SIGINT, and says then what was lost.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from captures import packet_socket
from captures.capture_filter import check_filter
from captures.packet_socket import link_type
from captures.privileges import CAP_NET_RAW, program_may
from captures.sources.model import Batch, Describe, LiveSource, Losses, Wish
from captures.sources.streams import PacketStream
from workbench.api import CaptureError

__all__ = ["DUMPCAP", "TCPDUMP", "Program", "ProgramSource", "opener", "why_no_program"]

READ = 1 << 20
"""Bytes taken in one go, and of room in the pipe: the most that everybody may have."""

START_S = 15.0
"""A program that has not opened the interface by then never will."""

PAUSE_S = 0.01
"""Between two looks whether it has."""

_FURTHER_PATHS = ("/usr/sbin", "/sbin")
"""Where distributions put such programs, and users do not look."""

_MOST_WORDS = 300
"""Characters of a program's own complaint that are passed on."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to call a capture program for a wish, and what its last words say: pattern of a number → field of `Losses`.

    Told to end, it forgets what the kernel still holds for it, so that we wait for `linger_ns` before: longer than it lets packets wait.
    """

    name: str
    package: str
    command: Callable[[str, Wish], Sequence[str]]
    linger_ns: int
    last_words: tuple[tuple[str, str], ...] = ()


def _dumpcap(path: str, wish: Wish) -> list[str]:
    megabytes = max(1, wish.buffer >> 20)
    command = [path, "-q", "-i", wish.interface, "-s", str(wish.snaplen), "-B", str(megabytes), "-w", "-"]
    return command + ["-p"] * (not wish.promiscuous) + (["-f", wish.filter] if wish.filter else [])


def _tcpdump(path: str, wish: Wish) -> list[str]:
    """Not in --immediate-mode: libpcap has room for a few hundred packets only then, and loses bursts."""
    kilobytes = max(1, wish.buffer >> 10)
    command = [path, "-i", wish.interface, "-s", str(wish.snaplen), "-B", str(kilobytes), "-w", "-", "-U"]
    command += ["--time-stamp-precision=nano", *["-p"] * (not wish.promiscuous)]
    return [*command, "--", wish.filter] if wish.filter else command


DUMPCAP = Program("dumpcap", "wireshark-common", _dumpcap, 600_000_000)
TCPDUMP = Program(
    "tcpdump",
    "tcpdump",
    _tcpdump,
    1_300_000_000,
    (
        (r"(\d+) packets? dropped by kernel", "dropped"),
        (r"(\d+) packets? dropped by interface", "interface_dropped"),
    ),
)


def why_no_program(program: Program) -> CaptureError | None:
    """Why this program cannot capture for us, with the command that would change it; None when it can."""
    path = _find(program.name, os.F_OK)
    if path is None:
        return CaptureError(f"{program.name} is not installed", remedy=f"sudo apt install {program.package}")
    if _find(program.name, os.X_OK) is None:
        group = _group_of(path)
        return CaptureError(f"only the group {group} may run {path}", remedy=f"sudo usermod -aG {group} $USER, then log in again")
    if not program_may(path, CAP_NET_RAW):
        return CaptureError(f"{path} may not capture", remedy=f"sudo setcap cap_net_raw,cap_net_admin+eip {path}")
    return None


def opener(program: Program) -> Callable[[Wish, Describe], LiveSource]:
    """What opens a source by this program."""
    return partial(ProgramSource, program)


class ProgramSource:
    """See `LiveSource`. Made, the program captures; raises CaptureError, in the program's own words, when it does not."""

    def __init__(self, program: Program, wish: Wish, describe: Describe) -> None:
        self.kind = program.name
        self._program, self._name = program, wish.interface
        path = _find(program.name, os.X_OK)
        reason = why_no_program(program)
        if path is None or reason is not None:
            raise reason or CaptureError(f"{program.name} is not installed")
        check_filter(wish.filter, link_type(wish.interface), wish.interface)
        _check_interface(wish.interface)
        self._stream = PacketStream(program.name, describe)
        self._finished, self._over = 0, False
        self._losses: Mapping[int, Losses] = {}
        self._taken = 0
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`; a pipe could fill up unread
        try:
            # a group of its own: Ctrl-C on the terminal is for us, we tell the program when it is time
            self._process = subprocess.Popen(  # noqa: S603
                program.command(path, wish),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._words,
                process_group=0,
            )
        except OSError as error:
            self._words.close()
            raise CaptureError(f"cannot be started: {error.strerror}", place=path, remedy="Use another --source") from error
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        self._early: list[Batch] = []
        try:
            _widen(self._pipe.fileno())
            self._wait()
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """The pipe."""
        return self._pipe.fileno()

    def take(self) -> Batch | None:
        """The packets in the next piece of the stream. Raises CaptureError when the program ends without having been told to."""
        if self._early:
            return self._early.pop()
        if self._over:
            return None
        if self._finished and time.monotonic_ns() >= self._finished and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            data = os.read(self._pipe.fileno(), READ)
        except BlockingIOError:
            return None
        if data:
            return self._fed(data)
        self._over = True
        self._process.wait()
        self._losses = self._counted()
        if not self._finished:
            text = f"{self.kind} ended by itself: {self._complaint()}"
            raise CaptureError(text, place=self._name, remedy="What it captured is in the file")
        return None

    def losses(self) -> Mapping[int, Losses]:
        """What the program said about losses, which it does at its end; nothing is known until then."""
        return self._losses or dict.fromkeys(self._stream.losses(), Losses())

    def finish(self) -> None:
        """Tell it to end when it has had time to write what arrived before."""
        self._finished = time.monotonic_ns() + self._program.linger_ns

    def over(self) -> bool:
        """Whether it has ended, and everything was taken."""
        return self._over and not self._early

    def close(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._pipe.close()
        self._words.close()

    def _wait(self) -> None:
        """Until it has written the head of its stream, which it does when it captures."""
        deadline = time.monotonic() + START_S
        while not self._stream.began:
            try:
                data = os.read(self._pipe.fileno(), READ)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    text = f"{self.kind} did not begin within {START_S:g} s"
                    raise CaptureError(text, place=self._name, remedy="Use another --source") from None
                time.sleep(PAUSE_S)
                continue
            if not data:
                self._process.wait()
                remedy = "See `workbench doctor` for what is missing"
                raise CaptureError(f"{self.kind}: {self._complaint()}", place=self._name, remedy=remedy)
            batch = self._fed(data)
            if batch.records:
                self._early.append(batch)

    def _fed(self, data: bytes) -> Batch:
        batch = self._stream.feed(data)
        self._taken += len(batch.records)
        return batch

    def _said(self) -> str:
        self._words.seek(0)
        return self._words.read().decode("utf-8", "replace")

    def _complaint(self) -> str:
        """The sentence in which it says why; it talks about other things before."""
        lines = [line.strip() for line in self._said().splitlines() if line.strip()]
        own = [line.removeprefix(f"{self.kind}: ") for line in lines if line.startswith(f"{self.kind}: ")]
        words = own or lines or [f"exit status {self._process.returncode}"]
        return (words[0] if own else words[-1])[:_MOST_WORDS].rstrip(".")

    def _counted(self) -> Mapping[int, Losses]:
        """What was dropped, by the statistics in the stream or by the program's last words; on a loopback that may be twice as much as was
        lost, because libpcap takes out what comes back only afterwards. What passed the filter is not asked for that reason.
        """
        said = self._said()
        found = {field: re.search(pattern, said) for pattern, field in self._program.last_words}
        counts = {field: int(match.group(1)) for field, match in found.items() if match}
        told = {number: Losses(dropped=max(0, losses.dropped)) for number, losses in self._stream.losses().items()}
        if counts:
            told = {number: Losses(**counts) for number in told}
        return {number: replace(losses, received=self._taken + losses.dropped) for number, losses in told.items()}


def _find(name: str, mode: int) -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_FURTHER_PATHS))
    return shutil.which(name, mode, path)


def _group_of(path: str) -> str:
    import grp

    number = Path(path).stat().st_gid
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _check_interface(name: str) -> None:
    """Interfaces that libpcap only knows (bluetooth, nflog) are left to the program; what begins with a dash is no name."""
    if name.startswith("-") or not name:
        remedy = f"Choose one of: {', '.join(packet_socket.interfaces())}"
        raise CaptureError("No such device", place=name, remedy=remedy)


def _widen(descriptor: int) -> None:
    """A pipe that never makes us wait, with as much room as there may be."""
    os.set_blocking(descriptor, False)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, READ)
    except OSError:  # beyond what this user may have in pipes: then it stays as it is
        return
