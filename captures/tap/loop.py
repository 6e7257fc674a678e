"""Capture without privileges: a TCP relay that writes down what passes as if it had seen the packets.

Clients connect to the tap, the tap connects to the target; the capture shows each client talking to the target directly, with the
times at which the relay saw the bytes. The bytes are as they were sent, the segments are made up (`synthesis`). UDP and TLS are not
here.
"""

import argparse
import contextlib
import errno
import ipaddress
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from captures.recorder_process import RecorderProcess, serve_parent
from captures.recording import FLUSH_NS, MAX_WAITING, Recording
from captures.relay import Relay
from workbench.api import CaptureError, Endpoint, UsageError

__all__ = ["Tap", "TapCounters", "TapLimits", "open_tap", "running"]

QUIET_S = 0.01
"""With nothing to do for so long, what was recorded is flushed."""

IDLE_S = 0.1
"""`stop` is asked at least that often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapLimits:
    """Bounds of one tap."""

    connections: int = 400
    """Relayed at once; each takes two of the 1024 descriptors a process usually has. Further clients wait in the listen queue."""
    connect_ns: int = 10_000_000_000
    """A target that does not answer for so long is reported to the client as a reset."""
    drain_ns: int = 2_000_000_000
    """Time to pass on what was read already when the tap stops."""


@dataclass(frozen=True, slots=True)
class TapCounters:
    """What a tap did so far, all of it in the file: connections accepted, still open, and refused by the target; frames; payload bytes."""

    port: int = 0
    connections: int = 0
    open: int = 0
    refused: int = 0
    frames: int = 0
    to_server: int = 0
    to_client: int = 0


class Tap:
    """A relay from `listen` (port 0: any free one, see `endpoint`) to the target `to`, recording into `path`.

    Anything but the loopback interface has to be allowed with `allow_remote`: a tap lets whoever reaches it through to the target. Raises
    UsageError for that and for endpoints that cannot be, CaptureError when the file cannot be written.
    """

    def __init__(
        self,
        listen: Endpoint,
        to: Endpoint,
        path: str | Path,
        *,
        allow_remote: bool = False,
        limits: TapLimits | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._limits = limits or TapLimits()
        self._clock = clock
        target = _resolve(to, "the target", allow_remote=allow_remote)
        own = _resolve(listen, "the listening address", allow_remote=allow_remote)
        if own == target:
            raise UsageError("the tap would connect to itself", place=str(to), remedy="Listen on another port than the target's")
        self.target = target
        self._listener = _listen(own)
        self.endpoint = Endpoint(own.host, self._listener.getsockname()[1])
        try:
            self._recording = Recording(path, f"tap {self.endpoint} → {target}", filter_text=f"tcp port {target.port}")
        except BaseException:
            self._listener.close()
            raise
        self._most = self._limits.connections
        self._selector = selectors.DefaultSelector()
        self._relays: set[Relay] = set()
        self._accepted = self._refused = self._frames = 0
        self._bytes = [0, 0]
        self._flushed = clock()
        self._told = TapCounters(port=self.endpoint.port)

    @property
    def counters(self) -> TapCounters:
        """State as of the last flush."""
        return self._told

    def run(self, stop: Callable[[], bool], *, report: Callable[[TapCounters], None] = lambda _: None) -> TapCounters:
        """Relay until `stop()` says so. `report` is told counters after each flush. Raises CaptureError when the disk is full."""
        try:
            report(self._told)
            while not stop():
                self._serve(report)
            self._drain()
            self._flush()
            report(self._told)
        finally:
            self._hang_up()
        return self._told

    def close(self) -> None:
        """Give up all sockets and the file; harmless when repeated."""
        self._hang_up()
        self._listener.close()
        self._selector.close()
        self._recording.close()

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self, report: Callable[[TapCounters], None]) -> None:
        """Wait for sockets, do what they allow, and flush when it is time."""
        self._accept_where_possible()
        ready = self._selector.select(QUIET_S if self._recording.waiting else IDLE_S)
        self._step(ready)
        waiting = self._recording.waiting
        due = not ready or self._clock() - self._flushed >= FLUSH_NS or waiting >= MAX_WAITING
        if due and (waiting or self._counted() != self._told):
            self._flush()
            report(self._told)

    def _drain(self) -> None:
        """Accept and read no more, pass on what was read, hang up."""
        self._stop_listening()
        for relay in list(self._relays):
            self._advance(relay, relay.drain)
        deadline = self._clock() + self._limits.drain_ns
        while self._clock() < deadline and any(relay.pending for relay in self._relays):
            self._step(self._selector.select(QUIET_S))
        self._hang_up()

    def _hang_up(self) -> None:
        for relay in list(self._relays):
            self._forget(relay)

    def _step(self, ready: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
        now = self._clock()
        for key, mask in ready:
            if key.data is None:
                self._accept(now)
            elif key.data in self._relays:
                self._advance(key.data, partial(key.data.ready, key.fileobj, mask))
        for relay in [relay for relay in self._relays if relay.late(now)]:
            self._advance(relay, relay.give_up)

    def _advance(self, relay: Relay, action: Callable[[], None]) -> None:
        """Let a relay work, then wait for what it wants next."""
        action()
        for sock, events in relay.interests():
            registered = self._selector.get_map().get(sock.fileno()) if sock.fileno() >= 0 else None
            if registered is None:
                if events:
                    self._selector.register(sock, events, relay)
            elif not events:
                self._selector.unregister(sock)
            elif registered.events != events:
                self._selector.modify(sock, events, relay)
        if relay.finished:
            self._forget(relay)

    def _accept_where_possible(self) -> None:
        wanted = len(self._relays) < self._most
        registered = self._listener.fileno() in self._selector.get_map()
        if wanted and not registered:
            self._selector.register(self._listener, selectors.EVENT_READ, None)
        elif registered and not wanted:
            self._stop_listening()

    def _stop_listening(self) -> None:
        if self._listener.fileno() in self._selector.get_map():
            self._selector.unregister(self._listener)

    def _accept(self, now: int) -> None:
        try:
            client, address = self._listener.accept()
        except OSError as error:
            self._cannot_accept(error)
            return
        peer = Endpoint(address[0].partition("%")[0], address[1])
        try:
            relay = Relay(client, peer, self.target, self._accepted + 1, self._record)
        except OSError as error:
            client.close()
            self._cannot_accept(error)
            return
        self._accepted += 1
        self._relays.add(relay)
        self._advance(relay, partial(relay.connect, now + self._limits.connect_ns))

    def _cannot_accept(self, error: OSError) -> None:
        """A client that is gone again is no matter; when descriptors ran out, fewer connections have to do."""
        if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            return
        self._most = len(self._relays)
        if not self._most:
            raise CaptureError(
                f"connections cannot be accepted: {error.strerror}",
                place=str(self.endpoint),
                remedy="Raise the limit of open files",
            ) from error

    def _record(self, frames: Sequence[bytes], payload: tuple[int, int]) -> None:
        now = self._clock()
        for frame in frames:
            self._recording.writer.packet(now, frame)
        self._frames += len(frames)
        direction, size = payload
        self._bytes[direction] += size

    def _forget(self, relay: Relay) -> None:
        for sock in relay.sockets():
            if sock.fileno() >= 0 and sock.fileno() in self._selector.get_map():
                self._selector.unregister(sock)
        self._refused += relay.refused
        relay.close()
        self._relays.discard(relay)

    def _counted(self) -> TapCounters:
        return TapCounters(
            self.endpoint.port, self._accepted, len(self._relays), self._refused, self._frames, self._bytes[0], self._bytes[1]
        )

    def _flush(self) -> None:
        self._recording.flush()
        self._flushed = self._clock()
        self._told = self._counted()


@contextlib.contextmanager
def running(tap: Tap) -> Iterator[Tap]:
    """Run a tap in a thread until the block is left. A full disk is raised when leaving."""
    stop = threading.Event()
    failures: list[CaptureError] = []

    def work() -> None:
        try:
            tap.run(stop.is_set)
        except CaptureError as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="tap")
    thread.start()
    try:
        yield tap
    finally:
        stop.set()
        thread.join()
        tap.close()
    if failures:
        raise failures[0]


def open_tap(listen: Endpoint, to: Endpoint, path: str | Path, *, allow_remote: bool = False) -> RecorderProcess[TapCounters]:
    """Start a tap in a process of its own; returns once it listens on port `counters.port`. Stop it with `stop`."""
    arguments = [listen.host, str(listen.port), to.host, str(to.port), str(path)]
    arguments += ["--allow-remote"] if allow_remote else []
    return RecorderProcess("captures.tap", arguments, TapCounters)


def _resolve(endpoint: Endpoint, what: str, *, allow_remote: bool) -> Endpoint:
    """The endpoint with a literal address. Raises UsageError when there is none or it is not a permitted one."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"{what} is unknown: {error}", place=str(endpoint), remedy="Give an address like 127.0.0.1:8080"
        ) from error
    host = str(found[0][4][0])
    if not allow_remote and not _is_loopback(host):
        raise UsageError(
            f"{what} is not on this machine",
            place=str(endpoint),
            remedy="Allow it explicitly if the network may be used that way",
        )
    return Endpoint(host, endpoint.port)


def _is_loopback(host: str) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _listen(endpoint: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    try:
        listener = socket.create_server((endpoint.host, endpoint.port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(error.strerror or str(error), place=str(endpoint), remedy="Choose another port to listen on") from error
    listener.setblocking(False)
    return listener


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m captures.tap HOST PORT TARGET PORT FILE`: relay until standard input ends, telling counters on standard output."""
    parser = argparse.ArgumentParser(prog="captures.tap", description=main.__doc__)
    for name, kind in (("host", str), ("port", int), ("target", str), ("target_port", int), ("path", str)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--allow-remote", action="store_true")
    given = parser.parse_args(arguments)
    listen, to = Endpoint(given.host, given.port), Endpoint(given.target, given.target_port)

    def record(stop: Callable[[], bool], report: Callable[[dict[str, int]], None]) -> None:
        with Tap(listen, to, given.path, allow_remote=given.allow_remote) as tap:
            tap.run(stop, report=lambda counters: report(asdict(counters)))

    return serve_parent(record)


if __name__ == "__main__":
    sys.exit(main())
