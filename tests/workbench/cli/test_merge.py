import json
import subprocess
import sys

import pytest

from captures.capture import open_capture
from support.commands import workbench
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction


@pytest.fixture
def pair(tmp_path):
    frames = tcp_frames([(Direction.TO_SERVER, b"hello")])
    return write_pcap(tmp_path / "a.pcap", frames), write_pcap(tmp_path / "b.pcap", frames, step_ns=700_000)


def test_two_become_one(pair, tmp_path):
    done = workbench("merge", *pair, "-o", tmp_path / "c.pcapng", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["packets"] == sum(file["packets"] for file in told["files"])
    with open_capture(tmp_path / "c.pcapng") as capture:
        capture.grow()
        assert len(capture.index) == told["packets"]
        assert len(capture.interfaces) == 2


def test_an_input_is_never_overwritten(pair):
    before = pair[1].read_bytes()
    done = workbench("merge", *pair, "-o", pair[1])
    assert done.code == 2
    assert "would overwrite" in done.err
    assert pair[1].read_bytes() == before


def test_a_failure_leaves_nothing(pair, tmp_path):
    (tmp_path / "bad").write_text("no capture")
    done = workbench("merge", *pair, tmp_path / "bad", "-o", tmp_path / "c.pcapng")
    assert done.code == 2
    assert "bad: it is neither pcap" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pcap", "b.pcap", "bad"]


def test_to_a_pipe(pair, tmp_path):
    words = [sys.executable, "-m", "workbench", "merge", *map(str, pair), "-o", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    (tmp_path / "c").write_bytes(done.stdout)
    with open_capture(tmp_path / "c") as capture:
        assert capture.grow() > 0
