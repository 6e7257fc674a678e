"""A server under `fork_at_accept`, and what is reported about each of its connections."""

import os
import resource
import select
import shutil
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fuzzers.coverage import preload
from support.waiting import until

PATIENCE_S = 10.0
SOURCE = Path(__file__).with_name("fork_servers.c")


def build(source: Path, made: Path, compiler: str = "cc", *options: str) -> Path:
    """The program that a compiler makes of a source; skips the test where there is no such compiler."""
    found = shutil.which(compiler)
    if found is None:
        pytest.skip(f"{compiler} is not installed")
    subprocess.run([found, "-g", "-O1", "-pthread", *options, "-o", str(made), str(source)], check=True)
    return made


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Forked:
    """`words` with "{port}" in them, started with the preload; closing kills it."""

    def __init__(self, words: Sequence[str], environment: dict[str, str] | None = None) -> None:
        library = preload("fork_at_accept")
        if library is None:
            pytest.skip("no C compiler")
        self.address = "127.0.0.1", free_port()
        self._told, ours = os.pipe()
        self.process = subprocess.Popen(
            [word.replace("{port}", str(self.address[1])) for word in words],
            env={**os.environ, **(environment or {}), "LD_PRELOAD": str(library), "WORKBENCH_FORK_FD": str(ours)},
            pass_fds=[ours],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(ours)
        resource.prlimit(self.process.pid, resource.RLIMIT_CORE, (0, 0))  # crashes are what it is for
        until(self._answers, "the server's port")
        self.record()  # of the connection that tried the port
        self.record()

    def _answers(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(self.address) == 0

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._told)

    def record(self) -> tuple[int, int]:
        """The next report: process and wait status (or -1)."""
        assert select.select([self._told], [], [], PATIENCE_S)[0], "no report came"
        pid, status = struct.unpack("=ii", os.read(self._told, 8))
        return pid, status

    def connect(self) -> socket.socket:
        """A connection."""
        return socket.create_connection(self.address, PATIENCE_S)

    def case(self, line: bytes) -> tuple[bytes, int]:
        """Say one line on a connection of its own; the answer, and how whoever gave it ended: exit status or minus signal."""
        with self.connect() as sock:
            begun, nothing = self.record()
            assert nothing == -1
            sock.sendall(line)
            try:
                answer = sock.recv(1000)
            except ConnectionResetError:
                answer = b""
        ended, status = self.record()
        assert ended == begun
        return answer, os.waitstatus_to_exitcode(status)
