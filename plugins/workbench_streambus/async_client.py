"""The client for asyncio: concurrent calls share pooled connections and are pipelined there, matched by request id."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random
from types import TracebackType
from typing import Any, TypeVar

from workbench.api import Endpoint
from workbench_streambus.calls import Call
from workbench_streambus.log import RefusedError
from workbench_streambus.retry import RetryPolicy, may_repeat
from workbench_streambus.session import LostConnectionError, Session

__all__ = ["AsyncClient"]

T = TypeVar("T")

READ_SIZE = 64 * 1024


class _Connection:
    """A connected stream, the session on it, and a task that hands replies to those who wait for them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.session = Session()
        self.lost = False
        self._reader = reader
        self._writer = writer
        self._waiters: dict[int, asyncio.Future[Any]] = {}
        self._task = asyncio.create_task(self._read())

    async def ask(self, call: Call[Any]) -> Any:
        """The result of one call; raises `LostConnectionError` when the connection ends first."""
        number, data = self.session.ask(call)
        waiter = self._waiters[number] = asyncio.get_running_loop().create_future()
        self._writer.write(data)
        try:
            await self._writer.drain()
            return await waiter
        finally:
            del self._waiters[number]
            # nobody will read an error that the reader puts there now
            waiter.cancel()

    async def close(self) -> None:
        """End the connection; calls that wait for it fail."""
        self.lost = True
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        failure = LostConnectionError("the connection was closed")
        try:
            while True:
                for number, result in self.session.receive(await self._reader.read(READ_SIZE)):
                    waiter = self._waiters.get(number)
                    if waiter is not None and not waiter.done():
                        waiter.set_result(result)
        except OSError as error:
            failure = LostConnectionError(str(error))
        finally:
            self.lost = True
            for waiter in self._waiters.values():
                if not waiter.done():
                    waiter.set_exception(failure)


class AsyncClient:
    """Talks to one server over at most `pool` connections; see `Client` for arguments and errors.

    `timeout` bounds one try as a whole: connecting, sending, waiting. Calls made at the same time (`asyncio.gather`) are pipelined.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        pool: int = 4,
        timeout: float = 5.0,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Random | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._pool = pool
        self._timeout = timeout
        self._retry = retry or RetryPolicy()
        self._sleep = sleep
        self._random = random or Random()
        self._connections: list[_Connection] = []
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; calls that wait fail."""
        connections, self._connections = self._connections, []
        for connection in connections:
            await connection.close()

    async def call(self, call: Call[T]) -> T:
        """Ask, wait, answer; tries again where that is safe."""
        pauses = self._retry.pauses(self._random)
        while True:
            connection: _Connection | None = None
            failure: Exception
            try:
                async with asyncio.timeout(self._timeout):
                    connection = await self._connection()
                    result = await connection.ask(call)
                if not isinstance(result, RefusedError):
                    return result  # type: ignore[no-any-return]
                failure = result
            except OSError as error:
                failure = error
            pause = next(pauses, None)
            if pause is None or not may_repeat(call, failure, sent=connection is not None):
                raise failure
            await self._sleep(pause)

    async def _connection(self) -> _Connection:
        """The connection with the fewest calls on it; a new one while the pool has room and all are in use."""
        async with self._opening:
            for gone in [connection for connection in self._connections if connection.lost]:
                self._connections.remove(gone)
                await gone.close()
            best = min(self._connections, key=lambda connection: connection.session.outstanding, default=None)
            if best is not None and (best.session.outstanding == 0 or len(self._connections) >= self._pool):
                return best
            connection = _Connection(*await asyncio.open_connection(self._endpoint.host, self._endpoint.port))
            self._connections.append(connection)
            return connection
