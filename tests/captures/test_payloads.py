"""The many-at-once way gives what the one-at-a-time way gives."""

from pathlib import Path

import numpy as np
import pytest

import captures.payloads
from captures.capture import Capture, open_capture
from captures.payloads import batches, payloads
from captures.pcapng_writer import PcapngWriter
from captures.synthesis import TcpConversation, udp_frame
from workbench.api import Direction, Endpoint

CLIENT, SERVER = Endpoint("192.0.2.1", 4000), Endpoint("192.0.2.2", 80)


def fragments(frame: bytes, size: int) -> list[bytes]:
    """An IPv4 frame as fragments of `size` bytes (RFC 791 3.2); their header checksums are left as they were."""
    header, payload = frame[14:34], frame[34:]
    parts = []
    for start in range(0, len(payload), size):
        more = 0x2000 if start + size < len(payload) else 0
        piece = payload[start : start + size]
        changed = header[:2] + (20 + len(piece)).to_bytes(2, "big") + b"\x00\x07" + (more | start // 8).to_bytes(2, "big")
        parts.append(frame[:14] + changed + header[8:] + piece)
    return parts


@pytest.fixture
def capture(tmp_path: Path):
    frames = TcpConversation(CLIENT, SERVER, mss=50).open()
    frames += [udp_frame(CLIENT, SERVER, bytes([number]) * number) for number in range(1, 60)]
    frames += fragments(udp_frame(CLIENT, SERVER, b"0123456789" * 30), 104)
    frames += TcpConversation(CLIENT, SERVER, initial=(5, 6)).send(Direction.TO_SERVER, bytes(range(256)) * 20)
    with (tmp_path / "p.pcapng").open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("test")
        for number, frame in enumerate(frames):
            writer.packet(number, frame[:60] if number % 11 == 0 else frame, original_length=len(frame))
    with open_capture(tmp_path / "p.pcapng") as opened:
        opened.grow()
        yield opened


def rows(capture: Capture) -> np.ndarray:
    return np.flatnonzero(capture.index.stream >= 0)


@pytest.mark.parametrize(("near", "read"), [(16_384, 4 << 20), (0, 4 << 20), (16_384, 100)])
def test_equals_reading_one_by_one(capture: Capture, monkeypatch: pytest.MonkeyPatch, near: int, read: int):
    monkeypatch.setattr(captures.payloads, "NEAR", near)
    monkeypatch.setattr(captures.payloads, "READ", read)
    chosen = rows(capture)
    found = payloads(capture, chosen)
    assert found == [capture.payload(int(row) + 1) for row in chosen]
    assert b"0123456789" * 30 in found
    assert payloads(capture, chosen[1::3]) == found[1::3]
    assert payloads(capture, chosen[:0]) == []


def test_batches_are_bounded_by_rows_and_bytes(capture: Capture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(captures.payloads, "BATCH_ROWS", 20)
    monkeypatch.setattr(captures.payloads, "BATCH_BYTES", 300)
    chosen = rows(capture)
    parts = batches(capture, chosen)
    assert np.concatenate(parts).tolist() == chosen.tolist()
    assert max(map(len, parts)) <= 20
    largest = int(capture.index.payload_length.max())
    assert all(capture.index.payload_length[part].sum() <= 300 + largest for part in parts)
    assert len(parts) > len(chosen) // 20 + 1
