"""The three ways to begin in cleartext, byte by byte and at once."""

import pytest

from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_frames import PREFACE
from workbench_http2.server_opening import Opened, Opening, Refused

UPGRADE = (
    b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 3\r\nX-Kept: yes\r\n\r\nabc"
)


def verdict(data: bytes, size: int = 0, most: int = 100):
    opening = Opening(most)
    step = size or len(data)
    found = b""
    for start in range(0, len(data), step):
        found = opening.receive(data[start : start + step])
        if not isinstance(found, bytes):
            return found
    return found


def test_prior_knowledge():
    assert verdict(PREFACE + b"rest") == Opened(b"rest")
    assert verdict(PREFACE, size=1) == Opened(b"")
    assert verdict(PREFACE[:-1]) == b""


@pytest.mark.parametrize("size", [0, 1])
def test_upgrade(size):
    found = verdict(UPGRADE, size)
    assert found.upgraded
    assert found.settings == ((3, 100), (4, 65_535))
    assert found.body == b"abc"
    assert found.fields == (
        (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/echo"), (b":authority", b"h"),
        (b"content-length", b"3"), (b"x-kept", b"yes"),
    )  # fmt: skip


def test_upgrade_with_the_preface_right_behind():
    assert verdict(UPGRADE + PREFACE).rest == PREFACE


def test_expecting_100():
    head = UPGRADE[:-3].replace(b"X-Kept: yes", b"Expect: 100-continue")
    assert verdict(head).startswith(b"HTTP/1.1 100 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"426"),
        (UPGRADE.replace(b", HTTP2-Settings\r", b"\r"), b"426"),
        (UPGRADE.replace(b"X-Kept: yes", b"HTTP2-Settings: AAMAAABk"), b"426"),
        (UPGRADE.replace(b"AAMAAABkAAQAAP__", b"AAMAAAB"), b"400"),
        (UPGRADE.replace(b"AAMAAABkAAQAAP__", b"?AAMAAAB"), b"400"),
        (UPGRADE.replace(b"AAMAAABkAAQAAP__", b"AASAAAAA"), b"400"),
        (UPGRADE.replace(b"/echo", b"http://h/echo"), b"400"),
        (UPGRADE.replace(b"3\r\nX-", b"300\r\nX-") + bytes(300), b"413"),
    ],
)
def test_refused(data, status):
    found = verdict(data)
    assert isinstance(found, Refused)
    assert found.answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "data", [b"PRI * HTTP/2.0\r\n\r\nXX", b"\0\0\0\4\0\0\0\0\0", b"nonsense\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]
)
def test_neither(data):
    with pytest.raises(ConnectionFault):
        verdict(data + bytes(24))
