"""Capture, tap and serve as processes: they begin, do their work, end when told to, and leave readable files even when killed."""

import json
import signal
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from captures.capture import open_capture
from captures.live import can_capture
from support.commands import workbench_process
from support.waiting import until


@contextmanager
def _process(*words: object):
    process = workbench_process(*words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _address(process) -> tuple[str, int]:
    line = process.stdout.readline().strip()
    assert line, process.stderr.read()
    host, _, port = line.rpartition(":")
    return host, int(port)


def _packets(path) -> int:
    with open_capture(path) as capture:
        capture.grow()
        return len(capture.index)


@contextmanager
def _echo():
    """An echo server for a few connections."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(65_536):
                    connection.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _say(address: tuple[str, int], data: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(data)
        got = b""
        while len(got) < len(data):
            got += client.recv(65_536)
        return got


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_tap_records_and_ends_in_order(tmp_path, number):
    path = tmp_path / "tap.pcapng"
    with _echo() as port, _process("tap", "--listen", "0", "--to", f"127.0.0.1:{port}", "-w", path) as tap:
        address = _address(tap)
        assert _say(address, b"hello" * 100) == b"hello" * 100
        tap.send_signal(number)
        _, err = tap.communicate(timeout=10)
    assert tap.returncode == 0
    assert "1 connections" in err
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        assert int(capture.index.payload_length.sum()) == 1000


def test_what_a_killed_tap_has_shown_is_in_the_file(tmp_path):
    path = tmp_path / "tap.pcapng"
    with _echo() as port, _process("tap", "--listen", "0", "--to", f"127.0.0.1:{port}", "-w", path) as tap:
        _say(_address(tap), b"x" * 5000)
        before = until(lambda: path.exists() and _packets(path) >= 10 and _packets(path), "packets in the file")
        tap.kill()
        tap.wait()
        assert _packets(path) >= before


def test_a_live_capture_ends_in_order_and_counts_drops(tmp_path):
    if can_capture():
        pytest.skip(can_capture())
    path = tmp_path / "live.pcapng"
    with _echo() as port, _process("capture", "-i", "lo", "-f", port, "-w", path) as capture:
        until(lambda: path.exists() and path.stat().st_size > 0, "the file")
        _say(("127.0.0.1", port), b"y" * 3000)
        until(lambda: _packets(path) >= 8, "the packets")
        capture.send_signal(signal.SIGTERM)
        _, err = capture.communicate(timeout=10)
    assert capture.returncode == 0
    assert "0 dropped" in err


def test_a_server_drains_within_five_seconds():
    with _process("serve", "streambus", "--json") as server:
        address = _address(server)
        with socket.create_connection(address, timeout=10):
            begun = time.monotonic()
            server.send_signal(signal.SIGTERM)
            _, err = server.communicate(timeout=10)
            assert time.monotonic() - begun < 5
    assert server.returncode == 0
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events[0] == "listening"
    assert events[-1] == "stopped"


def test_the_log_for_people_is_escaped():
    with _process("serve", "http1") as server:
        with socket.create_connection(_address(server), timeout=10) as client:
            client.sendall(b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while client.recv(4096):
                pass
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=10)
    assert server.returncode == 0
    assert "connected" in err
    assert all(char.isprintable() or char == "\n" for char in err)
