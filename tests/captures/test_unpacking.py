import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import unpacking as module
from captures.capture import open_capture
from captures.unpacking import maybe_packed, unpack
from support.pcap import tcp_frames, write_pcap
from support.shared import tool
from workbench.api import CaptureError, Direction

zstandard = pytest.importorskip("zstandard")

SKIPPABLE = bytes.fromhex("502a4d18 03000000") + b"abc"


def _unpacked(path: Path) -> tuple[bytes, str]:
    packed = os.open(path, os.O_RDONLY)
    try:
        unpacker = maybe_packed(path.read_bytes()[:4])
        assert unpacker is not None
        unpacked, warning = unpack(packed, path, unpacker)
        try:
            return os.pread(unpacked, 1 << 24, 0), warning
        finally:
            os.close(unpacked)
    finally:
        os.close(packed)


def _given(tmp_path: Path, content: bytes) -> tuple[bytes, str]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return _unpacked(path)


def test_what_is_not_compressed_is_left_alone():
    for head in (b"", b"\x1f", b"\x0a\x0d\x0d\x0a", b"\x60\x2a\x4d\x18", b"\x28\xb5\x2f"):
        assert maybe_packed(head) is None


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_members_follow_each_other(tmp_path, monkeypatch, compress):
    monkeypatch.setattr(module, "_STEP", 7)
    monkeypatch.setattr(module, "_SMALL_STEP", 3)
    assert _given(tmp_path, compress(b"one") + compress(b"") + compress(b"two" * 20)) == (b"one" + b"two" * 20, "")


def test_zeros_behind_gzip_members_are_padding(tmp_path):
    packed = gzip.compress(b"one") + bytes(50) + gzip.compress(b"two") + bytes(20)
    assert _given(tmp_path, packed) == (b"onetwo", "")


def test_skippable_frames_hold_nothing(tmp_path):
    assert _given(tmp_path, SKIPPABLE + zstandard.compress(b"one") + SKIPPABLE) == (b"one", "")


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_garbage_behind_the_compressed_data_is_told(tmp_path, compress):
    content, warning = _given(tmp_path, compress(b"content") + b"garbage, not packed")
    assert content == b"content"
    assert "damaged after 7 unpacked bytes" in warning


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_file_that_was_cut_gives_what_is_there(tmp_path, compress):
    before = os.urandom(500_000)
    content, warning = _given(tmp_path, compress(before)[:-10_000])
    assert before.startswith(content)
    assert len(content) > 250_000
    assert "ends in the middle" in warning


@given(st.binary(min_size=1, max_size=3000), st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_file_never_raises(tmp_path_factory, content, place, value):
    # a bit of damage gives some content and perhaps a warning, nothing else
    folder = tmp_path_factory.mktemp("damaged")
    for compress in (gzip.compress, zstandard.compress):
        packed = bytearray(compress(content))
        packed[4 + place % (len(packed) - 4)] = value
        assert isinstance(_given(folder, bytes(packed))[0], bytes)


@pytest.mark.parametrize(("compress", "program"), [(gzip.compress, "gunzip"), (zstandard.compress, "unzstd")])
def test_a_file_may_not_unpack_to_anything(tmp_path, monkeypatch, compress, program):
    monkeypatch.setattr(module, "MAX_UNPACKED", 4999)
    with pytest.raises(CaptureError, match=f"unpacks to more than 4999 bytes.*{program}"):
        _given(tmp_path, compress(bytes(5000)))


def test_a_bomb_comes_in_small_pieces(tmp_path):
    path = tmp_path / "bomb.zst"
    path.write_bytes(zstandard.compress(bytes(100 << 20)))
    packed = os.open(path, os.O_RDONLY)
    try:
        sizes = [len(piece) for piece in module._from_zstandard(packed, path)]
    finally:
        os.close(packed)
    assert sum(sizes) == 100 << 20
    assert max(sizes) <= 64 << 20


def test_without_the_library_the_remedy_is_said(tmp_path):
    (tmp_path / "x.pcap.zst").write_bytes(zstandard.compress(b"content"))
    code = "import sys; sys.modules['zstandard'] = None; from workbench.__main__ import entry; sys.exit(entry())"
    words = [sys.executable, "-c", code, "info", str(tmp_path / "x.pcap.zst")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "protocol-workbench[zstd]" in done.stderr
    assert "unzstd x.pcap.zst" in done.stderr


def test_captures_that_zstd_and_gzip_packed(tmp_path):
    capture = write_pcap(tmp_path / "x.pcap", tcp_frames([(Direction.TO_SERVER, b"hello")]))
    subprocess.run([tool("zstd"), "-q", "--long=27", str(capture)], check=True)
    subprocess.run([tool("gzip"), "-k", str(capture)], check=True)
    with open_capture(capture) as plain:
        plain.grow()
        for suffix in (".zst", ".gz"):
            with open_capture(f"{capture}{suffix}") as packed:
                packed.grow()
                assert packed.warnings == []
                assert packed.index.time_ns.tolist() == plain.index.time_ns.tolist()
                assert packed.data(4) == plain.data(4)
