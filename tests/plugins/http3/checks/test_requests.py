"""The cases notice a server that mixes requests up, forgets to cancel, or answers HEAD with content."""

from dataclasses import replace

import pytest

from support.http3_server import always, failing
from workbench_http import selection
from workbench_http.site import Site
from workbench_http3 import server_session
from workbench_http3.checks.requests import CHECKS
from workbench_http3.server_requests import Requests
from workbench_http3.server_sender import Sender


def test_few_requests(monkeypatch):
    monkeypatch.setattr(server_session, "MAX_STREAMS", 2)
    assert "requests-interleaved" in failing(CHECKS)
    monkeypatch.undo()
    monkeypatch.setattr(server_session.Session, "_find", lambda self, number: None if number > 100 else find(self, number))
    assert failing(CHECKS) >= {"requests-side-by-side", "requests-out-of-order"}


find = server_session.Session._find


def test_no_cancelling(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_stop_sending", always(None))
    assert failing(CHECKS) == {"cancelled-upload"}


def test_cancelling_ends_everything(monkeypatch):
    def over(self, frame):
        self.over = True

    monkeypatch.setattr(server_session.Session, "_stream_reset", over)
    assert failing(CHECKS) == {"cancelled-by-reset", "cancelled-with-unknown-code"}
    monkeypatch.undo()
    monkeypatch.setattr(server_session.Session, "_stop_sending", over)
    assert failing(CHECKS) == {"cancelled-by-stop-sending", "cancelled-upload", "cancelled-with-unknown-code"}


def test_head(monkeypatch):
    proper = Sender.respond

    def respond(self, stream, response):
        stream.pseudo = {**stream.pseudo, b":method": b"GET"}
        proper(self, stream, response)

    monkeypatch.setattr(Sender, "respond", respond)
    assert failing(CHECKS) == {"head-without-content"}


def test_expectations(monkeypatch):
    monkeypatch.setattr(Requests, "begin", always(None))
    assert failing(CHECKS) == {"expect-continue"}


def responding(change):
    proper = Site.respond
    return lambda self, request: change(request, proper(self, request))


@pytest.mark.parametrize("pair", [("connection", "close"), ("Server", "workbench"), (":path", "/")])
def test_fields_of_responses(monkeypatch, pair):
    monkeypatch.setattr(Site, "respond", responding(lambda _, found: replace(found, headers=(pair, *found.headers))))
    assert failing(CHECKS) == {"response-fields"}


def test_lengths(monkeypatch):
    monkeypatch.setattr(Site, "respond", responding(lambda _, found: replace(found, length=(found.length or 0) + 1)))
    assert failing(CHECKS) >= {"response-length"}
    monkeypatch.undo()
    monkeypatch.setattr(
        Site, "respond", responding(lambda request, found: replace(found, length=0) if request.method == "HEAD" else found)
    )
    assert failing(CHECKS) == {"head-like-get"}


def test_conditions_and_ranges(monkeypatch):
    monkeypatch.setattr(selection, "_span", always((0, 5)))
    assert failing(CHECKS) >= {"range"}
    monkeypatch.undo()
    monkeypatch.setattr(
        Site, "respond", responding(lambda _, found: replace(found, status=200, length=0) if found.status == 304 else found)
    )
    assert failing(CHECKS) == {"not-modified"}


def test_any_method(monkeypatch):
    monkeypatch.setattr(Site, "respond", responding(lambda _, found: replace(found, status=200)))
    assert failing(CHECKS) >= {"method-unknown"}


def test_content_in_get(monkeypatch):
    proper = Requests.receive

    def receive(self, stream, payload):
        if stream.method == b"GET":
            self.refuse(stream, 500, "never seen that\n")
        proper(self, stream, payload)

    monkeypatch.setattr(Requests, "receive", receive)
    assert failing(CHECKS) == {"content-in-get"}
