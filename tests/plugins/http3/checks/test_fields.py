"""The cases notice a server that judges no fields, or refuses good ones."""

from support.http3_server import always, failing
from workbench_http3 import server_fields, server_reading
from workbench_http3.checks.fields import CHECKS
from workbench_http3.server_faults import StreamFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_session import Session

GOOD = {
    "field-te-trailers", "field-cookies-split", "field-value-empty", "host-instead-of-authority", "host-beside-authority", "trailers",
    "length-right", "malformed-spares-others",
}  # fmt: skip


def test_nothing_is_judged(monkeypatch):
    monkeypatch.setattr(server_reading, "judge_request", lambda fields: {b":method": b"GET", b":path": b"/", **dict(fields)})
    monkeypatch.setattr(server_reading, "judge_trailers", always(None))
    names = {check.name for check in CHECKS}
    judged = {name for name in names if name.startswith(("field-", "pseudo-", "trailers-")) and "-path-" not in name} - GOOD
    assert failing(CHECKS) >= judged  # paths that are none are found nowhere, which is a refusal, too
    assert not failing(CHECKS) & GOOD


def test_names_and_values(monkeypatch):
    monkeypatch.setattr(server_fields, "_judge_field", always(None))
    assert failing(CHECKS) == {check.name for check in CHECKS if check.name.startswith("field-")} - GOOD | {
        "trailers-upper-case", "trailers-connection",
    }  # fmt: skip


def test_authorities(monkeypatch):
    monkeypatch.setattr(server_fields, "_judge_authority", always(None))
    assert failing(CHECKS) == {f"pseudo-authority-{what}" for what in ("missing", "empty", "host", "userinfo")}


def test_lengths(monkeypatch):
    monkeypatch.setattr(server_reading.Stream, "ask", lambda self, _, pseudo: setattr(self, "pseudo", pseudo))
    assert failing(CHECKS) == {
        f"length-{what}" for what in ("too-short", "too-long", "over-frames", "without-content", "with-trailers")
    }


def test_everything_is_malformed(monkeypatch):
    def refuse(*_):
        raise StreamFault(ErrorCode.H3_MESSAGE_ERROR, "no")

    monkeypatch.setattr(server_reading, "judge_trailers", refuse)
    assert failing(CHECKS) == {"trailers"}
    monkeypatch.setattr(server_reading, "judge_request", refuse)
    assert failing(CHECKS) == GOOD


def test_others_suffer(monkeypatch):
    proper = Session._refuse

    def refuse(self, stream, fault):
        proper(self, stream, fault)
        self.leaving = True

    monkeypatch.setattr(Session, "_refuse", refuse)
    assert failing(CHECKS) == {"malformed-spares-others"}


def test_another_code(monkeypatch):
    monkeypatch.setattr(server_fields, "_malformed", lambda text: StreamFault(ErrorCode.H3_REQUEST_CANCELLED, text))
    assert {"pseudo-method-missing", "field-upper-case", "trailers-pseudo"} <= failing(CHECKS)
