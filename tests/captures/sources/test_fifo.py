"""Pipes with and without writers."""

import io
import os
from pathlib import Path

import pytest

from captures.pcapng_writer import PcapngWriter
from captures.sources.fifo import FifoSource, is_stream
from captures.sources.model import Wish
from workbench.api import CaptureError, UsageError


def stream(*datas: bytes) -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file)
    writer.interface("far")
    for data in datas:
        writer.packet(5, data)
    return file.getvalue()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def open_source(path: Path) -> FifoSource:
    return FifoSource(Wish(interface=str(path)), lambda _: 0)


def test_names_and_streams_differ():
    assert is_stream("-")
    assert is_stream("/tmp/fifo")
    assert is_stream("./fifo")
    assert not is_stream("eth0.5")


def test_a_pipe_waits_for_its_writer_and_ends_with_it(fifo: Path):
    source = open_source(fifo)
    assert source.take() is None
    assert not source.over()
    writer = os.open(fifo, os.O_WRONLY)
    assert source.take() is None
    assert not source.over()
    data = stream(b"a", b"b")
    os.write(writer, data[:-5])
    batch = source.take()
    assert batch is not None
    assert len(batch.records) == 1
    os.write(writer, data[-5:])
    batch = source.take()
    assert batch is not None
    assert len(batch.records) == 1
    os.close(writer)
    assert source.take() is None
    assert source.over()
    assert source.take() is None
    assert list(source.losses()) == [0]
    source.close()
    source.close()


def test_a_stream_that_breaks_off_is_said(fifo: Path):
    source = open_source(fifo)
    writer = os.open(fifo, os.O_WRONLY)
    os.write(writer, stream(b"a")[:-5])
    os.close(writer)
    assert source.take() is not None
    with pytest.raises(CaptureError, match="the stream ends in the middle of a packet"):
        source.take()
    source.close()


def test_at_the_end_the_pipe_is_emptied(fifo: Path):
    source = open_source(fifo)
    writer = os.open(fifo, os.O_WRONLY)
    os.write(writer, stream(b"a", b"b")[:-5])
    source.finish()
    assert not source.over()
    batch = source.take()
    assert batch is not None
    assert len(batch.records) == 1
    assert source.take() is None
    assert source.over()
    os.close(writer)
    source.close()


def test_what_is_no_pipe_is_refused(tmp_path: Path):
    with pytest.raises(CaptureError, match=r"No such file or directory\. Make one: mkfifo"):
        open_source(tmp_path / "missing")
    (tmp_path / "x.pcapng").write_bytes(stream())
    with pytest.raises(UsageError, match=r"is no live source\. Read it with `workbench info"):
        open_source(tmp_path / "x.pcapng")
    with pytest.raises(UsageError, match="is no live source"):
        open_source(tmp_path)


def test_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch):
    leader, follower = os.openpty()
    monkeypatch.setattr(os, "dup", lambda _: follower)
    with pytest.raises(UsageError, match="stdin: is a terminal"):
        FifoSource(Wish(interface="-"), lambda _: 0)
    os.close(leader)


def test_a_capture_filter_is_refused(fifo: Path):
    with pytest.raises(UsageError, match="a capture filter is for network interfaces"):
        FifoSource(Wish(interface=str(fifo), filter="tcp"), lambda _: 0)
