"""What stands in a tap's file afterwards."""

from pathlib import Path

import pytest

from captures.capture import open_capture
from captures.follow import follow
from captures.recording import FLUSH_NS
from captures.tap.journal import TapFile
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
CLIENT, SERVER = Endpoint("127.0.0.1", 5000), Endpoint("127.0.0.1", 80)


class Bench:
    def __init__(self, path: Path) -> None:
        self.now = 10**18
        self.path = path
        self.file = TapFile(path, "tap", clock=lambda: self.now)

    def read(self):
        self.file.close()
        capture = open_capture(self.path)
        capture.grow()
        return capture


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "t.pcapng")


def test_a_conversation(bench: Bench):
    journal = bench.file.conversation(CLIENT, SERVER)
    journal.asked()
    bench.now += 5
    journal.accepted()
    journal.sent(UP, b"ask")
    journal.sent(DOWN, bytes(3000))
    journal.ended(UP)
    journal.ended(DOWN)
    assert bench.file.carried == [3, 3000]
    with bench.read() as capture:
        assert len(capture.index) == bench.file.frames == 3 + 2 + 4 + 4
        assert [int(capture.index.time_ns[at]) - 10**18 for at in (0, 1)] == [0, 5]
        conversation = follow(capture, "tcp", 0)
        assert (conversation.data(UP), conversation.data(DOWN)) == (b"ask", bytes(3000))
        assert conversation.notes == ()


def test_conversations_of_equal_ports_are_two(bench: Bench):
    for data in (b"first", b"second"):
        journal = bench.file.conversation(CLIENT, SERVER)
        journal.asked()
        journal.accepted()
        journal.sent(UP, data)
        journal.reset(DOWN)
    with bench.read() as capture:
        assert [follow(capture, "tcp", number).data(UP) for number in (0, 1)] == [b"first", b"second"]


def test_a_reset_after_both_ends_is_none(bench: Bench):
    journal = bench.file.conversation(CLIENT, SERVER)
    journal.asked()
    journal.accepted()
    journal.ended(UP)
    journal.ended(DOWN)
    frames = bench.file.frames
    journal.reset(UP)
    assert bench.file.frames == frames


def test_secrets_and_names(bench: Bench):
    bench.file.secrets(b"CLIENT_RANDOM 00 11\n")
    for _ in range(2):
        bench.file.name("site.test", "192.0.2.1")
    bench.file.datagram(CLIENT, SERVER, UP, b"ask")
    bench.file.datagram(CLIENT, SERVER, DOWN, b"answer")
    with bench.read() as capture:
        assert tuple(capture.secrets) == (b"CLIENT_RANDOM 00 11\n",)
        assert bench.path.read_bytes().count(b"site.test") == 1
        assert bench.file.carried == [3, 6]


def test_when_it_is_time_to_flush(bench: Bench):
    assert not bench.file.due()
    bench.now += FLUSH_NS
    assert bench.file.due()
    bench.file.flush()
    assert not bench.file.due()
    bench.file.datagram(CLIENT, SERVER, UP, b"x")
    assert bench.file.waiting > 0
    bench.file.close()
    bench.file.close()
