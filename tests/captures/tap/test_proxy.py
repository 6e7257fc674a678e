"""Proxies' openings as conversations: what the client says, what happens on the wires."""

import pytest

from captures.tap.facts import Asked, Failure
from captures.tap.http_heads import MOST_HEAD
from captures.tap.proxy import KINDS
from support.wires import Wires
from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
GREETING = b"\x05\x01\x00"


def opened(kind: str) -> Wires:
    return Wires(lambda wires: KINDS[kind](wires, wires.inside, 10, 20))


def get(host: str, *more: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} http://{host}/ HTTP/1.1", *more, "", ""]).encode()


def passed(host: str, *more: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} / HTTP/1.1", f"Host: {host}", *more, "", ""]).encode()


@pytest.mark.parametrize("kind", ["socks", "any"])
def test_socks(kind: str):
    wires = opened(kind)
    wires.says(GREETING)
    assert wires.taken() == [("send", DOWN, b"\x05\x00")]
    wires.says(b"\x05\x01\x00\x03\x01a\x01\xbbhello")
    assert wires.taken()[1:] == [("dial", Asked("a", 443))]
    assert wires.deadline is None
    wires.course.connected()
    assert wires.taken()[2][2][:2] == b"\x05\x00"
    assert wires.inner == [("began", Asked("a", 443)), ("received", UP, b"hello")]


@pytest.mark.parametrize("kind", ["http", "any"])
def test_connect(kind: str):
    wires = opened(kind)
    wires.says(b"CONNECT a:443 HTTP/1.1\r\n\r\nhello")
    assert wires.taken() == [("dial", Asked("a", 443))]
    wires.course.connected()
    assert wires.taken()[1:] == [("send", DOWN, b"HTTP/1.1 200 Connection established\r\n\r\n")]
    assert wires.inner == [("began", Asked("a", 443)), ("received", UP, b"hello")]


def test_requests_are_passed_on_as_their_target_wants_them():
    wires = opened("http")
    wires.says(get("a") + get("a", "X: y"))
    assert wires.taken() == [("dial", Asked("a", 80))]
    wires.course.connected()
    assert wires.passed(UP) == passed("a") + passed("a", "X: y")
    wires.hears(b"HTTP/1.1 200 OK\r\n\r\n")
    assert wires.passed(DOWN) == b"HTTP/1.1 200 OK\r\n\r\n"


def test_content_is_passed_on_to_its_end():
    wires = opened("http")
    wires.says(get("a", "Content-Length: 5", method="POST") + b"ab")
    wires.course.connected()
    wires.says(b"cde" + get("a"))
    assert wires.passed(UP) == passed("a", "Content-Length: 5", method="POST") + b"abcde" + passed("a")


def test_another_target_comes_after_the_end_of_the_first():
    wires = opened("http")
    wires.says(get("a"))
    wires.course.connected()
    wires.says(get("b"))
    assert wires.passed(UP) == passed("a")
    assert ("finish", UP) in wires.taken()
    assert wires.paused == {UP}
    wires.hears(b"the rest of an answer")
    assert wires.passed(DOWN) == b"the rest of an answer"
    wires.course.ended(DOWN)
    assert ("dial", Asked("b", 80)) in wires.taken()
    assert wires.paused == set()
    wires.course.connected()
    assert wires.passed(UP).endswith(passed("b"))


def test_a_target_that_does_not_end_is_left():
    wires = opened("http")
    wires.says(get("a"))
    wires.course.connected()
    wires.says(get("b"))
    assert wires.deadline == 20
    wires.course.expired()
    assert wires.taken()[-2:] == [("record_reset", UP), ("dial", Asked("b", 80))]


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_another_protocol_takes_over(interim: bytes):
    wires = opened("http")
    wires.says(get("a", "Upgrade: x"))
    wires.course.connected()
    assert wires.paused == {UP}
    wires.hears(interim + b"HTTP/1.1 101 Switching Protocols\r\n")
    wires.hears(b"\r\nwords")
    assert wires.paused == set()
    wires.says(b"\x00anything")
    assert wires.passed(UP).endswith(b"\x00anything")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 426 No\r\n\r\n", b"x" * (MOST_HEAD + 1)])
