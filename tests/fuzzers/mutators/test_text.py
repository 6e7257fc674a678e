from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.mutators.text import swap_words

GET = b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n"


def test_words_come_from_the_other_message_or_the_protocol():
    for seed in range(40):
        data, mutations = swap_words(GET, b"DELETE /x", (b"OPTIONS",), Random(seed), 3)
        words = set(data.replace(b"\r\n", b" ").replace(b":", b" ").split())
        assert words <= {b"GET", b"/index.html", b"HTTP/1.1", b"Host", b"a", b"DELETE", b"/x", b"OPTIONS"}
        assert data.endswith(b"\r\n\r\n")
        assert all((mutation.kind, mutation.message) == ("text.swap", 3) for mutation in mutations)


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers())
def test_any_bytes(data, other, seed):
    after, mutations = swap_words(data, other, (), Random(seed), 0)
    assert bool(mutations) == (after != data) or len(mutations) > 1


def test_nothing_to_swap():
    assert swap_words(b"\x00\x01", b"word", (), Random(1), 0) == (b"\x00\x01", [])
