"""The cases notice a server that takes any setting, any number, or says wrong ones itself."""

from support.http3_server import always, failing
from workbench_http3 import server_control, server_settings
from workbench_http3.checks.settings import CHECKS
from workbench_http3.names import HTTP2_SETTINGS
from workbench_http3.server_control import Control
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode


def test_any_settings(monkeypatch):
    monkeypatch.setattr(server_control, "_settings", always({}))
    assert failing(CHECKS) == {f"settings-http2-{number}" for number in HTTP2_SETTINGS if number} | {
        "settings-cut-off", "settings-datagram-2",
    }  # fmt: skip


def test_no_unknown_settings(monkeypatch):
    def strict(payload):
        if payload:
            raise ConnectionFault(ErrorCode.H3_SETTINGS_ERROR, "what is that")
        return {}

    monkeypatch.setattr(server_control, "_settings", strict)
    assert {"settings-unknown", "settings-reserved", "settings-largest"} <= failing(CHECKS)


def test_numbers(monkeypatch):
    monkeypatch.setattr(Control, "_goaway", always(None))
    assert failing(CHECKS) == {"goaway-higher"}
    monkeypatch.undo()
    monkeypatch.setattr(Control, "_max_push_id", always(None))
    assert failing(CHECKS) == {"max-push-id-lower"}
    monkeypatch.undo()
    monkeypatch.setattr(Control, "_act", lambda *_: None)
    assert failing(CHECKS) >= {"goaway-higher", "max-push-id-lower", "cancel-push-unknown", "cancel-push-beyond"}


def test_no_second_farewell(monkeypatch):
    def once(self, push):
        if self._farewell is not None:
            raise ConnectionFault(ErrorCode.H3_ID_ERROR, "once is enough")
        self._farewell = push

    monkeypatch.setattr(Control, "_goaway", once)
    assert failing(CHECKS) == {"goaway-lower"}


def test_what_the_server_says(monkeypatch):
    for name, pairs in {
        "settings-own-once": ((6, 1), (6, 2), (0x21, 0)),
        "settings-own-http2": ((2, 0), (0x21, 0)),
        "settings-own-switches": ((8, 2), (0x21, 0)),
        "settings-own-reserved": ((6, 1),),
    }.items():
        monkeypatch.setattr(server_settings.Settings, "pairs", always(pairs))
        assert failing(CHECKS) == {name}
