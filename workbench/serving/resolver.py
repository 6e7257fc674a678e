"""Host names looked up without stopping the loop: a few threads that wait, and answers in the loop's own thread."""

import contextlib
import ipaddress
import queue
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable

__all__ = ["Resolver"]

THREADS = 4
"""Lookups at once. They do nothing but wait for name servers."""

MAX_WAITING = 256
"""Lookups that wait for a thread; further ones fail at once, as they would by waiting too long."""

Addresses = tuple[str, ...]
Done = Callable[[Addresses, int], None]
"""Gets the addresses, best first, none when there is no such host, and the monotonic time in nanoseconds."""


class Resolver:
    """Lookups for one loop. `lookup` and all answers belong to the loop's thread; `close` may be called twice."""

    def __init__(self, selector: selectors.BaseSelector, find: Callable[[str], Addresses] | None = None) -> None:
        self._selector = selector
        self._find = find or _find
        self._jobs: queue.SimpleQueue[tuple[str, Done] | None] = queue.SimpleQueue()
        self._answers: deque[tuple[Done, Addresses]] = deque()
        self._threads = 0
        self._waiting = 0
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        selector.register(self._bell, selectors.EVENT_READ, self._ready)

    def lookup(self, host: str, now_ns: int, done: Done) -> None:
        """Find the addresses of a name; an address stands for itself and is answered before this returns."""
        with contextlib.suppress(ValueError):
            done((str(ipaddress.ip_address(host)),), now_ns)
            return
        if self._waiting >= MAX_WAITING:
            done((), now_ns)
            return
        self._waiting += 1
        if self._threads < THREADS:
            self._threads += 1
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
        self._jobs.put((host, done))

    def close(self) -> None:
        """No more answers; threads that still wait for a name server end by themselves."""
        if self._bell.fileno() < 0:
            return
        for _ in range(self._threads):
            self._jobs.put(None)
        self._selector.unregister(self._bell)
        self._bell.close()
        self._ringer.close()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            self._answers.append((job[1], self._find(job[0])))
            with contextlib.suppress(OSError):  # full: the loop is awake anyway; closed: nobody waits
                self._ringer.send(b".")

    def _ready(self, events: int, now_ns: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)
        while self._answers:
            done, addresses = self._answers.popleft()
            self._waiting -= 1
            done(addresses, now_ns)


def _find(host: str) -> Addresses:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # ValueError: what can be no name at all
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
