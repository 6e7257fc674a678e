"""UDP proxying to the echo: datagrams, capsules, targets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import varint
from workbench_http3.server_datagrams import LAST_QUARTER, MAX_CAPSULE, UdpEcho, quarter, udp_refusal
from workbench_http3.server_faults import StreamFault
from workbench_http3.server_frames import ErrorCode


def capsule(kind: int, payload: bytes) -> bytes:
    return varint(kind) + varint(len(payload)) + payload


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/.well-known/masque/udp/localhost/7/", 0), (b"/.well-known/masque/udp/%3A%3A1/7/", 0),
        (b"/.well-known/masque/udp/localhost/8/", 403), (b"/.well-known/masque/udp/example.org/7/", 403),
        (b"/.well-known/masque/udp/localhost/0/", 400), (b"/.well-known/masque/udp/localhost/65536/", 400),
        (b"/.well-known/masque/udp/localhost/7", 400), (b"/", 400),
    ],
)  # fmt: skip
def test_targets(path, status):
    assert udp_refusal(path) == status


def test_quarters():
    assert quarter(b"\x02abc") == (8, b"abc")
    assert quarter(varint(LAST_QUARTER)) == (4 * LAST_QUARTER, b"")
    assert [quarter(data) for data in (b"", b"\x40", varint(LAST_QUARTER + 1))] == [None] * 3


def test_contexts():
    assert UdpEcho().datagram(b"\x00hello") == b"\x00hello"
    assert [UdpEcho().datagram(data) for data in (b"\x02hello", b"", b"\x40")] == [None] * 3


@given(st.lists(st.tuples(st.sampled_from((0, 0, 0x29, 0x1234)), st.binary(max_size=80)), max_size=5), st.integers(1, 9))
def test_capsules_in_any_pieces(capsules, size):
    echo = UdpEcho()
    said = b"".join(capsule(kind, b"\x00" + payload) for kind, payload in capsules)
    out = b"".join(echo.receive(said[start : start + size]) for start in range(0, len(said), size))
    assert out == b"".join(capsule(0, b"\x00" + payload) for kind, payload in capsules if kind == 0)
    assert echo.receive(b"") == b""
    assert echo.over


@pytest.mark.parametrize("said", [b"\x00", b"\x00\x05abc", b"\x29\x05abc", b"\x40"])
def test_an_end_inside_a_capsule(said):
    echo = UdpEcho()
    echo.receive(said)
    with pytest.raises(StreamFault) as caught:
        echo.receive(b"")
    assert caught.value.code is ErrorCode.H3_MESSAGE_ERROR


def test_a_large_capsule():
    echo = UdpEcho()
    with pytest.raises(StreamFault) as caught:
        echo.receive(b"\x00" + varint(MAX_CAPSULE + 1))
    assert caught.value.code is ErrorCode.H3_DATAGRAM_ERROR
    echo = UdpEcho()
    assert echo.receive(b"\x29" + varint(1 << 40) + bytes(100_000)) == b"", "others are skipped, however large"
    assert not echo._buffer


def test_leaving():
    echo = UdpEcho()
    assert (echo.leave(), echo.over) == (b"", True)
