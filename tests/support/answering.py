"""Servers of a few lines in a thread, for tests of whoever connects to them."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.api import Endpoint


@contextlib.contextmanager
def secured(script: Callable[[ssl.SSLSocket], None], pem: Path, alpn: tuple[str, ...] = ()) -> Iterator[Endpoint]:
    """A TLS server that takes one connection after the other, each answered by `script`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if alpn:
        context.set_alpn_protocols(alpn)

    def serve(listener: socket.socket) -> None:
        while True:
            plain = listener.accept()[0]
            with contextlib.suppress(OSError), plain:
                if over.is_set():
                    return
                with context.wrap_socket(plain, server_side=True) as connection:
                    script(connection)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield Endpoint(*listener.getsockname())
        finally:
            over.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join(10)
            assert not thread.is_alive()


def heard(link: object, enough: int = 1) -> bytes:
    """What a link gives, until so many bytes are there or the end (b""); raises what `receive` raises."""
    from support.waiting import until

    found: list[bytes] = []

    def some() -> bool:
        try:
            found.append(link.receive())  # type: ignore[attr-defined]
        except BlockingIOError:
            return False
        return not found[-1] or sum(map(len, found)) >= enough

    until(some)
    return b"".join(found)
