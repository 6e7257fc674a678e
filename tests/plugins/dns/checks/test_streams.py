import pytest

from support.conformance import bent, failing
from support.dns import fails, patched
from workbench.api import ServerOptions
from workbench_dns.checks import STREAM_CHECKS
from workbench_dns.checks.streams import ROWS
from workbench_dns.server import StreamConnection, responder_of, serve_datagrams, serve_streams


class _Connection(StreamConnection):
    """A stream that is wrong in one thing; see `receive`."""

    def __init__(self) -> None:
        super().__init__(responder_of(ServerOptions()), 60_000_000_000)


class _WholeSegments(_Connection):
    """Takes a segment for a message."""

    def receive(self, data: bytes) -> bytes:
        if len(data) < 2 or len(data) != 2 + int.from_bytes(data[:2], "big"):
            return b""
        return super().receive(data)


class _FirstOnly(_Connection):
    """Reads one message of a segment."""

    def receive(self, data: bytes) -> bytes:
        return super().receive(data[: 2 + int.from_bytes(data[:2], "big")])


class _Hasty(_Connection):
    """Answers a length."""

    def receive(self, data: bytes) -> bytes:
        return super().receive(data) or (b"\0\x0c" + bytes(12) if len(data) == 2 else b"")


class _Brief(_Connection):
    """Hangs up behind an answer."""

    def receive(self, data: bytes) -> bytes:
        answer = super().receive(data)
        self.closed = self.closed or bool(answer)
        return answer


class _Late(_Connection):
    """Says nothing before the second query."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = b""

    def receive(self, data: bytes) -> bytes:
        self._kept += super().receive(data)
        if len(self._buffer) or not self._kept:
            return b""
        said, self._kept = self._kept, b""
        return said


class _Rude(_Connection):
    """Hangs up on a client that has no more to ask, before it reads what that asked."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = b""

    def receive(self, data: bytes) -> bytes:
        if not data:
            self.closed = True
            return b""
        self._waiting += data
        return b""

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        data, self._waiting = self._waiting, b""
        return super().receive(data) if data and now_ns > 0 else b""


class _Shared:
    """Dies of the first thing that is no query, for everybody."""

    def __init__(self) -> None:
        self.dead = False

    def __call__(self) -> "_Mortal":
        return _Mortal(self)


class _Mortal(_Connection):
    def __init__(self, world: _Shared) -> None:
        super().__init__()
        self._world = world
        self.closed = world.dead

    def receive(self, data: bytes) -> bytes:
        odd = data[:2] == b"\0\0" or len(data) > 60_000 or (not data and len(self._buffer))
        self._world.dead = self._world.dead or bool(odd)
        return b"" if self._world.dead else super().receive(data)


def _mixed_up(data: bytes) -> bytes:
    return data[:1] + bytes((data[1] ^ 3,)) + data[2:]


def _no_soa(data: bytes) -> bytes:
    return data[:6] + b"\0\1" + data[8:] if data[6:8] > b"\0\x40" else data


def _cut(data: bytes) -> bytes:
    return (
        data[:2] + bytes((data[2] | 2,)) + data[3:6] + b"\0\0" + data[8:12] + data[12 : data.find(b"\0\x10\0\1") + 4]
        if len(data) > 1000
        else data
    )


WRONG = {
    "takes segments for messages": (_WholeSegments, {"length-alone", "byte-by-byte", "two-in-one-segment", "many-waiting"}),
    "reads one message of a segment": (_FirstOnly, {"two-in-one-segment", "many-waiting", "second-in-pieces"}),
    "answers a length": (_Hasty, {"length-alone"}),
    "hangs up behind an answer": (_Brief, {"stays-open"}),
    "waits for the next query": (_Late, {"second-in-pieces"}),
    "hangs up before it answers": (_Rude, {"answers-before-the-end"}),
}

MUTANTS = {
    "says more than it has": ({"after": lambda data: data + b"?"}, {"length-true"}),
    "mixes answers up": ({"after": _mixed_up}, {"answers-belong"}),
    "truncates": ({"after": patched(2, put=2)}, {"never-truncated"}),
    "cuts long answers": ({"after": _cut}, {"large-answer", "never-truncated"}),
    "transfers a part": ({"after": _no_soa}, {"transfer"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_connections_that_are_wrong_in_this_fail(name):
    connection, expected = WRONG[name]
    assert failing(STREAM_CHECKS, lambda _: connection) >= expected


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend, stream=True) >= expected


def test_a_server_that_dies_of_odd_clients():
    assert failing(STREAM_CHECKS, lambda _: _Shared()) >= {"empty-message", "half-a-message", "longest-message"}


def test_each_check_has_a_server_that_fails_it():
    shown = [*(expected for _, expected in WRONG.values()), *(expected for _, expected in MUTANTS.values())]
    assert {row[0] for row in ROWS} == set().union(*shown) | {"empty-message", "half-a-message", "longest-message"}


def test_the_reference_server_passes():
    assert failing(STREAM_CHECKS, bent(serve_streams)) == set()
    assert failing(STREAM_CHECKS, bent(serve_datagrams)) != set()
