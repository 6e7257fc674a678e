"""Where redirected connections wanted to go. The rules themselves are tried in `tests/interop`, in a network of their own."""

import socket
import struct

import pytest

from captures.tap.original import MARK, commands, may_mark, original_destination
from workbench.api import Endpoint, UsageError


class Redirected:
    """A socket of which the kernel remembers where it wanted to go."""

    def __init__(self, family: int, answer: bytes | None) -> None:
        self.family = family
        self.answer = answer

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        assert option == 80
        assert level == (socket.IPPROTO_IPV6 if self.family == socket.AF_INET6 else socket.SOL_IP)
        if self.answer is None:
            raise FileNotFoundError
        assert len(self.answer) == size
        return self.answer

    def getsockname(self) -> tuple:
        return ("fe80::1%lo", 81, 0, 4) if self.family == socket.AF_INET6 else ("192.0.2.9", 81)


@pytest.mark.parametrize(
    ("family", "answer", "wanted"),
    [
        (
            socket.AF_INET,
            struct.pack("=H", socket.AF_INET) + b"\x01\xbb" + bytes([192, 0, 2, 1]) + bytes(8),
            Endpoint("192.0.2.1", 443),
        ),
        (
            socket.AF_INET6,
            struct.pack("=H", socket.AF_INET6)
            + b"\x00\x50"
            + bytes(4)
            + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
            + bytes(4),
            Endpoint("2001:db8::1", 80),
        ),
        (socket.AF_INET, None, Endpoint("192.0.2.9", 81)),
        (socket.AF_INET6, None, Endpoint("fe80::1", 81)),
    ],
)
def test_the_original_destination(family, answer, wanted):
    assert original_destination(Redirected(family, answer)) == wanted


def test_without_the_privilege(monkeypatch):
    class Powerless(socket.socket):
        def setsockopt(self, *_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", Powerless)
    with pytest.raises(UsageError, match="not permitted") as raised:
        may_mark()
    assert "--proxy any" in raised.value.remedy


def test_commands_name_the_port_and_leave_our_own_connections_alone():
    four, six = commands(Endpoint("127.0.0.1", 8080)), commands(Endpoint("::1", 8081))
    assert four.count("8080") == 4
    assert four.count(f"{MARK:#x}") == 3
    assert "ip6" not in four
    assert "nft add table ip6 workbench_tap" in six
    assert "ip6tables -t nat -D OUTPUT" in six
