"""What the kernel says about packets, replayed; the socket itself is tried in test_live where that is permitted."""

import errno
import socket
import struct

import pytest

import captures.sources.plain
from captures.sources.model import Wish
from captures.sources.plain import SocketSource, interpret, why_no_socket
from support.live import Pair
from workbench.api import CaptureError

permitted = pytest.mark.skipif(why_no_socket() is not None, reason="capturing is not permitted here")

FRAME = bytes(range(60))
ETHERNET = ("eth0", 0x0800, 0, 1, bytes(6))


def auxiliary(*, status: int = 1, length: int = 60, tag: int = 0, tag_type: int = 0) -> tuple[int, int, bytes]:
    return (263, 8, struct.pack("=IIIHHHH", status, length, length, 0, 14, tag, tag_type))


def stamp(seconds: int, nanoseconds: int) -> tuple[int, int, bytes]:
    return (socket.SOL_SOCKET, 35, struct.pack("=qq", seconds, nanoseconds))


def test_times_and_lengths_come_from_the_kernel():
    packet = interpret(FRAME[:40], [stamp(1_700_000_000, 5), auxiliary(length=1500)], ETHERNET, cooked=False)
    assert packet == (1_700_000_000_000_000_005, FRAME[:40], 1500)


def test_without_any_word_the_packet_is_taken_as_it_is():
    assert interpret(FRAME, [], ETHERNET, cooked=False) == (0, FRAME, 60)


@pytest.mark.parametrize(("status", "written"), [(0x51, b"\x88\xa8\x00\x07"), (0x11, b"\x81\x00\x00\x07")])
def test_a_vlan_tag_is_put_back(status: int, written: bytes):
    packet = interpret(FRAME, [auxiliary(status=status, tag=7, tag_type=0x88A8)], ETHERNET, cooked=False)
    assert packet == (0, FRAME[:12] + written + FRAME[12:], 64)


@pytest.mark.parametrize(("status", "tagged"), [(0, b""), (0x51, b"\x88\xa8\x00\x07")])
def test_cooked_packets_get_their_header(status: int, tagged: bytes):
    said = [auxiliary(tag=7, tag_type=0x88A8, status=status)]
    _, data, original = interpret(FRAME, said, ("ppp0", 0x86DD, 4, 512, b"\1\2\3\4\5\6"), cooked=True)
    assert data == struct.pack("!HHH", 4, 512, 6) + b"\1\2\3\4\5\6\0\0" + tagged + b"\x86\xdd" + FRAME
    assert original == len(data)


class Broken:
    """A socket whose interface goes away after some packets."""

    def __init__(self, answers: list[object]) -> None:
        self.answers = answers

    def recvmsg(self, *_: object) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@permitted
def test_packets_come_before_the_bad_news():
    source = SocketSource(Wish(interface="lo"), lambda _: 0, clock=lambda: 77)
    down = OSError(errno.ENETDOWN, "Network is down")
    with source._socket:
        source._socket = Broken([(FRAME, [], 0, ("lo", 0x0800, 0, 772, bytes(6))), down, down])  # type: ignore[assignment]
        batch = source.take()
        assert batch is not None
        assert len(batch.records) == 1
        assert int.from_bytes(batch.records[0][16:20], "little") == 77
        with pytest.raises(CaptureError, match="lo: Network is down"):
            source.take()


@permitted
def test_what_arrives_after_the_end_is_not_taken():
    with Pair() as pair:
        source = SocketSource(Wish(interface="lo", filter=pair.filter), lambda _: 0)
        pair.send(b"before")
        assert not source.over()
        source.finish()
        pair.send(b"after")
        batch = source.take()
        assert batch is not None
        assert [b"before" in record for record in batch.records] == [True]
        assert source.take() is None
        assert source.over()
        (losses,) = source.losses().values()
        assert (losses.received, losses.dropped) == (1, 0)
        source.close()


def test_why_there_is_no_socket(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise CaptureError("not here")

    monkeypatch.setattr(captures.sources.plain.packet_socket, "open_socket", refuse)
    assert str(why_no_socket()) == "not here"
