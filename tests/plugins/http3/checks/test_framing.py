"""The cases notice a server that takes frames wherever they come, or none that it does not know."""

from support.http3_server import always, failing
from workbench_http3 import server_control, server_reading
from workbench_http3.checks.framing import CHECKS
from workbench_http3.names import HTTP2_FRAMES, Type
from workbench_http3.server_cutter import Cutter, Fate
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_reading import Reading

HTTP2 = {name.lower().replace("_", "-") for name in HTTP2_FRAMES.values()}


def test_frames_that_belong_elsewhere(monkeypatch):
    monkeypatch.setattr(server_reading, "_ELSEWHERE", frozenset())
    assert failing(CHECKS) == {f"request-http2-{name}" for name in HTTP2} | {
        f"request-{name}" for name in ("cancel-push", "settings", "push-promise", "goaway", "max-push-id")
    }
    monkeypatch.undo()
    monkeypatch.setattr(server_control, "_ELSEWHERE", frozenset())
    assert failing(CHECKS) == {f"control-http2-{name}" for name in HTTP2} | {
        "control-data",
        "control-headers",
        "control-push-promise",
    }


def test_order(monkeypatch):
    fates = {Type.DATA: Fate.PIECES, Type.HEADERS: Fate.WHOLE}
    proper = Reading.admit
    monkeypatch.setattr(Reading, "admit", lambda self, stream, kind, size: fates.get(kind) or proper(self, stream, kind, size))
    assert failing(CHECKS) >= {"data-before-headers", "headers-behind-trailers", "data-behind-trailers"}


def test_no_unknown_frames(monkeypatch):
    proper = Reading.admit

    def admit(self, stream, kind, size):
        if kind not in (Type.DATA, Type.HEADERS):
            raise ConnectionFault(ErrorCode.H3_FRAME_UNEXPECTED, "what is that")
        return proper(self, stream, kind, size)

    monkeypatch.setattr(Reading, "admit", admit)
    assert {name for name in failing(CHECKS) if name.startswith("unknown-frame")} == {
        f"unknown-frame-{where}" for where in ("first", "between", "last", "empty", "large")
    }


def test_ends_inside_frames(monkeypatch):
    monkeypatch.setattr(Cutter, "inside", property(lambda _: False))
    assert {name for name in failing(CHECKS) if name.startswith("cut-off")} == {
        f"cut-off-{what}" for what in ("headers", "data", "unknown", "head")
    }


def test_numbers_of_the_wrong_size(monkeypatch):
    proper = server_control.Control._admit

    def admit(self, kind, size):
        return Fate.WHOLE if kind in (Type.GOAWAY, Type.MAX_PUSH_ID) else proper(self, kind, size)

    monkeypatch.setattr(server_control.Control, "_act", always(None))
    monkeypatch.setattr(server_control.Control, "_admit", admit)
    assert {name for name in failing(CHECKS) if name.startswith("size-")} == {
        "size-goaway-empty", "size-goaway-too-long", "size-goaway-cut-off", "size-max-push-id-too-long",
    }  # fmt: skip


def test_empty_data(monkeypatch):
    proper = Reading.admit

    def admit(self, stream, kind, size):
        if kind == Type.DATA and not size:
            raise ConnectionFault(ErrorCode.H3_FRAME_ERROR, "nothing in it")
        return proper(self, stream, kind, size)

    monkeypatch.setattr(Reading, "admit", admit)
    assert failing(CHECKS) == {"data-empty"}
