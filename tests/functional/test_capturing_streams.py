"""`workbench capture` as a process, fed by a pipe, so that no privileges are needed: ends, rotation, full disks, kills, pipes out."""

import io
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from captures.capture import open_capture
from captures.pcapng_writer import PcapngWriter
from support.live import packets
from support.waiting import until

COMMAND = [sys.executable, "-m", "workbench", "capture", "-i", "-"]


def stream(first: int, count: int, *, head: bool = True) -> bytes:
    """A pcapng stream of numbered packets; without its head, the continuation of one."""
    file = io.BytesIO()
    writer = PcapngWriter(file)
    writer.interface("far away")
    begun = 0 if head else file.tell()
    for number in range(first, first + count):
        writer.packet(number, b"packet %d" % number)
    return file.getvalue()[begun:]


@contextmanager
def capturing(*words: object, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    process = subprocess.Popen([*COMMAND, *map(str, words)], **pipes)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def numbers(path: Path) -> list[int]:
    return [int(data.split()[1]) for data in packets(path)]


def test_a_stream_is_written_until_it_ends(tmp_path: Path):
    path = tmp_path / "x.pcapng"
    with capturing("-w", path) as process:
        _, said = process.communicate(stream(0, 1000), timeout=30)
    assert process.returncode == 0
    assert said.decode().splitlines()[-1].startswith("1,000 packets, ")
    assert numbers(path) == list(range(1000))
    with open_capture(path) as capture:
        capture.grow()
        assert [interface.name for interface in capture.interfaces] == ["far away"]


def test_the_number_of_packets_is_exact_and_stdout_takes_them():
    with capturing("-w", "-", "--packets", 7) as process:
        out, said = process.communicate(stream(0, 1000), timeout=30)
    assert process.returncode == 0
    assert said.decode().splitlines()[-1].startswith("7 packets, ")
    assert out.count(b"packet ") == 7


def test_rotation_keeps_the_newest_packets(tmp_path: Path):
    with capturing("-w", tmp_path / "x.pcapng", "--rotate-packets", 100, "--keep", 2) as process:
        _, said = process.communicate(stream(0, 1050), timeout=30)
    assert process.returncode == 0
    assert "1,050 packets" in said.decode()
    assert "in 11 files" in said.decode()
    first, second = sorted(tmp_path.iterdir())
    assert (numbers(first), numbers(second)) == (list(range(900, 1000)), list(range(1000, 1050)))


def test_a_file_that_may_not_grow_is_a_clear_stop(tmp_path: Path):
    """What the limit allows is in the file, whole, and no packet more was counted."""
    path = tmp_path / "x.pcapng"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with capturing("-w", path, preexec_fn=limit) as process:
        _, said = process.communicate(stream(0, 20_000), timeout=30)
    told, sentence = said.decode().splitlines()[-2:]
    assert process.returncode == 2
    assert "File too large. Make room on the disk; what is in the file is whole" in sentence
    found = numbers(path)
    assert found == list(range(len(found)))
    assert f"{len(found):,} packets, " in told
    assert "; nobody says what was lost, " in told
    assert told.endswith(" taken but not written")
    assert path.stat().st_size > 99_000


def test_a_reader_that_goes_away_is_said():
    with capturing("-w", "-") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.stdin is not None
        process.stdin.write(stream(0, 10))
        process.stdin.flush()
        assert process.wait(30) == 2
        assert process.stderr is not None
        assert b"Broken pipe. Keep the reader of the pipe running" in process.stderr.read()


def test_what_was_on_the_screen_is_in_the_file_after_a_kill(tmp_path: Path):
    path = tmp_path / "x.pcapng"
    leader, follower = os.openpty()
    with capturing("-w", path, stderr=follower) as process:
        os.close(follower)
        assert process.stdin is not None
        process.stdin.write(stream(0, 10))
        shown, screen, sent = 0, b"", 10

        def seen() -> bool:
            nonlocal shown, screen, sent
            process.stdin.write(stream(sent, 100, head=False))
            process.stdin.flush()
            sent += 100
            os.set_blocking(leader, False)
            try:
                screen += os.read(leader, 65_536)
            except BlockingIOError:
                return False
            counts = re.findall(rb"([\d,]+) packets, ", screen)
            shown = int(counts[-1].replace(b",", b"")) if counts else 0
            return shown > 10

        until(seen, "counters on the screen", 30.0)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    os.close(leader)
    found = numbers(path)
    assert found == list(range(len(found)))
    assert len(found) >= shown


def test_a_stream_that_is_none_is_one_sentence(tmp_path: Path):
    with capturing("-w", tmp_path / "x.pcapng") as process:
        _, said = process.communicate(b"GET / HTTP/1.1\r\n\r\n", timeout=30)
    assert process.returncode == 2
    assert (
        said.decode()
        .splitlines()[-1]
        .startswith("workbench: stdin: it begins with 47 45 54 20, which is neither pcap nor pcapng")
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_end_is_an_orderly_end(tmp_path: Path, number: signal.Signals):
    path = tmp_path / "x.pcapng"
    with capturing("-w", path) as process:
        assert process.stdin is not None
        process.stdin.write(stream(0, 5))
        process.stdin.flush()
        until(lambda: path.exists() and path.stat().st_size and len(packets(path)) == 5, "the packets")
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read().decode().splitlines()[-1].startswith("5 packets, ")
