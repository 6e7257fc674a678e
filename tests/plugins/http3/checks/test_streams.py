"""The cases notice a server that loses track of unidirectional streams."""

from support.http3_server import always, failing
from workbench.api import StreamData
from workbench_http3 import server_incoming, server_session
from workbench_http3.checks.streams import CHECKS
from workbench_http3.names import StreamType
from workbench_http3.server_control import Control
from workbench_http3.server_cutter import Fate
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode, goaway, settings


def test_the_end_of_what_must_stay(monkeypatch):
    monkeypatch.setattr(server_incoming.Incoming, "end", always(None))
    assert failing(CHECKS) == {
        f"{name}-{how}" for name in ("control", "qpack-encoder", "qpack-decoder") for how in ("ended", "reset")
    }


def test_streams_that_come_twice(monkeypatch):
    proper = server_incoming.Incoming._name

    def name(self, number, data):
        for other in [other for other, kind in self._named.items() if data[:1] == bytes((kind,))]:
            del self._named[other]
        return proper(self, number, data)

    monkeypatch.setattr(server_incoming.Incoming, "_name", name)
    assert failing(CHECKS) == {"control-second", "qpack-encoder-second", "qpack-decoder-second"}


def test_pushes_of_clients(monkeypatch):
    proper = server_incoming.Incoming._name
    monkeypatch.setattr(
        server_incoming.Incoming, "_name", lambda self, number, data: proper(self, number, data.replace(b"\1", b"\x21", 1))
    )
    assert failing(CHECKS) == {"push-by-client"}


def test_unknown_streams(monkeypatch):
    def refuse(*_):
        raise ConnectionFault(ErrorCode.H3_STREAM_CREATION_ERROR, "nobody knows it")

    monkeypatch.setattr(server_incoming.Budgets, "spend", refuse)
    assert failing(CHECKS) == {"unknown-stream", "unknown-stream-ended", "unknown-stream-reset"}


def test_settings_that_need_not_come_first(monkeypatch):
    monkeypatch.setattr(Control, "_admit", always(Fate.SKIPPED))
    assert failing(CHECKS) == {"control-without-settings", "control-reserved-first", "control-data-first"}


def greeting(*frames: StreamData):
    def greet(self):
        for frame in frames:
            self._sender.put(frame)

    return greet


def test_what_the_server_opens(monkeypatch):
    opened = StreamData(3, b"\0" + settings())
    cases = {
        "settings-unprompted": (StreamData(3, b"\0" + goaway(0) + settings()),),
        "streams-one-of-each": (opened, StreamData(7, b"\2"), StreamData(11, b"\2")),
        "streams-no-bidirectional": (opened, StreamData(1, b"\0\0")),
        "push-not-allowed": (opened, StreamData(7, bytes((StreamType.PUSH, 0)))),
    }
    for name, frames in cases.items():
        monkeypatch.setattr(server_session.Session, "greet", greeting(*frames))
        assert failing(CHECKS) == {name}
