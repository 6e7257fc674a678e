"""The foreign QUIC captures and our own samples through the fast lane: its lines are the decoders', whichever packets are skimmed."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.bulk import bulk_lines
from dissectors.paths import message_line
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, rows
from support.shared import ROOT
from workbench import registry
from workbench_http3.decoder import StreamDecoder
from workbench_quic.decoder import QuicDecoder

SAMPLES = sorted(path for name in ("quic*", "http3*") for path in (ROOT / "captures" / "samples").glob(f"{name}.pcapng"))


def captures() -> list[Path]:
    """All there are here."""
    index = FOLDER / "INDEX.tsv"
    foreign = [FOLDER / row["file"] for row in rows(index) if row["topic"] == "quic"] if index.exists() else []
    return [*SAMPLES, *foreign]


def lanes(path: Path) -> tuple[list[str], list[str]]:
    """The lines of the fast lane, and those of the decoders."""
    specs = registry.load().specs
    keys = path.with_name(f"{path.name}.keys")
    log = keys.read_bytes() if keys.exists() else b""
    with open_capture(path) as capture:
        slow = [
            message_line(message) for message in dissect(capture, specs, secrets=SecretStore(lambda: [*capture.secrets, log]))
        ]
        secrets = SecretStore(lambda: [*capture.secrets, log])
        runs = bulk_lines(capture, specs, decode_as=(), secrets=secrets, progress=lambda _: None)
        return [line for run in runs or () for line in run.split("\n")], slow


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.stem)
def test_both_lanes_say_the_same(path, monkeypatch):
    fast, slow = lanes(path)
    assert sorted(fast) == sorted(slow)
    random = Random(path.name)

    def sometimes(skim: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: skim(*values) if random.random() < 0.6 else None

    for decoder, slot in ((QuicDecoder, "skim_datagram"), (QuicDecoder, "skim"), (StreamDecoder, "skim")):
        monkeypatch.setattr(decoder, slot, sometimes(getattr(decoder, slot)))
    assert sorted(lanes(path)[0]) == sorted(slow)


def test_packets_of_a_recorded_transfer_are_skimmed(monkeypatch):
    taken: list[bool] = []
    take = QuicDecoder.skim_datagram

    def noted(self: QuicDecoder, *values: Any) -> Any:
        found = take(self, *values)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(QuicDecoder, "skim_datagram", noted)
    for path in SAMPLES:
        lanes(path)
    assert taken.count(True) >= 20
