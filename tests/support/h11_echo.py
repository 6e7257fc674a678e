"""A small server of HTTP/1.1 that stands on h11 alone: `python h11_echo.py PORT`. Answers with what it was sent, refuses what h11 refuses.

Needs nothing but the standard library and h11, so that any version of that can be compared with any other.
"""

import contextlib
import selectors
import socket
import sys

import h11

READ = 65_536


class Client:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.http = h11.Connection(h11.SERVER)
        self.body = bytearray()
        self.method = b""

    def serve(self) -> bool:
        """Take what is there; whether the connection goes on."""
        try:
            data = self.sock.recv(READ)
            self.http.receive_data(data)
            return self._events()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
        except OSError:
            pass
        return False

    def _events(self) -> bool:
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                return True
            if event is h11.PAUSED:
                if self.http.our_state is not h11.DONE:
                    return False
                self.http.start_next_cycle()
            elif isinstance(event, h11.Request):
                self.method = event.method
                self.body.clear()
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                # a tunnel (RFC 9110 9.3.6) is not offered
                self._answer(405 if self.method == b"CONNECT" else 200, bytes(self.body))
                if self.http.our_state is h11.MUST_CLOSE:
                    return False
            else:
                return False

    def _refuse(self, status: int) -> None:
        if self.http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(status, b"", ("Connection", "close"))

    def _answer(self, status: int, body: bytes, *more: tuple[str, str]) -> None:
        headers = [("Content-Length", str(len(body))), *more]
        content = [] if self.method == b"HEAD" else [h11.Data(data=body)]
        events = [h11.Response(status_code=status, headers=headers), *content, h11.EndOfMessage()]
        with contextlib.suppress(OSError):
            self.sock.sendall(b"".join(self.http.send(event) or b"" for event in events))


def main(port: int) -> None:
    """Serve until killed."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                sock, _ = listener.accept()
                selector.register(sock, selectors.EVENT_READ, Client(sock))
            elif not key.data.serve():
                selector.unregister(key.fileobj)
                key.data.sock.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
