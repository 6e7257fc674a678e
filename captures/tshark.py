"""A second opinion: asks an installed tshark about a capture file. The only file that runs it; everything works without it.

tshark is one opinion, not the truth, and never a source of what we report as our own. Whole field trees come through pyshark, which runs
tshark on an event loop of its own in a thread of its own, so that neither a screen nor a command meets it.
"""

import queue
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.api import CaptureError

__all__ = ["Opinion", "TheirField", "TheirPacket", "find_tshark", "tshark_opinion", "tshark_packets", "tshark_version"]

TIMEOUT_S = 60.0
"""tshark reads some 100,000 packets a second; a file that takes longer is not worth a second opinion in an interactive command."""

WAITING = 64
"""Packets read ahead of whoever compares them."""

_OVER_THE_FILE = {"tcp.reassemble_out_of_order": "TRUE"}
"""As we do: by default tshark 4.0 gives up messages whose segments came in the wrong order."""


@dataclass(frozen=True, slots=True)
class TheirField:
    """One field as tshark shows it. `start` and `size` count bytes in the packet, or in what was put together or decrypted for it."""

    name: str
    start: int
    size: int
    shown: str


@dataclass(frozen=True, slots=True)
class TheirPacket:
    """One packet as tshark sees it: its protocols, outermost first, and all fields with a name, hidden ones included."""

    number: int
    protocols: tuple[str, ...]
    fields: tuple[TheirField, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What tshark counted: packets, how many of them carry each protocol, and how many carry a comment."""

    packets: int
    protocols: Mapping[str, int]
    commented: int


def find_tshark() -> str | None:
    """Path of the installed tshark, or None."""
    return shutil.which("tshark")


def tshark_version() -> str:
    """Its version ("4.0.17"), or "" where it is missing or does not start."""
    program = find_tshark()
    if program is None:
        return ""
    try:
        first = _run([program, "--version"], Path("tshark")).split("\n", 1)[0]
    except CaptureError:
        return ""
    return next((word for word in first.split() if word[:1].isdigit()), "")


def tshark_opinion(path: Path, *, decode_as: Sequence[str] = ()) -> Opinion | None:
    """What tshark makes of the file; None where it is not installed. `decode_as` are its `-d` rules ("tcp.port==8080,http").

    Raises CaptureError when it fails or takes longer than TIMEOUT_S.
    """
    program = find_tshark()
    if program is None:
        return None
    words = [program, "-n", "-r", str(path), "-T", "fields", "-e", "frame.protocols", "-e", "frame.comment"]
    for rule in decode_as:
        words += ["-d", rule]
    packets = commented = 0
    protocols: Counter[str] = Counter()
    for line in _run(words, path).splitlines():
        names, _, comment = line.partition("\t")
        packets += 1
        commented += bool(comment)
        protocols.update(set(names.split(":")))
    return Opinion(packets, dict(protocols), commented)


def tshark_packets(path: Path, *, decode_as: Sequence[str] = (), keylog: Path | None = None) -> Iterator[TheirPacket]:
    """Every packet of the file as tshark dissects it, in order, through pyshark; secrets inside the file are used, too.

    `decode_as` are tshark's `-d` rules. Raises CaptureError where tshark is missing, fails, or says what pyshark cannot read.
    """
    program = find_tshark()
    if program is None:
        raise CaptureError("tshark is not installed", remedy="Install Wireshark's command line: apt install tshark")
    arriving: queue.Queue[TheirPacket | Exception | None] = queue.Queue(WAITING)
    enough = threading.Event()
    preferences = dict(_OVER_THE_FILE) | ({"tls.keylog_file": str(keylog)} if keylog else {})
    thread = threading.Thread(
        target=_read, args=(program, path, decode_as, preferences, arriving, enough), name="pyshark", daemon=True
    )
    thread.start()
    try:
        while (arrived := arriving.get()) is not None:
            if isinstance(arrived, Exception):
                reason = " ".join(str(arrived).split("\n")[:2]) or type(arrived).__name__
                raise CaptureError(f"tshark's answer cannot be read: {reason}", place=str(path)) from arrived
            yield arrived
    finally:
        enough.set()
        with suppress(queue.Empty):  # the reader may wait for room
            while True:
                arriving.get_nowait()
        thread.join(TIMEOUT_S)


def _read(
    program: str,
    path: Path,
    decode_as: Sequence[str],
    preferences: Mapping[str, str],
    arriving: "queue.Queue[TheirPacket | Exception | None]",
    enough: threading.Event,
) -> None:
    """Runs pyshark until the file ends or nobody wants more; `arriving` gets the packets, an error if there was one, then None."""
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        capture = _file_capture()(
            str(path),
            keep_packets=False,
            tshark_path=program,
            decode_as=dict(rule.split(",", 1) for rule in decode_as),
            override_prefs=dict(preferences),
            eventloop=loop,
        )
        try:
            while not enough.is_set():
                arriving.put(_theirs(capture.next()))
        except StopIteration:
            pass
        finally:
            capture._packet_generator.close()  # it cleans up on the loop, so it must not wait for the garbage collector
            loop.run_until_complete(capture.end())
    except Exception as error:  # whatever goes wrong in there is told to the caller
        if not enough.is_set():
            arriving.put(error)
    finally:
        loop.close()
        arriving.put(None)


def _file_capture() -> Any:
    """pyshark's reader of files, which ends its tshark in another way.

    pyshark kills tshark as soon as its output ends; Popen.kill then takes the exit status away from asyncio, which makes up another, and
    pyshark takes that for a crash. Here a process that is done may exit by itself.
    """
    import asyncio
    import os
    import signal

    from pyshark import FileCapture  # type: ignore[import-untyped]

    class PatientCapture(FileCapture):
        async def _cleanup_subprocess(self, process: Any) -> None:
            if not self._eof_reached and process.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                while await process.stdout.read(1 << 16):
                    pass  # asyncio takes a process for ended only when its output was read to the end
            status = await asyncio.wait_for(process.wait(), TIMEOUT_S)
            self._running_processes.discard(process)
            if self._eof_reached and status:
                raise CaptureError(self._last_error_line or f"exit status {status}")

        async def end(self) -> None:
            """Leave no process and no task behind."""
            for process in list(self._running_processes):
                await self._cleanup_subprocess(process)
            await asyncio.gather(*self._stderr_handling_tasks, return_exceptions=True)

        def __del__(self) -> None:
            """`end` has done it; pyshark would ask a closed loop to."""

    return PatientCapture


def _theirs(packet: Any) -> TheirPacket:
    layers = [packet.frame_info, *packet.layers]
    fields = tuple(
        TheirField(each.name, int(each.pos or 0), int(each.size or 0), each.show or "")
        for layer in layers
        for named in layer._all_fields.values()
        for each in named.all_fields
        if each.name
    )
    return TheirPacket(int(packet.number), tuple(layer.layer_name for layer in layers), fields)


def _run(words: list[str], place: Path) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False)  # noqa: S603 - no shell, fixed program
    except subprocess.TimeoutExpired as error:
        raise CaptureError(f"tshark took longer than {TIMEOUT_S:.0f} s", place=str(place)) from error
    except OSError as error:
        raise CaptureError(f"tshark does not start: {error.strerror}", place=str(place)) from error
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise CaptureError(f"tshark cannot read it: {reason}", place=str(place))
    return done.stdout
