"""The cases notice a server that takes malformed requests."""

from support.http2_server import always, failing
from workbench_http2 import server_session
from workbench_http2.checks.fields import CHECKS


def test_every_field_is_judged(monkeypatch):
    monkeypatch.setattr(server_session, "judge_request", always({b":path": b"/hello.txt", b":method": b"GET"}))
    good = {"field-te-trailers", "field-cookies-split", "field-value-empty"}
    named = {check.name for check in CHECKS if check.name.startswith(("field-", "pseudo-"))} - good
    assert named <= failing(CHECKS)


def test_trailers_are_judged(monkeypatch):
    monkeypatch.setattr(server_session, "judge_trailers", always(None))
    assert failing(CHECKS) == {"trailers-pseudo", "trailers-upper-case", "trailers-connection"}


def test_lengths_are_counted(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_check_length", always(None))
    assert failing(CHECKS) == {
        "length-too-short", "length-too-long", "length-over-frames", "length-without-content", "length-with-trailers",
    }  # fmt: skip
