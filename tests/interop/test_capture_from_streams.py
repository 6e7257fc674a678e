"""Foreign captures, sent through a pipe in pieces, are in our file what they are when they are opened."""

import time
from pathlib import Path
from random import Random

from captures.capture import Capture, open_capture
from captures.capture_files import CaptureFiles
from captures.marks import TIMELESS
from captures.rotation import Rotation
from captures.sources.pcap_stream import MAGICS
from captures.sources.pcapng_stream import MAGIC
from captures.sources.streams import PacketStream
from support.shared import shared_captures
from workbench.api import CaptureError

LARGEST = 500_000
"""Bytes of a capture that is worth sending through: what larger ones have to tell, smaller ones tell, too."""


def sent(path: Path, target: Path, random: Random) -> bool:
    """Send a capture through a stream into a file of ours; False where the stream was refused or broke off."""
    data = path.read_bytes()
    files = CaptureFiles(target, Rotation(), time.time_ns, time.monotonic_ns)
    stream = PacketStream("pipe", files.describe)
    files.begin()
    at, whole = 0, True
    try:
        while at < len(data):
            size = random.randint(1, 200_000)
            files.write(stream.feed(data[at : at + size]))
            at += size
    except CaptureError:
        whole = False
    files.close()
    return whole and not stream.pending


def content(capture: Capture) -> list[tuple[object, ...]]:
    """What every packet says; packets without a time say none."""
    index = capture.index
    while capture.grow():
        pass
    packets = [capture.packet(number) for number in range(1, len(index) + 1)]
    timeless = (index.flags & TIMELESS != 0).tolist()
    return [
        (packet.data, packet.original_length, packet.link_type, None if none else packet.time_ns, packet.comments)
        for packet, none in zip(packets, timeless, strict=True)
    ]


def test_every_capture_goes_through_a_pipe(tmp_path: Path):
    random, compared = Random(7), 0
    differing = []
    for path in sorted(shared_captures().rglob("*")):
        if not path.is_file() or not 24 < path.stat().st_size < LARGEST:
            continue
        with path.open("rb") as file:
            if file.read(4) not in {MAGIC, *MAGICS}:
                continue
        target = tmp_path / "x.pcapng"
        if not sent(path, target, random):
            continue
        with open_capture(path) as theirs, open_capture(target) as ours:
            expected, found = content(theirs), content(ours)
        timed = [(*row[:3], wanted[3] and row[3], row[4]) for row, wanted in zip(found, expected, strict=False)]
        compared += 1
        if len(found) != len(expected) or timed != expected:
            differing.append(path.name)
    assert compared > 300
    assert differing == []
