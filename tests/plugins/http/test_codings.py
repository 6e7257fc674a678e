"""Content codings undone, bounded, damaged, unknown."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http.codings import unfold
from workbench_http.limits import MAX_CODINGS

ROOM = 1 << 20


def bare(content):
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(content) + engine.flush()


@pytest.mark.parametrize(
    ("coding", "pack"), [(b"gzip", gzip.compress), (b"x-gzip", gzip.compress), (b"deflate", zlib.compress), (b"deflate", bare)]
)
@given(content=st.binary(min_size=1, max_size=300))
def test_codings(coding, pack, content):
    found = unfold([coding], pack(content), ROOM)
    assert ([view.data for view in found.views], found.trouble) == ([content], "")


@pytest.mark.parametrize("size", [0, 1, 4_095, 200_000])
def test_long_and_empty_contents(size):
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    for coding, packed in ((b"gzip", gzip.compress(content, mtime=0)), (b"deflate", zlib.compress(content))):
        found = unfold([coding], packed, 1 << 24)
        assert (found.trouble, b"".join(view.data for view in found.views)) == ("", content)


def test_codings_on_top_of_each_other_are_undone_from_the_last():
    found = unfold([b"deflate", b"identity", b"gzip"], gzip.compress(zlib.compress(b"plain")), ROOM)
    assert [view.name for view in found.views] == ["gzip decoded", "deflate decoded"]
    assert found.views[-1].data == b"plain"


def test_identity_is_nothing():
    assert unfold([b"identity"], b"x", ROOM).views == ()


def test_an_unknown_coding():
    found = unfold([b"br"], b"x", ROOM)
    assert (found.views, found.unknown) == ((), True)
    assert "'br' is not decoded" in found.trouble


@pytest.mark.parametrize(
    ("data", "why"),
    [(gzip.compress(b"x" * 100, mtime=0)[:-4], "break off"), (b"\x1f\x8b\x08\x00rubbish....", "damaged")],
    ids=["cut", "damaged"],
)
def test_trouble(data, why):
    assert why in unfold([b"gzip"], data, ROOM).trouble


def test_a_bound():
    found = unfold([b"gzip"], gzip.compress(bytes(10_000)), 1_000)
    assert (len(found.views[0].data), found.trouble) == (1_000, "gzip: unfolds to more than 1000 bytes")


def test_no_endless_stacks():
    data = b"x"
    for _ in range(MAX_CODINGS + 2):
        data = gzip.compress(data)
    assert len(unfold([b"gzip"] * (MAX_CODINGS + 2), data, ROOM).views) == MAX_CODINGS
