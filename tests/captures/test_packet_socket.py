"""What the kernel says about packets, replayed; the socket itself is tried in test_live where that is permitted."""

import errno
import socket
import struct
from pathlib import Path

import pytest

import captures.packet_socket
from captures.packet_socket import LINUX_SLL, Received, interfaces, interpret, link_type, open_socket
from workbench.api import CaptureError

FRAME = bytes(range(60))
ETHERNET = ("eth0", 0x0800, 0, 1, bytes(6))


def auxiliary(*, status: int = 1, length: int = 60, tag: int = 0, tag_type: int = 0) -> tuple[int, int, bytes]:
    return (263, 8, struct.pack("=IIIHHHH", status, length, length, 0, 14, tag, tag_type))


def stamp(seconds: int, nanoseconds: int) -> tuple[int, int, bytes]:
    return (socket.SOL_SOCKET, 35, struct.pack("=qq", seconds, nanoseconds))


def test_times_and_lengths_come_from_the_kernel():
    packet = interpret(FRAME[:40], [stamp(1_700_000_000, 5), auxiliary(length=1500)], ETHERNET, cooked=False)
    assert packet == Received(1_700_000_000_000_000_005, FRAME[:40], 1500)


def test_without_any_word_the_packet_is_taken_as_it_is():
    assert interpret(FRAME, [], ETHERNET, cooked=False) == Received(0, FRAME, 60)


@pytest.mark.parametrize(("status", "written"), [(0x51, b"\x88\xa8\x00\x07"), (0x11, b"\x81\x00\x00\x07")])
def test_a_vlan_tag_is_put_back(status: int, written: bytes):
    packet = interpret(FRAME, [auxiliary(status=status, tag=7, tag_type=0x88A8)], ETHERNET, cooked=False)
    assert packet == Received(0, FRAME[:12] + written + FRAME[12:], 64)


def test_cooked_packets_get_their_header():
    packet = interpret(FRAME, [auxiliary(tag=7, status=0x51)], ("ppp0", 0x86DD, 4, 512, b"\1\2\3\4\5\6"), cooked=True)
    assert packet is not None
    assert packet.data == struct.pack("!HHH", 4, 512, 6) + b"\1\2\3\4\5\6\0\0" + b"\x86\xdd" + FRAME
    assert packet.original_length == 76


def test_the_outgoing_copy_on_loopback_is_left_out():
    assert interpret(FRAME, [], ("lo", 0x0800, 4, 772, bytes(6)), cooked=False) is None
    assert interpret(FRAME, [], ("eth0", 0x0800, 4, 1, bytes(6)), cooked=False) is not None


@pytest.mark.parametrize(("hardware", "expected"), [("1", 1), ("772", 1), ("65534", 101), ("512", LINUX_SLL), ("nonsense", 1)])
def test_link_types(monkeypatch: pytest.MonkeyPatch, hardware: str, expected: int):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: hardware)
    assert link_type("x0") == expected


def test_all_interfaces_together_are_cooked():
    assert link_type("any") == LINUX_SLL
    assert interfaces()[-1] == "any"


def test_missing_privileges_are_explained(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(captures.packet_socket.socket, "socket", refuse)
    with pytest.raises(
        CaptureError, match=r"CAP_NET_RAW\. Run it as root, .*setcap cap_net_raw,cap_net_admin\+ep /.*workbench tap"
    ):
        open_socket()


def test_a_kernel_without_packet_sockets_is_explained(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(captures.packet_socket.socket, "socket", refuse)
    with pytest.raises(CaptureError, match="Address family not supported"):
        open_socket()
    monkeypatch.delattr(captures.packet_socket.socket, "AF_PACKET")
    with pytest.raises(CaptureError, match="on Linux only"):
        open_socket()
