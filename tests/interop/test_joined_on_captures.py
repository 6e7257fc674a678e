"""Real captures of every kind: streams that are joined by columns are what reassembly delivers packet by packet."""

import pytest

from captures.capture import open_capture
from support.joined import compare_with_reassembly
from support.shared import shared_captures
from workbench.api import CaptureError


def test_every_undisturbed_stream_of_every_capture():
    folder = shared_captures()
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".pcap", ".pcapng") and "oracle" not in path.parts)
    joined = 0
    for path in files:
        try:
            with open_capture(path) as capture:
                capture.grow()
                joined += compare_with_reassembly(capture)
        except CaptureError:
            continue
        except AssertionError as difference:
            pytest.fail(f"{path.name}: {difference}")
    assert joined > 400
