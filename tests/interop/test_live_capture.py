"""Live capture under load, held to strangers: what blast says it sent, what tshark reads, what dumpcap and tcpdump catch.

The accounting is exact: every packet that was sent is in the file, or was reported as dropped. Root only.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from captures.capture import open_capture
from captures.live import LiveCapture, LiveCounters
from captures.sources import ring
from captures.sources.choice import KINDS, can_capture
from captures.sources.model import BUFFER, Wish
from support.blast import PORT, build_blast, sent, start_blast
from support.live import Pair, once, packets
from support.processes import is_gone
from support.shared import tool
from support.waiting import until

pytestmark = pytest.mark.skipif(bool(can_capture()) or os.geteuid() != 0, reason="only root may put load on packet sockets")

FILTER = f"udp port {PORT}"
BLOCK = 32 + 42 + 64 + 2
"""Bytes of a packet of blast's in a pcapng file."""


@pytest.fixture(scope="module")
def blast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_blast(tmp_path_factory.mktemp("blast"))


def counted(path: Path) -> int:
    """Packets in a file, as Wireshark's reader counts them; it has to come to the file's end."""
    done = subprocess.run([tool("capinfos"), "-T", "-r", "-M", "-c", str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout.split("\t")[-1])


def captured(blast: Path, path: Path, rate: int, *, buffer: int = BUFFER, source: str = "auto") -> tuple[int, LiveCounters]:
    """Capture everything that blast sends at a rate; returns what was sent and counted."""
    with LiveCapture([Wish(interface="lo", filter=FILTER, buffer=buffer)], path, source=source) as capture:
        process = start_blast(blast, rate, 2)
        counters = capture.run(lambda: process.poll() is not None)
        return sent(process), counters


def test_200_000_packets_a_second_are_not_lost(blast: Path, tmp_path: Path):
    path = tmp_path / "x.pcapng"
    count, counters = captured(blast, path, 200_000)
    assert (counters.packets, counters.dropped, counters.sources) == (count, 0, "ring")
    assert counted(path) == count


@pytest.mark.parametrize("rate", [400_000, 800_000, 2_000_000])
def test_where_dumpcap_loses_nothing_we_lose_nothing(blast: Path, tmp_path: Path, rate: int):
    """Both with the same room in the kernel; the last rate is as fast as this machine can send."""
    theirs, ours = tmp_path / "theirs.pcapng", tmp_path / "ours.pcapng"
    room = str(BUFFER >> 20)
    command = [tool("dumpcap"), "-q", "-B", room, "-i", "lo", "-f", FILTER, "-w", str(theirs)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as dumpcap:
        until(lambda: theirs.exists() and theirs.stat().st_size, "dumpcap's file")
        count = sent(start_blast(blast, rate, 1))
        patience = time.monotonic() + 3  # it writes every half second; what is not there by then was lost
        until(lambda: theirs.stat().st_size >= count * BLOCK or time.monotonic() > patience)
        dumpcap.send_signal(signal.SIGINT)
    lost = count - counted(theirs)
    if lost:
        pytest.skip(f"dumpcap itself lost {lost} of {count} packets")
    count, counters = captured(blast, ours, rate)
    assert (counters.packets, counters.dropped) == (count, 0)
    assert counted(ours) == count


def test_beyond_what_a_ring_holds_every_loss_is_reported(blast: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A ring of some megabytes that is read too slowly: what is not in the file was dropped, to the packet."""
    convert = ring.BlockConverter.convert

    def slowly(self: ring.BlockConverter, first: int, count: int) -> object:
        for _ in range(4):
            saved = self.scratch.copy()
            convert(self, first, count)
            self.scratch[:] = saved
        return convert(self, first, count)

    monkeypatch.setattr(ring.BlockConverter, "convert", slowly)
    path = tmp_path / "x.pcapng"
    count, counters = captured(blast, path, 2_000_000, buffer=8 << 20)
    assert counters.dropped > 0
    assert counters.ring_full > 0
    assert counters.packets + counters.dropped == counters.received == count
    assert counted(path) == counters.packets


def test_a_plain_socket_accounts_as_exactly(blast: Path, tmp_path: Path):
    path = tmp_path / "x.pcapng"
    count, counters = captured(blast, path, 1_000_000, buffer=1 << 20, source="socket")
    assert counters.packets + counters.dropped == counters.received == count
    assert counted(path) == counters.packets


@pytest.mark.parametrize("source", [kind.name for kind in KINDS])
def test_every_source_sees_the_same_packets(source: str, tmp_path: Path):
    """Whoever captures: the same bytes once each, in order, with lengths and nanosecond times."""
    if source in ("dumpcap", "tcpdump"):
        tool(source)
    path, stop = tmp_path / "x.pcapng", once()
    with Pair() as pair, LiveCapture([Wish(interface="lo", filter=pair.filter, snaplen=80)], path, source=source) as capture:
        for number in range(20):
            pair.send(b"packet %d " % number + bytes(number * 30))
        counters = capture.run(lambda: next(stop))
    found = packets(path)
    assert [data[42:].split()[1] for data in found] == [b"%d" % number for number in range(20)]
    assert max(map(len, found)) == 80
    assert (counters.packets, counters.dropped, counters.sources) == (20, 0, source)
    listed = [
        tool("tshark"),
        "-r",
        str(path),
        "-T",
        "fields",
        "-e",
        "frame.len",
        "-e",
        "frame.time_epoch",
        "-e",
        "frame.interface_name",
    ]
    lines = [line.split("\t") for line in subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()]
    lengths = [42 + len(b"packet %d " % number) + number * 30 for number in range(20)]
    assert [int(line[0]) for line in lines] == lengths
    assert [line[1] for line in lines] == sorted(line[1] for line in lines)
    assert {line[2] for line in lines} <= {"lo", "tcpdump"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte, in a mount of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def capturing(path: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workbench", "capture", "-i", "lo", "-f", FILTER, "-w", str(path), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("capturing on lo")
    return process


def test_a_full_disk_is_a_clear_stop(blast: Path, small_disk: Path):
    path = small_disk / "x.pcapng"
    process = capturing(path)
    load = start_blast(blast, 20_000, 5)
    _, said = process.communicate(timeout=60)
    load.kill()
    load.communicate()
    assert process.returncode == 2
    assert said.count("\n") == 2
    assert "No space left on device. Make room on the disk; what is in the file is whole" in said
    assert int(said.split()[0].replace(",", "")) == len(packets(path)) == counted(path) > 1000


@pytest.mark.parametrize("source", ["ring", "dumpcap"])
def test_what_a_killed_capture_had_on_the_screen_is_in_the_file(blast: Path, tmp_path: Path, source: str):
    if source == "dumpcap":
        tool(source)
    path = tmp_path / "x.pcapng"
    process = capturing(path, "--source", source)
    load = start_blast(blast, 20_000, 5)
    shown = until(lambda: path.stat().st_size > 500_000 and path.stat().st_size, "packets")
    process.kill()
    process.communicate()
    load.kill()
    load.communicate()
    assert path.stat().st_size >= shown
    assert len(packets(path)) == counted(path) > 1000


def test_killed_screens_end_the_capture_in_order(tmp_path: Path):
    """The process that shows is killed: the one that captures hears of it, writes what it has, and goes."""
    path = tmp_path / "x.pcapng"
    with Pair() as pair:
        script = (
            "import sys\nfrom captures.live import open_live\n"
            f"live = open_live('lo', {str(path)!r}, filter={pair.filter!r})\n"
            "print(live.pid, flush=True)\nsys.stdin.read()\n"
        )
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as screens:
            assert screens.stdout is not None
            recorder = int(screens.stdout.readline())
            pair.send(b"evidence", 50)
            screens.kill()
        until(lambda: is_gone(recorder), "the end of the recorder")
    assert len(packets(path)) == counted(path) == 50
    with open_capture(path) as capture:
        capture.grow()
        assert capture.interfaces[0].received == 50


def test_a_killed_dumpcap_is_said_and_its_packets_stay(blast: Path, tmp_path: Path):
    tool("dumpcap")
    path = tmp_path / "x.pcapng"
    process = capturing(path, "--source", "dumpcap")
    load = start_blast(blast, 20_000, 5)
    until(lambda: path.stat().st_size > 500_000, "packets")
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(child), 9)
    _, said = process.communicate(timeout=60)
    load.kill()
    load.communicate()
    assert process.returncode == 2
    assert "lo: dumpcap ended by itself" in said
    assert len(packets(path)) == counted(path) == int(said.split()[0].replace(",", ""))


def test_directions_are_as_wireshark_reads_them(tmp_path: Path):
    """All interfaces together: what is sent beyond the loopback is outbound, what arrives is inbound."""
    path, stop = tmp_path / "x.pcapng", once()
    with Pair() as pair, LiveCapture([Wish(interface="any", filter=pair.filter)], path) as capture:
        pair.send(b"hello")
        capture.run(lambda: next(stop))
    listed = [tool("tshark"), "-r", str(path), "-T", "fields", "-e", "frame.packet_flags_direction", "-e", "sll.pkttype"]
    assert subprocess.run(listed, capture_output=True, text=True, check=True).stdout == "0x00000001\t0\n"


def test_packets_go_to_tshark_through_a_pipe(blast: Path):
    command = [sys.executable, "-m", "workbench", "capture", "-i", "lo", "-f", FILTER, "-w", "-", "--packets", "500"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as capture:
        assert capture.stderr is not None
        assert capture.stderr.readline().startswith(b"capturing on lo")
        load = start_blast(blast, 5_000, 5)
        reader = [tool("tshark"), "-r", "-", "-T", "fields", "-e", "udp.dstport"]
        done = subprocess.run(reader, stdin=capture.stdout, capture_output=True, text=True, check=True)
        load.kill()
        load.communicate()
    assert done.stdout.split() == [str(PORT)] * 500


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "capturing needs the capability CAP_NET_RAW. Run it as root, or let dumpcap do it: sudo setcap cap_net_raw"),
        (("--source", "socket"), "capturing needs the capability CAP_NET_RAW. Run it as root, or allow this interpreter"),
        (("--source", "dumpcap"), "dumpcap may not capture. sudo setcap cap_net_raw,cap_net_admin+eip "),
        (("--source", "scapy"), "capturing needs the capability CAP_NET_RAW"),
    ],
)
def test_without_privileges_the_remedy_is_said(tmp_path: Path, words: tuple[str, ...], sentence: str):
    tool("dumpcap")
    without = [tool("setpriv"), "--inh-caps=-all", "--bounding-set=-net_raw,-net_admin"]
    command = [sys.executable, "-m", "workbench", "capture", "-i", "lo", "-w", str(tmp_path / "x.pcapng"), *words]
    done = subprocess.run([*without, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
    assert not list(tmp_path.iterdir())
