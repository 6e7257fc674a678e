"""A server for tests of spawned targets, as a program: one line in, one line out, and words that make it misbehave.

`python line_server.py PORT` listens on loopback. Standard library only.
"""

import os
import socket
import sys
import threading
import time

KEPT = []


def _answer(line: bytes) -> bytes:
    word, _, rest = line.partition(b" ")
    if word == b"ABORT":
        os.abort()
    if word == b"EXIT":
        os._exit(int(rest))
    if word == b"RAISE":
        raise ValueError(f"no such thing: {len(rest)}")
    if word == b"LOOP":
        while True:
            pass
    if word == b"SLEEP":
        time.sleep(3600)
    if word == b"KEEP":
        KEPT.append(bytearray(b"x" * int(rest)))
    if word == b"CACHE":
        KEPT[:] = [*KEPT[-8:], bytearray(b"x" * int(rest))]
    if word == b"OPEN":
        KEPT.append(os.open(os.devnull, os.O_RDONLY))
    if word == b"SILENT":
        return b""
    return b"OK " + line + b"\n"


def _serve(connection: socket.socket) -> None:
    with connection:
        buffer = b""
        while True:
            data = connection.recv(4096)
            if not data:
                return
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                if line == b"CLOSE":
                    return
                connection.sendall(_answer(line))


def main(port: int, threads: bool) -> None:
    """Accept for ever; one connection after the other unless `threads`."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection = listener.accept()[0]
            if threads:
                threading.Thread(target=_serve, args=(connection,), daemon=True).start()
            else:
                try:
                    _serve(connection)
                except ConnectionError:
                    continue


if __name__ == "__main__":
    main(int(sys.argv[1]), "--threads" in sys.argv)
