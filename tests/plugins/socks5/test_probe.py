import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.socks5 import DOWN, UP
from workbench.api import Confidence
from workbench_socks5.probe import probe
from workbench_socks5.seeds import SEEDS, password, request, request4

NO, MORE, WEAK, LIKELY, CERTAIN = Confidence


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\5", MORE),
        (b"\5\2\0", MORE),
        (b"\5\1\0", CERTAIN),
        (b"\5\3\0\1\2", CERTAIN),
        (b"\5\1\x03", WEAK),
        (b"\5\1\0" + request(1, b"early.example", 80), CERTAIN),
        (b"\5\1\2" + password(b"a", b"b"), CERTAIN),
        (b"\5\0\x0b\3\x10\0\0\0", NO),  # a bind of DCE/RPC
        (b"\5\1\0GET / HTTP/1.1", NO),
        (b"\5\2\0\0", NO),
        (b"\5\x40" + bytes(range(64)), NO),
        (b"\4\1", MORE),
        (request4(1, "192.0.2.1", 80, b"me"), LIKELY),
        (request4(1, b"host.example", 80), LIKELY),
        (request4(1, "192.0.2.1", 0), WEAK),
        (b"\4\1\0\x50\xc0\0\2\1\xff\xfe\0", NO),
        (b"\4\x0b", NO),
        (b"GET / HTTP/1.1\r\n", NO),
        (b"\x16\3\1", NO),
    ],
)
def test_clients(data, answer):
    assert probe(data, UP) is answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\5", MORE),
        (b"\5\0", MORE),
        (b"\5\xff", NO),
        (b"\5\0\5\0\0\1", LIKELY),
        (b"\5\2\1\0", LIKELY),
        (b"\5\0\x0c\3", NO),
        (b"\0\x5a\0\0\0\0\0\0", WEAK),
        (b"\0\x10", NO),
        (b"HTTP/1.1 200 OK", NO),
    ],
)
def test_servers(data, answer):
    assert probe(data, DOWN) is answer


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds(seed):
    assert probe(seed.messages[0], UP) >= LIKELY


@given(st.binary(max_size=60), st.sampled_from((UP, DOWN)))
def test_any_bytes_have_an_answer(data, direction):
    assert probe(data, direction) in Confidence
