"""Content codings undone, never to more than is allowed."""

import gzip
import zlib

import pytest

from workbench_http2.codings import unfold

BOMB = gzip.compress(bytes(1_000_000), mtime=0)


def test_no_view_is_longer_than_the_room():
    found = unfold([b"gzip"], BOMB, 5_000)
    assert len(found.views[0].data) == 5_000
    assert "unfolds to more than 5000 bytes" in found.trouble


@pytest.mark.parametrize("size", [0, 1, 4_095, 200_000])
def test_there_and_back(size):
    plain = bytes(range(256)) * (size // 256 + 1)
    plain = plain[:size]
    for coding, packed in ((b"gzip", gzip.compress(plain, mtime=0)), (b"deflate", zlib.compress(plain))):
        found = unfold([coding], packed, 1 << 24)
        assert (found.trouble, b"".join(view.data for view in found.views)) == ("", plain)


def test_unknown_codings_stop_the_undoing():
    found = unfold([b"gzip", b"zstd"], b"x", 100)
    assert (found.views, found.unknown) == ((), True)


def test_identity_is_nothing():
    assert unfold([b"identity"], b"x", 100).views == ()
