"""The cases notice a server that uses more of our table than it may."""

import pylsqpack

from support.http3_server import failing
from workbench.api import StreamData
from workbench_http3 import server_sender
from workbench_http3.checks.responses import CHECKS
from workbench_http3.names import Setting
from workbench_http3.server_packing import Acknowledgments, pack
from workbench_http3.server_session import ENCODER, Session


def test_instructions_for_no_table(monkeypatch):
    proper = Session.greet

    def greet(self):
        proper(self)
        self._sender.put(StreamData(ENCODER, b"\x3f\x01"))

    monkeypatch.setattr(Session, "greet", greet)
    assert failing(CHECKS) == {check.name for check in CHECKS} - {
        "encoder-with-table",
        "encoder-small-table",
        "encoder-no-blocking",
    }


def test_references_to_nothing(monkeypatch):
    monkeypatch.setattr(server_sender, "pack", lambda fields: b"\x02\x00\x80" + pack(fields)[2:])
    assert failing(CHECKS) == {check.name for check in CHECKS}


class Encoding(Session):
    """Uses the client's table as if every client were patient: `blocked` is how many streams it believes may wait."""

    blocked = 16
    proper = Session.take

    def take(self, frame):
        self.proper(frame)
        if self.control.settings and not hasattr(self, "encoder"):
            self.encoder = pylsqpack.Encoder()
            room = self.control.settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0)
            self._sender.put(StreamData(ENCODER, self.encoder.apply_settings(room, self.blocked)))


def use_table(monkeypatch, blocked: int) -> None:
    """The server encodes with a dynamic table."""

    def fields(self, stream, pairs, *, end=False):
        session = self._finished.__closure__[0].cell_contents._session
        if not hasattr(session, "encoder"):
            section = pack(pairs)
        else:
            said, section = session.encoder.encode(stream.number, list(pairs))
            self.put(StreamData(ENCODER, said))
        self._bytes(stream, server_sender.build(1, section), end)

    monkeypatch.setattr(Session, "take", Encoding.take)
    monkeypatch.setattr(Session, "proper", Encoding.proper, raising=False)
    monkeypatch.setattr(Session, "blocked", blocked, raising=False)
    monkeypatch.setattr(server_sender.Sender, "_fields", fields)
    monkeypatch.setattr(Acknowledgments, "receive", lambda *_: None)


def test_a_table_that_is_used(monkeypatch):
    use_table(monkeypatch, 16)
    assert failing(CHECKS) == {"encoder-no-blocking"}


def test_cancellations(monkeypatch):
    def strict(self, data):
        raise ValueError("no more of this")

    monkeypatch.setattr(Acknowledgments, "receive", lambda self, data: strict(self, data) if data else None)
    assert failing(CHECKS) == {"stream-cancellation"}
