"""The cases notice a server that uses more of our table than it may."""

from support.http3_server import always, failing
from workbench.api import StreamData
from workbench_http3.checks.responses import CHECKS
from workbench_http3.server_packing import FieldEncoder, pack
from workbench_http3.server_sender import ENCODER
from workbench_http3.server_session import Session

ALL = {check.name for check in CHECKS}


def test_instructions_for_no_table(monkeypatch):
    proper = Session.greet

    def greet(self):
        proper(self)
        self._sender.put(StreamData(ENCODER, b"\x3f\x01"))

    monkeypatch.setattr(Session, "greet", greet)
    assert failing(CHECKS) == {"encoder-no-table", "stream-cancellation"}


def test_references_to_nothing(monkeypatch):
    monkeypatch.setattr(FieldEncoder, "encode", lambda _, __, fields: (b"", b"\x02\x00\x80" + pack(fields)[2:]))
    assert failing(CHECKS) == ALL


def test_references_that_are_too_bold(monkeypatch):
    monkeypatch.setattr(FieldEncoder, "_may_wait", always(True))
    assert failing(CHECKS) == {"encoder-no-blocking"}


def test_a_table_that_is_overfilled(monkeypatch):
    proper = FieldEncoder.allow
    monkeypatch.setattr(FieldEncoder, "allow", lambda self, capacity, streams: proper(self, max(capacity, 4096), streams))
    assert failing(CHECKS) >= {"encoder-no-table", "encoder-small-table"}


def test_a_wrong_index(monkeypatch):
    proper = FieldEncoder._section
    monkeypatch.setattr(FieldEncoder, "_section", lambda self, fields, used, required: proper(self, fields, used, required + 9))
    assert failing(CHECKS) == {"encoder-with-table", "encoder-small-table"}


def test_cancellations(monkeypatch):
    def strict(self, data):
        if data:
            raise ValueError("no more of this")

    monkeypatch.setattr(FieldEncoder, "receive", strict)
    assert "stream-cancellation" in failing(CHECKS)
