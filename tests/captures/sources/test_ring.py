"""The ring on the loopback interface, where this process may; the conversion of blocks is tested next door without one."""

import errno
import os
import socket

import pytest

import captures.sources.ring as module
from captures.sources.model import Wish
from captures.sources.ring import BLOCK, FEWEST_BLOCKS, RingSource, why_no_ring
from support.live import Pair
from support.waiting import until
from workbench.api import CaptureError

permitted = pytest.mark.skipif(why_no_ring() is not None, reason="capturing by a ring is not permitted here")


def open_ring(pair: Pair, blocks: int = FEWEST_BLOCKS) -> RingSource:
    return RingSource(Wish(interface="lo", filter=pair.filter, buffer=blocks * BLOCK), lambda _: 3)


@permitted
def test_what_arrives_after_the_end_is_not_taken():
    with Pair() as pair:
        source = open_ring(pair)
        pair.send(b"before", 3)
        assert not source.over()
        source.finish()
        pair.send(b"after")
        batch = until(source.take, "the last block")
        assert [b"before" in record for record in batch.records] == [True] * 3
        until(source.over, "the end")
        assert source.take() is None
        assert source.losses()[3].received == 3
        source.close()
        source.close()


@permitted
def test_losses_are_counted_exactly():
    """A small ring that nobody empties: what does not fit is dropped, and said."""
    with Pair() as pair:
        source = open_ring(pair)
        sent = 3 * FEWEST_BLOCKS * BLOCK // 8192
        pair.send(bytes(8000), sent)
        source.finish()
        taken = 0
        while not source.over():
            batch = source.take()
            taken += len(batch.records) if batch else 0
        losses = source.losses()[3]
        assert losses.dropped > 0
        assert losses.ring_full > 0
        assert losses.received == sent == taken + losses.dropped
        source.close()


@permitted
def test_a_tag_that_the_kernel_took_out_is_put_back():
    source = RingSource(Wish(interface="lo", filter="vlan 77", buffer=FEWEST_BLOCKS * BLOCK), lambda _: 0)
    frame = bytes(6) + b"\2\0\0\0\0\1" + b"\x81\x00\x00\x4d" + b"\x88\xb5" + b"tagged payload" * 4
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("lo", 0))
        sender.send(frame)
        sender.send(frame.replace(b"\x00\x4d", b"\x00\x4e"))
    source.finish()
    batch = until(source.take, "the packet")
    assert [record[28 : 28 + len(frame)] for record in batch.records] == [frame]
    source.close()


def test_a_kernel_without_rings_is_explained(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module.packet_socket, "open_socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    assert str(why_no_ring()).startswith("this kernel has no packet ring")


def test_missing_privileges_are_passed_on(monkeypatch: pytest.MonkeyPatch):
    def refuse() -> socket.socket:
        raise CaptureError("capturing needs the capability CAP_NET_RAW")

    monkeypatch.setattr(module.packet_socket, "open_socket", refuse)
    assert "CAP_NET_RAW" in str(why_no_ring())


class Scarce:
    """A socket whose kernel has room for so many blocks."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.asked: list[int] = []

    def setsockopt(self, _: int, option: int, value: object) -> None:
        if option == 5:
            assert isinstance(value, bytes)
            blocks = int.from_bytes(value[4:8], "little")
            self.asked.append(blocks)
            if blocks > self.room:
                raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    def fileno(self) -> int:
        return -1  # an anonymous mapping


@pytest.mark.parametrize(("room", "asked"), [(128, [64]), (20, [64, 32, 16]), (8, [64, 32, 16, 8])])
def test_the_ring_is_as_large_as_memory_allows(room: int, asked: list[int]):
    sock = Scarce(room)
    ring = module._shared_ring(sock, 64 * BLOCK)  # type: ignore[arg-type]
    assert sock.asked == asked
    assert len(ring) == asked[-1] * BLOCK
    ring.close()


def test_no_memory_at_all_is_said():
    with pytest.raises(CaptureError, match=r"no packet ring of 8 MiB: Cannot allocate memory\. Use --source socket"):
        module._shared_ring(Scarce(1), 64 * BLOCK)  # type: ignore[arg-type]
