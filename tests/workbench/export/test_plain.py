import dataclasses
import io
from types import SimpleNamespace

import numpy as np
import pytest

from captures.capture import open_capture
from support.exported import toy_source
from workbench.api import UsageError
from workbench.export.plain import write


def test_the_same_packets_come_back(tmp_path):
    path = tmp_path / "out.pcap"
    with toy_source(tmp_path, "toy") as source:
        with path.open("wb") as out:
            assert write(source, out) == 3
        expected = [source.capture.packet(int(number)) for number in source.packets]
    with open_capture(path) as capture:
        capture.grow()
        found = [capture.packet(number) for number in range(1, len(capture.index) + 1)]
    assert [(packet.time_ns, packet.data) for packet in found] == [(packet.time_ns, packet.data) for packet in expected]


def test_nothing_selected_is_an_empty_capture(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        assert write(dataclasses.replace(source, packets=source.packets[:0]), out) == 0
    assert len(out.getvalue()) == 24


def test_two_link_types_do_not_fit(tmp_path):
    interfaces = [SimpleNamespace(link_type=1), SimpleNamespace(link_type=101)]
    index = SimpleNamespace(interface=np.array([0, 1]))
    capture = SimpleNamespace(path="x", interfaces=interfaces, index=index)
    with pytest.raises(UsageError, match=r"have 2: 1, 101.*pcapng"):
        write(SimpleNamespace(capture=capture, packets=np.array([1, 2])), io.BytesIO())
