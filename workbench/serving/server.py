"""A running server: binds, loops, drains. `running` puts it into a thread; `foreground.serve_forever` runs it as the program."""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator

from workbench.api import Endpoint, ServerFactory, ServerOptions, TargetError, Transport, UsageError
from workbench.serving.counters import Counters
from workbench.serving.door import Door, Host
from workbench.serving.events import Draining, Listening, ServingEvent, Stopped
from workbench.serving.limits import ServingLimits
from workbench.serving.tcp import BACKLOG, TcpDoor
from workbench.serving.udp import UdpDoor

__all__ = ["Server", "running"]

_SECOND = 1_000_000_000
_GRACE_S = 0.9
"""What a thread may take beyond the drain itself before it is called hanging; together still below five seconds."""


def _nobody(event: ServingEvent) -> None:
    """Nobody listens."""


def _bind(host: str, port: int, transport: Transport, allow_remote: bool) -> socket.socket:
    try:
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise TargetError(f"no such address ({error})", place=host, remedy="Give an IP address of this machine") from error
    if not allow_remote and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise UsageError(
            "this address can be reached from elsewhere", place=host, remedy="Allow that explicitly, or use 127.0.0.1"
        )
    sock = socket.socket(family, kind)
    try:
        if transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        if transport == "tcp":
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        place = str(Endpoint(host, port))
        raise TargetError(f"cannot listen ({error.strerror})", place=place, remedy="Choose another port or address") from error
    return sock


class Server:
    """Sockets around a plugin's service. Binding happens here, so `endpoint` is known at once; `run` serves until `stop`.

    `listen` gets every event, in the thread of `run`. `clock` is what the connections are told (nanoseconds). With
    `abort_on_error` an exception of the protocol's code ends the process by SIGABRT after its traceback went to stderr. Raises
    `UsageError` for an address beyond loopback without `allow_remote`, `TargetError` where it cannot listen.
    """

    def __init__(
        self,
        factory: ServerFactory,
        options: ServerOptions | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        transport: Transport = "tcp",
        limits: ServingLimits | None = None,
        allow_remote: bool = False,
        abort_on_error: bool = False,
        listen: Callable[[ServingEvent], None] = _nobody,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        sock = _bind(host, port, transport, allow_remote)
        self._limits = limits or ServingLimits()
        self._clock = clock
        try:
            service = factory(options or ServerOptions())
        except BaseException:
            sock.close()
            raise
        self._host = Host(service, self._limits, listen, abort_on_error=abort_on_error)
        self._door: Door = TcpDoor(sock, self._host) if transport == "tcp" else UdpDoor(sock, self._host)
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._host.selector.register(self._bell, 1, self._bell)
        self._stopping = False
        self._deadline_ns: int | None = None
        self._next_tick_ns = 0
        self.stopped = False
        listen(Listening(time_ns=self._host.wall_clock(), endpoint=self.endpoint))

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
        for key, events in self._host.selector.select(patience_s):
            if key.data is self._bell:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(64)
            else:
                self._door.ready(key.data, events, self._clock())
        now_ns = self._clock()
        if now_ns >= self._next_tick_ns:
            self._next_tick_ns = now_ns + self._limits.tick_ns
            self._door.tick(now_ns)
        if self._stopping:
            self._wind_up(now_ns)

    def close(self) -> None:
        """Close whatever is open at once; harmless after `run`."""
        if self._bell.fileno() < 0:
            return
        self.stopped = True
        self._door.close(self._clock())
        self._host.selector.close()
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

    def _wind_up(self, now_ns: int) -> None:
        if self._deadline_ns is None:
            self._deadline_ns = now_ns + self._limits.drain_ns
            self._host.listen(Draining(time_ns=self._host.wall_clock(), connections=self.counters.open))
            self._door.drain(now_ns)
        self.stopped = not self._door.busy() or now_ns >= self._deadline_ns


@contextlib.contextmanager
def running(
    factory: ServerFactory,
    options: ServerOptions | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    transport: Transport = "tcp",
    limits: ServingLimits | None = None,
    listen: Callable[[ServingEvent], None] = _nobody,
) -> Iterator[Server]:
    """A server in a thread of this process for the length of a `with` block; arguments as for `Server`, loopback only.

    Raises `TargetError` at the end when the service hangs in a request: a thread cannot be killed, so serve in a process of its own what
    may hang.
    """
    limits = limits or ServingLimits()
    server = Server(factory, options, host=host, port=port, transport=transport, limits=limits, listen=listen)
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
