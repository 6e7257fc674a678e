"""`tcp.analysis.*` of every packet against the tshark that is installed: foreign captures, and connections with all kinds of trouble."""

import csv
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from captures import open_capture
from captures.tcp_analysis import FLAG_FIELDS, NUMBER_FIELDS, TIME_FIELDS, tcp_analysis
from support.pcap import write_pcap
from support.shared import share, shared_captures, tool
from support.tcp_trouble import BEGIN_NS, Talk, frame

EXPLAINED = Path(__file__).with_name("explained_tcp_analysis.tsv")
FIELDS = (*FLAG_FIELDS, *NUMBER_FIELDS, *TIME_FIELDS)
PARTS = 16
"""So many tests share the captures: a run of tshark for each takes its time."""
SEEDS = range(6)


def _theirs(path: Path) -> Iterator[list[int]]:
    """For each packet one number for each field, 0 for none; None for what tshark gave up on."""
    words = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", "-e", "_ws.malformed"]
    words += [word for name in FIELDS for word in ("-e", name)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    for line in done.stdout.splitlines():
        malformed, *cells = line.split("\t")
        yield [] if malformed else [_number(name, cell) for name, cell in zip(FIELDS, cells, strict=True)]


def _number(name: str, cell: str) -> int:
    if not cell or name in FLAG_FIELDS:
        return int(bool(cell))
    if name not in TIME_FIELDS:
        return int(cell)
    whole, _, rest = cell.lstrip("-").partition(".")
    value = int(whole) * 1_000_000_000 + int(rest.ljust(9, "0")[:9])
    return -value if cell.startswith("-") else value


def _ours(path: Path) -> list[list[int]]:
    with open_capture(path) as capture:
        capture.grow()
        analysis = tcp_analysis(capture.index)
        flags = [analysis.flagged(name).astype(int).tolist() for name in FLAG_FIELDS]
        numbers = [analysis.values(name)[0].tolist() for name in (*NUMBER_FIELDS, *TIME_FIELDS)]
    return [list(row) for row in zip(*flags, *numbers, strict=True)]


def _compare(path: Path, label: str, explained: frozenset[tuple[str, str, str]], seen: Counter[str]) -> list[str]:
    wrong = []
    for number, (theirs, ours) in enumerate(zip(_theirs(path), _ours(path), strict=True), 1):
        for name, expected, got in zip(FIELDS, theirs, ours, strict=False):
            seen[name] += bool(expected)
            known = {(label, place, name) for place in (str(number), "*")} & explained
            if expected != got and not known:
                wrong.append(f"{label} #{number} {name}: {expected} is not {got}")
    return wrong


@pytest.mark.timeout(900)  # tshark starts for each capture, and starts slowly where others work, too
@pytest.mark.parametrize("part", range(PARTS))
def test_foreign_captures(part):
    folder = shared_captures()
    with EXPLAINED.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert all(row["reason"] for row in rows)
    explained = frozenset((row["file"], row["packet"], row["field"]) for row in rows)
    with (folder / "INDEX.tsv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for name in share(names, part, PARTS):
        with open_capture(folder / name) as capture:
            capture.grow()
            has_tcp = capture.index.stream_count("tcp") > 0
        if has_tcp:
            wrong += _compare(folder / name, name, explained, seen)
    assert not wrong, "\n".join(wrong[:40])
    assert seen


@pytest.mark.parametrize("trouble", [0.02, 0.3])
@pytest.mark.parametrize("seed", SEEDS)
def test_connections_in_trouble(tmp_path, seed, trouble):
    choose = Random(seed)
    timed = []
    for number in range(60):
        for sent, blocks in Talk(choose, trouble).packets(60):
            timed.append((sent.time_ns, frame(sent, blocks, 10_000 + number)))
    path = _write(tmp_path / "talk.pcap", timed)
    seen: Counter[str] = Counter()
    assert not _compare(path, "made up", frozenset(), seen)
    rare = ("tcp.analysis.fast_retransmission", "tcp.analysis.zero_window_probe_ack")
    assert not [name for name in FIELDS if not seen[name] and name not in rare] or trouble < 0.1


def _write(path: Path, timed: list[tuple[int, bytes]]) -> Path:
    """A capture whose times are those given, not evenly spaced ones."""
    write_pcap(path, [data for _, data in timed])
    content = bytearray(path.read_bytes())
    at = 24
    for time_ns, data in timed:
        assert time_ns >= BEGIN_NS
        seconds, rest = divmod(time_ns, 1_000_000_000)
        content[at : at + 8] = seconds.to_bytes(4, "little") + rest.to_bytes(4, "little")
        at += 16 + len(data)
    path.write_bytes(content)
    return path
