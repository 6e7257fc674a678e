import pytest

from support.conformance import Canned, canned
from workbench.api import Check, CheckFailed, CheckSkipped, Level
from workbench.conformance import MemoryPeer
from workbench_http1.checks.asking import PLAIN, Client, ask, expect, fill, in_step, page, refused, should, stays_usable
from workbench_http1.server import serve

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Scripted(Canned):
    """Gives its answers one after the other, to whatever it hears."""

    def __init__(self, *answers, closes=False):
        super().__init__()
        self._answers, self._closes = list(answers), closes

    def receive(self, data):
        reply = self._answers.pop(0) if self._answers and data else b""
        self.closed = not data or (self._closes and not self._answers)
        return reply


def scripted(*answers, closes=False):
    """A peer whose first connection gives these answers, and further ones a good page."""
    connections = iter((Scripted(*answers, closes=closes), Scripted(OK)))
    return MemoryPeer(lambda _: lambda: next(connections))


def test_requests_name_what_the_options_say():
    peer = MemoryPeer(serve, {"path": "/a%20b", "host": "example.org"})
    assert fill(peer, PLAIN) == b"GET /a%20b HTTP/1.1\r\nHost: example.org\r\n\r\n"
    assert fill(MemoryPeer(serve), PLAIN) == b"GET / HTTP/1.1\r\nHost: 127.0.0.1:1024\r\n\r\n"


def test_an_address_of_version_6_stands_in_brackets():
    peer = MemoryPeer(serve)
    peer.host = "::1"
    assert b"Host: [::1]:1024\r\n" in fill(peer, PLAIN)


def test_answers_come_one_by_one():
    client = Client(scripted(OK + BAD))
    client.send(PLAIN)
    assert client.answer().status == 200
    assert client.answer().status == 400
    assert client.maybe_answer() is None


@pytest.mark.parametrize(
    ("peer", "what"),
    [
        (MemoryPeer(canned()), "nothing"),
        (MemoryPeer(canned(closes=True)), "the end of the connection"),
        (MemoryPeer(canned(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", closes=True)), "breaks off"),
    ],
)
def test_no_answer_is_a_failure(peer, what):
    with pytest.raises(CheckFailed, match=what):
        ask(peer, PLAIN)


def test_the_page_must_be_there():
    with pytest.raises(CheckSkipped, match="404"):
        page(MemoryPeer(serve, {"path": "/nowhere"}))
    assert page(MemoryPeer(serve)).good


def test_expect():
    answer = ask(MemoryPeer(serve), PLAIN)
    assert expect(answer, 404, 200) is answer
    with pytest.raises(CheckFailed, match="expected 404 or 410 to this, got 200"):
        expect(answer, 404, 410, of="this")


def test_refused_looks_at_the_status_and_the_end():
    refused(PLAIN)(MemoryPeer(canned(BAD)))
    refused(PLAIN, 200)(MemoryPeer(canned(OK)))
    with pytest.raises(CheckFailed, match="expected 400, got 200"):
        refused(PLAIN)(MemoryPeer(canned(OK)))
    with pytest.raises(CheckFailed, match="stays open"):
        refused(PLAIN, closes=True)(MemoryPeer(canned(BAD)))
    refused(PLAIN, closes=True)(MemoryPeer(canned(BAD, closes=True)))


def test_in_step():
    for peer in (scripted(OK, OK), scripted(BAD, closes=True)):
        client = Client(peer)
        client.send(PLAIN)
        in_step(client, b"GET")


@pytest.mark.parametrize(("answers", "what"), [((OK, BAD), "out of step"), ((OK, b""), "got nothing")])
def test_out_of_step(answers, what):
    client = Client(scripted(*answers))
    client.send(PLAIN)
    with pytest.raises(CheckFailed, match=what):
        in_step(client, b"GET")


def test_understood_and_usable():
    stays_usable(PLAIN, b"GET", good=True)(MemoryPeer(serve))
    with pytest.raises(CheckFailed, match="understood, got 400"):
        stays_usable(b"nonsense\r\n\r\n", b"GET", good=True)(MemoryPeer(serve))


def test_should_is_a_warning():
    check = should("name", "RFC 9110 1", "A rule", refused(PLAIN))
    assert isinstance(check, Check)
    assert check.level is Level.SHOULD
