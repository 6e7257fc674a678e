import pytest

from support.conformance import bent, failing
from support.wrong_streambus import hearing, resealed, saying, with_method
from workbench_streambus.checks.bus import FETCH, sealed
from workbench_streambus.checks.messages import CHECKS
from workbench_streambus.log import RefusedError
from workbench_streambus.server import Connection, StreambusService, refusal, server

OPTIONS = {"idle": "60"}
NO_PARTITION = b"\xff\xff\xff\xf0"


def _connections(name, method):
    """The reference server with another method of its connections."""
    wrong = type("WrongConnection", (Connection,), {name: method})
    return with_method("__call__", lambda self: wrong(self))


def _header(change):
    """A server that reads the header of sound requests otherwise."""

    def read(data):
        return resealed(data, **change(data)) if len(data) >= 20 and sealed(data[4:-4]) == data else data

    return hearing(read)


def _trusting(data: bytes) -> bytes:
    """Does not look at checksums."""
    return sealed(data[4:-4])


class Reordering(Connection):
    """Carries out the last request of a segment first."""

    def receive(self, data):
        requests, at = [], 0
        while at + 4 <= len(data):
            size = 4 + int.from_bytes(data[at : at + 4], "big")
            requests.append(data[at : at + size])
            at += size
        return super().receive(b"".join(reversed(requests)) if at == len(data) else data)


class Forgetful(Connection):
    """Has no answers for a client that has finished."""

    def receive(self, data):
        self._kept = getattr(self, "_kept", b"") + data
        if not data:
            self.closed = True
        return b""

    def wakeup(self, now_ns):
        kept, self._kept = getattr(self, "_kept", b""), b""
        return super().receive(kept) if kept and now_ns > self._now_ns and not super().wakeup(now_ns) else b""


def _hang_up(self, detail):
    self.closed = True
    return b""


def _stay(self, detail):
    return refusal(0, "invalid_request", detail)


def _timed_out_silently(self, now_ns):
    said = Connection.wakeup(self, now_ns)
    return b"" if self.closed else said


def _talk(self, detail):
    return _hang_up(self, detail) + refusal(0, "invalid_request", detail) + refusal(1, "invalid_request", "and another thing")


def _partition_first(self, data):
    """Looks whether there is such a partition before anything else."""
    if data[12] == FETCH and data[16:20] == NO_PARTITION:
        return refusal(int.from_bytes(data[4:12], "big"), "partition_not_found", "there is none")
    return StreambusService.answer(self, data)


def _offset_first(self, data):
    """Thinks that no partition has so many messages."""
    if data[12] == FETCH and data[20:28] == b"\xff" * 8:
        return refusal(int.from_bytes(data[4:12], "big"), "offset_out_of_range", "nobody has so many")
    return StreambusService.answer(self, data)


def _one_version(self, request):
    if request.version != 1:
        raise RefusedError("invalid_request", "there is one version")
    return StreambusService.carry_out(self, request)


def _guessing(self, start):
    """Takes a length that counts the whole message for what old peers mean."""
    length = int.from_bytes(self._buffer[start : start + 4], "big")
    if len(self._buffer) - start == length > 15:
        return bytes(self._buffer[start : start + length])
    return Connection._next(self, start)


REFUSED_BY_LENGTH = {"length-zero", "length-14", "length-8388609", "length-largest"}

MUTANTS = {
    "wants whole segments": (bent(server, lambda data: data if len(data) > 3 else b"?"), {"framing-pieces"}),
    "hangs up without a word": (_connections("_hang_up", _hang_up), REFUSED_BY_LENGTH | {"refusal-is-last"}),
    "goes on behind a refusal": (_connections("_hang_up", _stay), REFUSED_BY_LENGTH),
    "talks behind a refusal": (_connections("_hang_up", _talk), {"refusal-is-last", "length-zero"}),
    "has ids of 32 bits": (saying(lambda data: sealed(bytes(4) + data[8:-4])), {"id-of-reply"}),
    "knows id 0": (_header(lambda data: {} if data[4:12] != bytes(8) else {"number": 1}), {"id-zero"}),
    "replies twice": (saying(lambda data: data * 2), {"pipelining", "order"}),
    "carries out the last one first": (with_method("__call__", lambda self: Reordering(self)), {"order"}),
    "refuses every flag": (_header(lambda data: {"flags": 0x8000 if data[14:16] != b"\0\0" else 0}), {"flags-advisory"}),
    "ignores every flag": (_header(lambda _: {"flags": 0}), {"flags-critical"}),
    "takes unknown types for HealthCheck": (
        _header(lambda data: {"kind": data[12] if 0 < data[12] < 8 else 7}),
        {"type-zero", "type-8", "type-255", "precedence-type"},
    ),
    "does not look at checksums": (
        hearing(_trusting),
        {"corrupt", "corrupt-not-carried-out", "precedence-corrupt", "length-of-old-peers"},
    ),
    "takes what is too short for nothing": (
        hearing(lambda data: data if len(data) >= 20 else sealed(bytes(16))),
        {"corrupt-short"},
    ),
    "looks for partitions first": (with_method("answer", _partition_first), {"precedence-invalid"}),
    "looks at offsets first": (with_method("answer", _offset_first), {"precedence-partition"}),
    "has one version for all": (with_method("carry_out", _one_version), {"version-of-health-0", "version-of-health-255"}),
    "speaks every version": (_header(lambda _: {"version": 1}), {"version-0", "version-255", "version-of-create"}),
    "guesses at lengths": (_connections("_next", _guessing), {"length-of-old-peers"}),
    "forgets who has finished": (with_method("__call__", lambda self: Forgetful(self)), {"half-close"}),
    "leaves without a word": (_connections("wakeup", _timed_out_silently), {"idle"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    wrong, expected = MUTANTS[name]
    assert failing(CHECKS, wrong, OPTIONS) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_the_reference_server_passes():
    assert failing(CHECKS, server, OPTIONS) == set()