def test_another_protocol_that_the_target_does_not_want(answer: bytes):
    wires = opened("http")
    wires.says(get("a", "Upgrade: x") + get("a"))
    wires.course.connected()
    assert wires.passed(UP) == passed("a", "Upgrade: x")
    wires.hears(answer)
    assert wires.paused == set()
    assert wires.passed(UP) == passed("a", "Upgrade: x") + passed("a")


@pytest.mark.parametrize(
    ("kind", "status"), [("forbidden", b"403"), ("unknown", b"502"), ("refused", b"502"), ("timeout", b"504")]
)
def test_a_target_that_cannot_be_had(kind: str, status: bytes):
    wires = opened("http")
    wires.says(get("a"))
    wires.course.refused(Failure(kind, "no way"))
    (_, _, answer), finish = wires.taken()[1:]
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"no way" in answer
    assert finish == ("finish", DOWN)
    assert wires.explained == [("a:80", "no way")]
    wires.says(get("a"))
    assert wires.taken()[3:] == []


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"CONNECT " + b"a" * (MOST_HEAD + 1), b"\x16\x03\x01\r\n\r\n"])
def test_what_is_no_request(said: bytes):
    wires = opened("any")
    wires.says(said)
    assert [step[0] for step in wires.taken()] == ["send", "finish"]
    assert wires.taken()[0][2].startswith(b"HTTP/1.1 4")


def test_broken_chunks_in_the_middle():
    wires = opened("http")
    wires.says(get("a", "Transfer-Encoding: chunked", method="POST"))
    wires.course.connected()
    wires.says(b"no size\r\n")
    assert ("finish", UP) in wires.taken()
    assert wires.taken()[-1] == ("finish", DOWN)


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_says_nothing(kind: str):
    wires = opened(kind)
    assert wires.deadline == 10
    wires.course.expired()
    assert wires.taken()[-1] in [("abort", DOWN), ("finish", DOWN)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_leaves_at_once(kind: str):
    wires = opened(kind)
    wires.course.ended(UP)
    assert wires.taken() == [("finish", DOWN)]


def test_ends_pass_once_there_is_a_target():
    wires = opened("http")
    wires.says(get("a"))
    wires.course.connected()
    wires.course.ended(UP)
    assert wires.taken()[-2:] == [("record_end", UP), ("finish", UP)]
    wires.course.ended(DOWN)
    assert wires.taken()[-4:-2] == [("record_end", DOWN), ("finish", DOWN)]


def test_socks_that_cannot_be_served():
    wires = opened("socks")
    wires.says(b"GET")
    assert wires.taken() == [("finish", DOWN)]
    wires = opened("socks")
    wires.says(GREETING + b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50")
    wires.course.refused(Failure("forbidden", "no"))
    assert wires.taken()[-2][2][:2] == b"\x05\x02"
    assert wires.explained == [("127.0.0.1:80", "no")]


def test_socks_datagrams():
    wires = opened("socks")
    wires.says(GREETING + b"\x05\x03\x00\x01" + bytes(6))
    assert wires.taken()[1:] == [("associate",), ("send", DOWN, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x0f\xa0")]
    assert wires.deadline is None
    wires.says(b"nothing that means anything")
    wires.course.ended(UP)
    assert wires.taken()[3:] == [("finish", DOWN)]


def test_socks_datagrams_that_cannot_be():
    wires = Wires(lambda wires: KINDS["socks"](wires, wires.inside, 10, 20))
    wires.associated = None
    wires.says(GREETING + b"\x05\x03\x00\x01" + bytes(6))
    assert wires.taken()[2][2][:2] == b"\x05\x05"
    assert wires.explained == [("datagrams", "there is no socket for datagrams")]
