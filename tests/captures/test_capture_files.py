"""One file or many: each can be read alone, nothing is lost between them, and counters are of what was flushed."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.capture import open_capture
from captures.capture_files import MAX_PREAMBLE, CaptureFiles
from captures.pcapng_blocks import DECRYPTION_SECRETS, TLS_KEY_LOG
from captures.pcapng_building import block, interface_block, packet_block
from captures.rotation import Rotation
from captures.sources.model import Batch, Losses
from support.live import packets
from workbench.api import CaptureError

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


def batch(*datas: bytes) -> Batch:
    return Batch([packet_block(0, 1, data, len(data)) for data in datas], sum(map(len, datas)))


def started(tmp_path: Path, rotation: Rotation, clock: Clock | None = None) -> CaptureFiles:
    files = CaptureFiles(tmp_path / "x.pcapng", rotation, clock or Clock(), clock or Clock())
    files.describe(interface_block("eth0", 1, 262_144))
    assert not list(tmp_path.iterdir())
    files.begin()
    return files


def written(tmp_path: Path) -> list[list[bytes]]:
    return [packets(path) for path in sorted(tmp_path.glob("*.pcapng"))]


def test_without_rotation_there_is_one_file_of_that_name(tmp_path):
    files = started(tmp_path, Rotation())
    files.write(batch(b"a", b"bc"))
    assert (files.taken, files.packets) == (2, 0)
    files.flush()
    files.close()
    assert (files.taken, files.packets, files.wire_bytes, files.count) == (2, 2, 3, 1)
    assert files.path == tmp_path / "x.pcapng"
    assert files.size == files.path.stat().st_size
    assert written(tmp_path) == [[b"a", b"bc"]]


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=6), max_size=6), packets_each=st.integers(1, 4))
def test_rotation_by_packets_loses_none(tmp_path_factory, sizes, packets_each):
    folder = tmp_path_factory.mktemp("rotation")
    files = started(folder, Rotation(packets=packets_each))
    datas = [[bytes([number]) * size for size in group] for number, group in enumerate(sizes)]
    for group in datas:
        files.write(batch(*group))
    files.close()
    parts = written(folder)
    flat = [data for group in datas for data in group]
    assert parts == ([flat[at : at + packets_each] for at in range(0, len(flat), packets_each)] or [[]])


def test_rotation_by_size_ends_with_the_packet_that_reaches_it(tmp_path):
    files = started(tmp_path, Rotation(bytes=1000))
    files.write(batch(*[bytes(200)] * 12))
    files.close()
    paths = sorted(tmp_path.glob("*.pcapng"))
    assert [len(part) for part in written(tmp_path)][:2] == [4, 4]
    block_size = len(packet_block(0, 1, bytes(200), 200))
    for path in paths[:-1]:
        assert 1000 <= path.stat().st_size < 1000 + block_size


def test_rotation_by_time_waits_for_a_packet(tmp_path):
    clock = Clock()
    files = started(tmp_path, Rotation(seconds=10), clock)
    clock.now += 60 * SECOND
    files.write(batch(b"a"))
    assert files.count == 1
    clock.now += 9 * SECOND
    files.write(batch(b"b"))
    assert files.count == 2
    clock.now += 9 * SECOND
    files.write(batch(b"c"))
    files.close()
    assert written(tmp_path) == [[b"a"], [b"b", b"c"]]


def test_only_the_newest_files_stay(tmp_path):
    files = started(tmp_path, Rotation(packets=1, keep=2))
    files.write(batch(b"a", b"b", b"c", b"d"))
    files.flush()
    files.close()
    assert written(tmp_path) == [[b"c"], [b"d"]]
    assert (files.packets, files.count) == (4, 4)
    assert files.size > sum(path.stat().st_size for path in tmp_path.glob("*.pcapng"))


def test_a_file_that_cannot_be_removed_is_said(tmp_path, monkeypatch):
    files = started(tmp_path, Rotation(packets=1, keep=1))

    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(CaptureError, match="the oldest file cannot be removed: Operation not permitted"):
        files.write(batch(b"a", b"b", b"c"))
    files.close()


def test_each_file_has_what_its_packets_need(tmp_path):
    files = started(tmp_path, Rotation(packets=1))
    secret = b"CLIENT_RANDOM 00 00\n"
    files.describe(block(DECRYPTION_SECRETS, struct.pack("<II", TLS_KEY_LOG, len(secret)) + secret))
    assert files.describe(interface_block("lo", 1, 100)) == 1
    files.write(batch(b"a", b"b"))
    files.statistics({0: Losses(9, 2, interface_dropped=1), 1: Losses()})
    files.write(batch(b"c"))
    files.close()
    paths = sorted(tmp_path.glob("*.pcapng"))
    assert len(paths) == 3
    for path in paths:
        with open_capture(path) as capture:
            capture.grow()
            assert [interface.name for interface in capture.interfaces] == ["eth0", "lo"]
            assert capture.secrets == [secret]
    with open_capture(paths[1]) as capture:
        capture.grow()
        assert [(interface.received, interface.dropped) for interface in capture.interfaces] == [(9, 3), (-1, -1)]


def test_what_is_repeated_is_bounded(tmp_path):
    files = started(tmp_path, Rotation(packets=1))
    for _ in range(3):
        files.describe(block(DECRYPTION_SECRETS, struct.pack("<II", TLS_KEY_LOG, 3 << 20) + bytes(3 << 20)))
    files.write(batch(b"a", b"b"))
    files.close()
    first, second = sorted(tmp_path.glob("*.pcapng"))
    assert first.stat().st_size > 9 << 20
    assert second.stat().st_size < MAX_PREAMBLE + 1000


def test_what_the_disk_did_not_take_is_not_counted(tmp_path, monkeypatch):
    files = started(tmp_path, Rotation())
    files.flush()
    files.write(batch(b"a"))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(CaptureError, match="No space left"):
            files.flush()
    assert (files.taken, files.packets) == (1, 0)
    files.close()
    assert written(tmp_path) == [[]]
