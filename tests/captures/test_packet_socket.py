"""What needs no privileges; the sockets themselves are tried in test_live and sources/, where that is permitted."""

import errno
import os
import socket
import struct
from pathlib import Path

import pytest

import captures.packet_socket as module
from captures.packet_socket import (
    LINUX_SLL,
    attach,
    bind,
    failure_of,
    ignore_echo,
    interface_drops,
    interfaces,
    is_loopback,
    link_type,
    make_promiscuous,
    open_socket,
    without_echo,
)
from workbench.api import CaptureError, UsageError


@pytest.fixture
def classes(monkeypatch, tmp_path: Path) -> Path:
    """A /sys/class/net of our own."""
    monkeypatch.setattr(module, "_CLASSES", tmp_path)
    return tmp_path


def interface(classes: Path, name: str, hardware: str, **counts: int) -> None:
    (classes / name / "statistics").mkdir(parents=True)
    (classes / name / "type").write_text(hardware)
    for counter, count in counts.items():
        (classes / name / "statistics" / counter).write_text(f"{count}\n")


@pytest.mark.parametrize(("hardware", "expected"), [("1", 1), ("772", 1), ("65534", 101), ("512", LINUX_SLL), ("nonsense", 1)])
def test_link_types(classes: Path, hardware: str, expected: int):
    interface(classes, "x0", hardware)
    assert link_type("x0") == expected
    assert is_loopback("x0") == (hardware == "772")


def test_all_interfaces_together_are_cooked():
    assert link_type("any") == LINUX_SLL
    assert interfaces()[-1] == "any"


def test_what_an_interface_had_no_room_for(classes: Path):
    interface(classes, "x0", "1", rx_missed_errors=3, rx_fifo_errors=4, rx_dropped=100)
    assert interface_drops("x0") == 7
    assert interface_drops("any") == 0


def test_missing_privileges_are_explained(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(module.socket, "socket", refuse)
    monkeypatch.setattr(module, "may", lambda _: False)
    with pytest.raises(
        CaptureError, match=r"CAP_NET_RAW\. Run it as root, .*setcap cap_net_raw,cap_net_admin\+ep /.*workbench tap"
    ):
        open_socket()
    monkeypatch.setattr(module, "may", lambda _: True)
    with pytest.raises(CaptureError, match="a sandbox forbids packet sockets"):
        open_socket()


def test_a_kernel_without_packet_sockets_is_explained(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(module.socket, "socket", refuse)
    with pytest.raises(CaptureError, match="Address family not supported"):
        open_socket()
    monkeypatch.delattr(module.socket, "AF_PACKET")
    with pytest.raises(CaptureError, match="on Linux only"):
        open_socket()


PROGRAM = struct.pack("=HBBI", 6, 0, 0, 99)


def verdict(program: bytes, packet_type: int, number: int) -> int:
    """Run a program of the few instructions that `without_echo` adds."""
    accumulator = counter = 0
    while True:
        code, true, false, value = struct.unpack_from("=HBBI", program, 8 * counter)
        counter += 1
        if code == 0x20:
            accumulator = {0xFFFFF004: packet_type, 0xFFFFF008: number}[value]
        elif code == 0x15:
            counter += true if accumulator == value else false
        else:
            return value


def test_only_what_the_loopback_sends_is_an_echo(classes: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module.socket, "if_nameindex", lambda: [(1, "eth0"), (4, "lo")])
    interface(classes, "eth0", "1")
    interface(classes, "lo", "772")
    program = without_echo(PROGRAM)
    assert verdict(program, 4, 4) == 0
    assert verdict(program, 4, 1) == 99
    assert verdict(program, 0, 4) == 99
    (classes / "lo" / "type").write_text("1")
    assert without_echo(PROGRAM) == PROGRAM


class Recorded:
    """A socket that notes what it is told, and refuses with an error number if it has one."""

    def __init__(self, error: int = 0) -> None:
        self.told: list[tuple[object, ...]] = []
        self.error = error

    def setsockopt(self, *words: object) -> None:
        self.told.append(words)
        if self.error:
            raise OSError(self.error, os.strerror(self.error))

    def bind(self, address: object) -> None:
        self.setsockopt(address)

    def getsockopt(self, *_: object) -> int:
        return self.error


def test_old_kernels_cannot_ignore_the_echo():
    ignore_echo(Recorded(errno.ENOPROTOOPT))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Bad file"):
        ignore_echo(Recorded(errno.EBADF))  # type: ignore[arg-type]


def test_promiscuity_is_asked_for_where_it_exists(classes: Path, monkeypatch: pytest.MonkeyPatch):
    interface(classes, "lo", "772")
    interface(classes, "eth0", "1")
    monkeypatch.setattr(module.socket, "if_nametoindex", lambda _: 5)
    sock = Recorded()
    for name in ("any", "lo", "eth0"):
        make_promiscuous(sock, name)  # type: ignore[arg-type]
    assert sock.told == [(263, 1, struct.pack("=iHH8x", 5, 1, 0))]


def test_an_interface_that_cannot_be_used_is_named():
    with pytest.raises(CaptureError, match=r"eth9: No such device\. Choose one of: .*any"):
        bind(Recorded(errno.ENODEV), "eth9")  # type: ignore[arg-type]


def test_a_name_that_is_no_text_is_no_interface():
    class Encoding(Recorded):
        def bind(self, address: tuple[str, int]) -> None:
            address[0].encode()

    with pytest.raises(CaptureError, match="No such device"):
        bind(Encoding(), "\udcff")  # type: ignore[arg-type]


def test_an_interface_that_goes_down_is_named():
    assert failure_of(Recorded(), "eth0") is None  # type: ignore[arg-type]
    assert str(failure_of(Recorded(errno.ENETDOWN), "eth0")).startswith("eth0: Network is down")  # type: ignore[arg-type]


def test_the_program_reaches_the_kernel_as_it_is():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:  # any socket takes a filter
        attach(sock, PROGRAM)
        with pytest.raises(UsageError, match="the kernel refuses a capture filter of 5000 instructions"):
            attach(sock, PROGRAM * 5000)
