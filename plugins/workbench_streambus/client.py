"""A blocking client: pooled connections, pipelining, retries with backoff. Time and chance are parameters."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import TracebackType
from typing import Any, TypeVar

from workbench.api import Endpoint
from workbench_streambus.calls import Call
from workbench_streambus.log import RefusedError
from workbench_streambus.retry import RetryPolicy, may_repeat
from workbench_streambus.session import Session

__all__ = ["Client"]

T = TypeVar("T")

READ_SIZE = 64 * 1024


class _Connection:
    """A connected socket with its session."""

    def __init__(self, endpoint: Endpoint, timeout: float, clock: Callable[[], float]) -> None:
        self.session = Session()
        self.sent = False
        self._timeout = timeout
        self._clock = clock
        self._sock = socket.create_connection((endpoint.host, endpoint.port), timeout)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setblocking(False)

    def close(self) -> None:
        self._sock.close()

    def stale(self) -> bool:
        """Whether the server said anything while nothing was asked: its end, usually."""
        return bool(select.select([self._sock], [], [], 0)[0])

    def exchange(self, calls: Sequence[Call[Any]]) -> list[Any]:
        """Send all, receive all; sends and receives at the same time, because the server stops reading when nobody reads its replies."""
        self.sent = False
        asked = [self.session.ask(call) for call in calls]
        unsent = memoryview(b"".join(data for _, data in asked))
        results: dict[int, Any] = {}
        deadline = self._clock() + self._timeout
        while self.session.outstanding:
            patience = deadline - self._clock()
            readable, writable, _ = select.select([self._sock], [self._sock] if unsent else [], [], max(0.0, patience))
            if not readable and not writable:
                raise TimeoutError(f"no reply within {self._timeout} s")
            if writable:
                unsent = unsent[self._sock.send(unsent) :]
                self.sent = True
            if readable:
                results.update(self.session.receive(self._sock.recv(READ_SIZE)))
                deadline = self._clock() + self._timeout
        return [results[number] for number, _ in asked]


class Client:
    """Talks to one server over at most `pool` connections; any number of threads may share it.

    `timeout` (seconds) bounds connecting and every pause between replies. Raises `RefusedError` for a refused request and `OSError` (its
    subclasses `TimeoutError`, `LostConnectionError`, …) when the server cannot be reached or does not answer, after all retries.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        pool: int = 4,
        timeout: float = 5.0,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: Random | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._retry = retry or RetryPolicy()
        self._sleep = sleep
        self._clock = clock
        self._random = random or Random()
        self._room = threading.BoundedSemaphore(pool)
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._closed = False

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections; those in use close with their call."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def call(self, call: Call[T]) -> T:
        """Ask, wait, answer; tries again where that is safe."""
        pauses = self._retry.pauses(self._random)
        while True:
            sent = False
            failure: Exception
            try:
                with self._connection() as connection:
                    try:
                        result = connection.exchange([call])[0]
                    finally:
                        sent = connection.sent
                if not isinstance(result, RefusedError):
                    return result  # type: ignore[no-any-return]
                failure = result
            except OSError as error:
                failure = error
            pause = next(pauses, None)
            if pause is None or not may_repeat(call, failure, sent=sent):
                raise failure
            self._sleep(pause)

    def pipeline(self, calls: Sequence[Call[Any]]) -> list[Any]:
        """Ask all at once over one connection; results in order, a `RefusedError` as a value where one was refused. No retries."""
        with self._connection() as connection:
            return connection.exchange(calls)

    @contextmanager
    def _connection(self) -> Iterator[_Connection]:
        """A connection for the length of a `with` block; one that failed is not used again."""
        with self._room:
            connection = self._take() or _Connection(self._endpoint, self._timeout, self._clock)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._put_back(connection)

    def _take(self) -> _Connection | None:
        """The idle connection used last, without those that the server has closed meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not connection.stale():
                return connection
            connection.close()

    def _put_back(self, connection: _Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
