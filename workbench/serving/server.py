"""A running server: loops and drains. `running` puts it into a thread; `foreground.serve_forever` runs it as the program."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.api import Endpoint, ServerFactory, ServerOptions, TargetError, Transport, UsageError
from workbench.serving.binding import bind, raise_descriptor_limit
from workbench.serving.counters import Counters
from workbench.serving.door import Door, Host
from workbench.serving.events import Draining, Listening, ServingEvent, Stopped
from workbench.serving.limits import ServingLimits
from workbench.serving.streams import READ
from workbench.serving.tcp import TcpDoor
from workbench.serving.udp import UdpDoor

if TYPE_CHECKING:
    from workbench.serving.carried import Carriage
    from workbench.serving.tls import TlsSettings

__all__ = ["Server", "running"]

DESCRIPTORS_EACH = 3
"""For one connection: its own socket, and the two that a proxy's connection has in the worst usual case (SOCKS UDP)."""
DESCRIPTORS_OWN = 64
"""For everything else in the process: standard streams, the selector, plugins' files."""

_SECOND = 1_000_000_000
_GRACE_S = 0.9
"""What a thread may take beyond the drain itself before it is called hanging; together still below five seconds."""


def _nobody(event: ServingEvent) -> None:
    """Nobody listens."""


class Server:
    """Sockets around a plugin's service. Binding happens here, so `endpoint` is known at once; `run` serves until `stop`.

    `listener` is a socket from `binding.bind`, in place of `host` and `port`. With `tls` all of TCP is inside TLS, and `alternatives` are
    the factories of other protocols on the same port, by the ALPN identifier that leads to them. With `carriage` the transport is UDP and
    `factory` speaks the frames of `workbench.api.carried`; it needs `tls`. `dial_remote` lets proxies open
    connections beyond this machine. `listen` gets every event, in the thread of `run`. `clock` is what the connections are told
    (nanoseconds). With `abort_on_error` an exception of the protocol's code ends the process by SIGABRT after its traceback went to
    stderr. Raises `UsageError` for an address beyond loopback without `allow_remote` and for unusable certificates, `TargetError` where it
    cannot listen.
    """

    def __init__(
        self,
        factory: ServerFactory,
        options: ServerOptions | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        transport: Transport = "tcp",
        listener: socket.socket | None = None,
        limits: ServingLimits | None = None,
        tls: "TlsSettings | None" = None,
        alternatives: Mapping[str, ServerFactory] | None = None,
        carriage: "Carriage | None" = None,
        allow_remote: bool = False,
        dial_remote: bool = False,
        abort_on_error: bool = False,
        listen: Callable[[ServingEvent], None] = _nobody,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        options = options or ServerOptions()
        sock = listener or bind(host, port, transport if carriage is None else "udp", allow_remote=allow_remote)
        self._limits = limits or ServingLimits()
        self._clock = clock
        self._host = Host(limits=self._limits, listen=listen, abort_on_error=abort_on_error, dial_remote=dial_remote)
        try:
            wanted = {**(alternatives or {}), "": factory}
            # one service per factory: whoever comes by another name finds the same state
            started = {make: make(self._hearing(options)) for make in dict.fromkeys(wanted.values())}
            self._host.services |= {alpn: started[make] for alpn, make in wanted.items()}
            self._door = (
                _door(sock, transport, self._host, tls)
                if carriage is None
                else _carried(sock, self._host, carriage, tls, options)
            )
        except BaseException:
            sock.close()
            self._host.selector.close()
            raise
        raise_descriptor_limit(self._limits.connections * DESCRIPTORS_EACH + DESCRIPTORS_OWN)
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._host.selector.register(self._bell, READ, self._rung)
        self._stopping = False
        self._hurried = False
        self._deadline_ns: int | None = None
        self._next_tick_ns = 0
        self.stopped = False
        listen(Listening(time_ns=self._host.wall_clock(), endpoint=self.endpoint))

    def _hearing(self, options: ServerOptions) -> ServerOptions:
        """The same options, with us at the other end of `wake` and `tell`."""
        listener, tell = options.tell, self._host.tell

        def told(facts: Mapping[str, object]) -> None:
            tell(facts)
            listener(facts)

        return replace(options, wake=self._host.wake, tell=told)

    @property
    def endpoint(self) -> Endpoint:
        """Where clients find it."""
        return self._door.endpoint

    @property
    def counters(self) -> Counters:
        """Live totals."""
        return self._host.counters

    def stop(self) -> None:
        """Ask for a graceful end, from any thread or signal handler; `run` returns within `limits.drain_ns`."""
        self._stopping = True
        # a full or closed pipe means that the loop is awake or over
        with contextlib.suppress(OSError):
            self._ringer.send(b".")

    def run(self) -> None:
        """Serve until `stop`, then drain and close."""
        try:
            while not self.stopped:
                self.step(self._limits.tick_ns / _SECOND)
        finally:
            self.close()

    def step(self, patience_s: float) -> None:
        """One turn of the loop: wait at most `patience_s` for something to do, and do it."""
        clock = self._clock
        due_ns = self._door.due_ns()
        if due_ns is not None:
            patience_s = min(patience_s, max(0, due_ns - clock()) / _SECOND)
        for key, events in self._host.selector.select(0 if self._hurried else patience_s):
            key.data(events, clock())
        now_ns = clock()
        self._hurried = self._host.wake_up(now_ns)
        due_ns = self._door.due_ns()
        if now_ns >= self._next_tick_ns:
            self._next_tick_ns = now_ns + self._limits.tick_ns
            self._door.tick(now_ns)
        elif due_ns is not None and now_ns >= due_ns:
            self._door.tick(now_ns)
        if self._stopping:
            self._wind_up(now_ns)

    def close(self) -> None:
        """Close whatever is open at once; harmless after `run`."""
        if self._bell.fileno() < 0:
            return
        self.stopped = True
        self._door.close(self._clock())
        self._host.close()
        self._bell.close()
        self._ringer.close()
        total = self.counters
        self._host.listen(
            Stopped(
                time_ns=self._host.wall_clock(),
                accepted=total.accepted,
                refused=total.refused,
                crashed=total.crashed,
                cut=total.cut,
                received=total.received,
                sent=total.sent,
            )
        )

    def _rung(self, events: int, now_ns: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(64)

    def _wind_up(self, now_ns: int) -> None:
        if self._deadline_ns is None:
            self._deadline_ns = now_ns + self._limits.drain_ns
            self._host.listen(Draining(time_ns=self._host.wall_clock(), connections=self.counters.open))
            self._door.drain(now_ns)
        self.stopped = not self._door.busy() or now_ns >= self._deadline_ns


def _door(sock: socket.socket, transport: Transport, host: Host, tls: "TlsSettings | None") -> Door:
    if tls is None:
        return TcpDoor(sock, host) if transport == "tcp" else UdpDoor(sock, host)
    if transport != "tcp":
        raise UsageError("TLS needs TCP", place=transport, remedy="Serve this protocol without TLS")
    from workbench.serving.tls import Contexts  # loads OpenSSL

    return TcpDoor(sock, host, Contexts(tls))


def _carried(sock: socket.socket, host: Host, carriage: "Carriage", tls: "TlsSettings | None", options: ServerOptions) -> Door:
    from workbench.serving.carried import CarriedDoor

    if tls is None:
        raise UsageError("this transport needs a certificate", remedy="Serve it with TLS settings")
    return CarriedDoor(sock, host, carriage, tls, options)


@contextlib.contextmanager
def running(
    factory: ServerFactory,
    options: ServerOptions | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    transport: Transport = "tcp",
    limits: ServingLimits | None = None,
    tls: "TlsSettings | None" = None,
    alternatives: Mapping[str, ServerFactory] | None = None,
    carriage: "Carriage | None" = None,
    dial_remote: bool = False,
    listen: Callable[[ServingEvent], None] = _nobody,
) -> Iterator[Server]:
    """A server in a thread of this process for the length of a `with` block; arguments as for `Server`, loopback only.

    Raises `TargetError` at the end when the service hangs in a request: a thread cannot be killed, so serve in a process of its own what
    may hang.
    """
    limits = limits or ServingLimits()
    server = Server(
        factory,
        options,
        host=host,
        port=port,
        transport=transport,
        limits=limits,
        tls=tls,
        alternatives=alternatives,
        carriage=carriage,
        dial_remote=dial_remote,
        listen=listen,
    )
    failure: list[BaseException] = []

    def work() -> None:
        try:
            server.run()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name=f"serving {server.endpoint}", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(limits.drain_ns / _SECOND + _GRACE_S)
        # raised even while another exception passes: that one is most likely a consequence of this
        if thread.is_alive():
            raise TargetError(
                "the server hangs in a request", place=str(server.endpoint), remedy="Run it in a process of its own"
            )
        if failure:
            raise failure[0]
