"""The relay in a process of its own; what it records is in `test_loop`."""

import pytest

from captures.tap import open_tap
from workbench.api import CaptureError, Endpoint, UsageError

ANY, SOMEWHERE = Endpoint("127.0.0.1", 0), Endpoint("127.0.0.1", 9)


def test_it_tells_its_port_and_ends_in_order(tmp_path):
    with open_tap(ANY, SOMEWHERE, tmp_path / "t.pcapng") as tap:
        assert tap.counters.port > 0
        assert tap.stop().frames == 0
    assert (tmp_path / "t.pcapng").stat().st_size > 0


def test_permission_is_passed_on(tmp_path):
    far = Endpoint("192.0.2.1", 80)
    with pytest.raises(UsageError, match="not on this machine"):
        open_tap(ANY, far, tmp_path / "t.pcapng")
    with open_tap(ANY, far, tmp_path / "t.pcapng", allow_remote=True) as tap:
        assert tap.counters.port > 0


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(CaptureError, match="cannot be written"):
        open_tap(ANY, SOMEWHERE, tmp_path / "missing" / "t.pcapng")
