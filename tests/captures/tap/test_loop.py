"""The relay with real sockets on the loopback interface, and what its recording says afterwards."""

import errno
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import captures.tap.connection
import captures.tap.journal
from captures.capture import open_capture
from captures.follow import Conversation, follow
from captures.recording import Recording
from captures.tap import Reach, Tap, TapCounters, TapLimits, open_tap, running, tcp
from support.waiting import until
from workbench.api import CaptureError, Direction, Endpoint, UsageError

ANY = Endpoint("127.0.0.1", 0)


class Target:
    """A server that waits for the client's last byte and then answers with all of it backwards."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = Endpoint(*self.listener.getsockname())
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            with connection:
                data = b""
                while more := connection.recv(65_536):
                    data += more
                if data == b"quit":
                    return
                connection.sendall(data[::-1])

    def close(self) -> None:
        with socket.create_connection(self.listener.getsockname()) as connection:
            connection.sendall(b"quit")
        self.thread.join()
        self.listener.close()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


def exchange(endpoint: Endpoint, data: bytes) -> tuple[bytes, Endpoint]:
    with socket.create_connection((endpoint.host, endpoint.port), timeout=10) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while more := client.recv(65_536):
            answer += more
        return answer, Endpoint(*client.getsockname()[:2])


def connected(endpoint: Endpoint) -> socket.socket:
    return socket.create_connection((endpoint.host, endpoint.port), timeout=10)


def recorded(path: Path, stream: int = 0) -> Conversation:
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        return follow(capture, "tcp", stream)


def frames(path: Path) -> int:
    with open_capture(path) as capture:
        return capture.grow()


def test_a_conversation_is_relayed_and_recorded(tmp_path: Path, target: Target):
    path, data = tmp_path / "tap.pcapng", os.urandom(300_000)
    with running(Tap(tcp(ANY, target.endpoint), path)) as tap:
        answer, client = exchange(tap.endpoint, data)
    assert answer == data[::-1]
    conversation = recorded(path)
    assert (conversation.stream.flow.client, conversation.stream.flow.server) == (client, target.endpoint)
    assert conversation.data(Direction.TO_SERVER) == data
    assert conversation.data(Direction.TO_CLIENT) == answer
    assert [(end.direction, end.reason) for end in conversation.ends] == [
        (Direction.TO_SERVER, "fin"),
        (Direction.TO_CLIENT, "fin"),
    ]
    assert conversation.notes == ()
    assert tap.counters == TapCounters(tap.endpoint.port, 1, 0, 0, frames(path), 300_000, 300_000)


def test_ipv6(tmp_path: Path):
    path, loopback = tmp_path / "tap.pcapng", Endpoint("::1", 0)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        target = Endpoint(*listener.getsockname()[:2])
        with running(Tap(tcp(loopback, target), path)) as tap, connected(tap.endpoint) as client:
            server, _ = listener.accept()
            with server:
                client.sendall(b"six")
                assert server.recv(10) == b"six"
            port = client.getsockname()[1]
    conversation = recorded(path)
    assert conversation.stream.flow.client == Endpoint("::1", port)
    assert conversation.data(Direction.TO_SERVER) == b"six"


def test_many_connections_at_once(tmp_path: Path, target: Target):
    path = tmp_path / "tap.pcapng"
    with running(Tap(tcp(ANY, target.endpoint), path)) as tap:
        threads = [threading.Thread(target=exchange, args=(tap.endpoint, b"%d" % number * 1000)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with open_capture(path) as capture:
        capture.grow()
        bodies = {follow(capture, "tcp", number).data(Direction.TO_SERVER) for number in range(20)}
    assert bodies == {b"%d" % number * 1000 for number in range(20)}
    assert (tap.counters.connections, tap.counters.open) == (20, 0)


def test_a_target_that_refuses(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    path = tmp_path / "tap.pcapng"
    with running(Tap(tcp(ANY, Endpoint("127.0.0.1", port)), path)) as tap, pytest.raises(ConnectionResetError):
        exchange(tap.endpoint, b"hello")
    assert tap.counters.refused == 1
    assert [end.reason for end in recorded(path).ends] == ["rst", "rst"]


def test_a_target_that_does_not_answer(tmp_path: Path):
    """A listener whose queue is full takes no further connection; the clock is ours."""
    now = [0]
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        limits = TapLimits(connect_ns=1000)
        with running(
            Tap(tcp(ANY, Endpoint(*full.getsockname())), tmp_path / "t.pcapng", limits=limits, clock=lambda: now[0])
        ) as tap:
            with socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=10) as client:
                until(lambda: tap.counters.connections == 1)
                now[0] = 2000
                with pytest.raises(ConnectionResetError):
                    client.recv(1)
            until(lambda: tap.counters.refused == 1)


def test_clients_beyond_the_limit_wait_their_turn(tmp_path: Path, target: Target):
    with running(Tap(tcp(ANY, target.endpoint), tmp_path / "t.pcapng", limits=TapLimits(connections=1))) as tap:
        first = socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=10)
        until(lambda: tap.counters.open == 1)
        second = threading.Thread(target=exchange, args=(tap.endpoint, b"second"))
        second.start()
        first.sendall(b"first")
        until(lambda: tap.counters.to_server == 5)
        assert tap.counters.connections == 1
        first.close()
        second.join()
        until(lambda: tap.counters.connections == 2)


def test_running_out_of_descriptors_means_fewer_connections(tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch):
    with running(Tap(tcp(ANY, target.endpoint), tmp_path / "t.pcapng")) as tap:
        first = socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=10)
        until(lambda: tap.counters.open == 1)

        def exhausted(*_: object) -> None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        monkeypatch.setattr(captures.tap.connection, "_socket_for", exhausted)
        with pytest.raises(ConnectionResetError), connected(tap.endpoint) as second:
            second.recv(1)
        monkeypatch.undo()
        third = threading.Thread(target=exchange, args=(tap.endpoint, b"third"))
        third.start()
        first.sendall(b"first")
        until(lambda: tap.counters.to_server == 5)
        assert tap.counters.connections == 1
        first.close()
        third.join()
        until(lambda: tap.counters.connections == 2)


def test_no_descriptors_at_all_are_an_error(tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch):
    def exhausted(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(captures.tap.connection, "_socket_for", exhausted)
    relay = running(Tap(tcp(ANY, target.endpoint), tmp_path / "t.pcapng"))
    tap = relay.__enter__()
    with pytest.raises(ConnectionResetError), connected(tap.endpoint) as client:
        client.recv(1)
    with pytest.raises(CaptureError, match="cannot be accepted: Too many open files"):
        relay.__exit__(None, None, None)


def test_the_file_holds_what_is_reported(tmp_path: Path, target: Target):
    path, seen = tmp_path / "tap.pcapng", []
    done = threading.Event()

    def report(counters: TapCounters) -> None:
        seen.append(counters.frames)
        assert frames(path) >= counters.frames

    with Tap(tcp(ANY, target.endpoint), path) as tap:
        thread = threading.Thread(target=tap.run, args=(done.is_set,), kwargs={"report": report})
        thread.start()
        for _ in range(3):
            exchange(tap.endpoint, bytes(10_000))
        done.set()
        thread.join()
    assert seen[-1] == frames(path) > 30


def test_what_was_read_is_passed_on_before_stopping(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with running(Tap(tcp(ANY, Endpoint(*listener.getsockname())), tmp_path / "t.pcapng")) as tap:
            client = socket.create_connection((tap.endpoint.host, tap.endpoint.port))
            server, _ = listener.accept()
            client.sendall(b"last words")
            until(lambda: tap.counters.to_server == 10)
        with client, server:
            assert server.recv(100) == b"last words"
            assert server.recv(100) == b""


def test_a_reset_passes_through(tmp_path: Path):
    path = tmp_path / "t.pcapng"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        running(Tap(tcp(ANY, Endpoint(*listener.getsockname())), path)) as tap,
    ):
        client = socket.create_connection((tap.endpoint.host, tap.endpoint.port))
        server, _ = listener.accept()
        until(lambda: tap.counters.frames == 3)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        with client, pytest.raises(ConnectionResetError):
            client.recv(1)
        until(lambda: tap.counters.open == 0)
    assert [end.reason for end in recorded(path).ends] == ["rst", "rst"]


def test_other_machines_are_refused_unless_allowed(tmp_path: Path):
    far, path = Endpoint("192.0.2.1", 80), tmp_path / "t.pcapng"
    with pytest.raises(UsageError, match="the target is not on this machine"):
        Tap(tcp(ANY, far), path)
    with pytest.raises(UsageError, match="the listening address is not on this machine"):
        Tap(tcp(Endpoint("0.0.0.0", 0), Endpoint("127.0.0.1", 80)), path)
    assert not path.exists()
    Tap(tcp(Endpoint("0.0.0.0", 0), far), path, reach=Reach(remote=True)).close()


def test_unusable_endpoints_are_refused(tmp_path: Path, target: Target):
    path = tmp_path / "t.pcapng"
    with pytest.raises(UsageError, match="connect to itself"):
        Tap(tcp(target.endpoint, target.endpoint), path)
    with pytest.raises(UsageError, match="Address already in use"):
        Tap(tcp(target.endpoint, Endpoint("127.0.0.1", 1)), path)
    with pytest.raises(UsageError, match="the target is unknown"):
        Tap(tcp(ANY, Endpoint("host.invalid", 80)), path)
    with pytest.raises(CaptureError, match="cannot be written"):
        Tap(tcp(ANY, target.endpoint), tmp_path / "missing" / "t.pcapng")


def test_a_full_disk_ends_the_tap_with_a_clear_error(tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch):
    def full(self: Recording) -> None:
        raise CaptureError("recording stopped after 0 bytes: No space left on device")

    relay = running(Tap(tcp(ANY, target.endpoint), tmp_path / "t.pcapng"))
    tap = relay.__enter__()
    monkeypatch.setattr(captures.tap.journal.Recording, "flush", full)
    with socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=10) as client:
        client.sendall(b"x")
        assert client.recv(1) == b""
    with pytest.raises(CaptureError, match="No space left"):
        relay.__exit__(None, None, None)


def test_a_killed_tap_leaves_everything_it_reported(tmp_path: Path, target: Target):
    path = tmp_path / "t.pcapng"
    with open_tap(ANY, target.endpoint, path) as tap:
        answer, _ = exchange(Endpoint("127.0.0.1", tap.counters.port), b"0123456789" * 1000)
        assert answer == b"9876543210" * 1000
        until(lambda: tap.counters.to_client == 10_000)
        os.kill(tap.pid, signal.SIGKILL)
        until(lambda: not tap.running)
    assert recorded(path).data(Direction.TO_CLIENT) == answer


def test_a_tap_process_stops_in_order_and_reports_errors(tmp_path: Path, target: Target):
    with open_tap(ANY, target.endpoint, tmp_path / "t.pcapng") as tap:
        exchange(Endpoint("127.0.0.1", tap.counters.port), b"abc")
        counters = tap.stop()
    assert (counters.connections, counters.to_server, counters.to_client) == (1, 3, 3)
    with pytest.raises(UsageError, match="not on this machine"):
        open_tap(ANY, Endpoint("192.0.2.1", 80), tmp_path / "t.pcapng")
