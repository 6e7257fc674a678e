"""The ready server of framed protocols, as a conversation."""

from workbench.api import ServerConnection, ServerOptions, framed, length_prefixed


def _connection(**options: int) -> ServerConnection:
    return framed(length_prefixed(1), lambda frame: b"[" + frame[1:] + b"]")(ServerOptions(**options))()


def test_each_frame_is_answered():
    connection = _connection()
    assert connection.receive(b"\1a\2b") == b"[a]"
    assert connection.receive(b"c\1d") == b"[bc][d]"
    assert not connection.closed
    assert connection.pull() == b""


def test_the_client_says_goodbye():
    connection = _connection()
    assert connection.receive(b"\1a") == b"[a]"
    assert connection.receive(b"") == b""
    assert connection.closed
    assert connection.receive(b"\1a") == b""


def test_what_is_no_frame_closes_after_the_answers_before_it():
    connection = framed(length_prefixed(1, longest=10), lambda frame: frame)(ServerOptions())()
    assert connection.receive(b"\1a\xffxyz") == b"\1a"
    assert connection.closed


def test_a_request_that_outgrows_the_limit_closes():
    connection = _connection(max_request=5)
    assert connection.receive(b"\x09abc") == b""
    assert not connection.closed
    connection.receive(b"def")
    assert connection.closed


def test_an_idle_client_is_sent_away():
    connection = _connection(idle_ns=100)
    connection.wakeup(1000)
    connection.wakeup(1100)
    assert not connection.closed
    connection.receive(b"\1a")
    connection.wakeup(1190)
    assert not connection.closed
    connection.wakeup(1201)
    assert connection.closed


def test_draining_closes():
    connection = _connection()
    assert connection.drain() == b""
    assert connection.closed


def test_connections_share_nothing():
    service = framed(length_prefixed(1), lambda frame: frame)(ServerOptions())
    first, second = service(), service()
    first.receive(b"\2a")
    assert second.receive(b"\1b") == b"\1b"
