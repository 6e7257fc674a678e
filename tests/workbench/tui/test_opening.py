import pytest

from support.terminal import SAMPLE
from workbench.api import CaptureError
from workbench.registry import Registry
from workbench.session import Session
from workbench.tui.opening import glance


def test_a_glance_has_the_rows_of_a_session():
    rows = glance(SAMPLE, 50)
    with Session.open(SAMPLE, Registry(())) as session:
        session.grow(50)
        assert len(rows) == 50
        assert [rows.row(number) for number in range(1, 51)] == [session.row(number) for number in range(1, 51)]
        assert rows.packet_stream(1) is None


def test_what_is_no_capture_is_refused(tmp_path):
    path = tmp_path / "text.pcap"
    path.write_text("this is no capture")
    with pytest.raises(CaptureError):
        glance(path, 5)
