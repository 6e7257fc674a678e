"""What is written down while a watched construct parses."""

import io
from typing import Any

import pytest
from construct import (
    Byte,
    Bytes,
    CancelParsing,
    Const,
    Construct,
    ConstructError,
    Container,
    Int16ub,
    Pass,
    StopFieldError,
    Struct,
)

from dissectors.recording import STEPS_PER_BYTE, TOLD, LimitReached, Node, Recorder, Role


def _watched(recorder: Recorder, construct: Construct, role: Role = Role.MEMBER, *, leaf: bool = True) -> Construct:
    return recorder.watch(
        construct, construct._parse, Node(role, construct.name or "", construct), leaf=construct if leaf else None
    )


def _parse(construct: Construct, data: bytes) -> Any:
    return construct._parsereport(io.BytesIO(data), Container(), "")


def _recorder(fields: int = 10, size: int = 10) -> Recorder:
    recorder = Recorder()
    recorder.start(fields, size)
    return recorder


def test_a_leaf_leaves_its_place_and_value():
    recorder = _recorder()
    assert _parse(_watched(recorder, Int16ub), b"\1\2") == 0x102
    ((node, start, end, value, inner, _, error),) = recorder.items
    assert (node.construct, start, end, value, len(inner), error) == (Int16ub, 0, 2, 0x102, 0, None)


def test_a_branch_holds_the_records_of_its_inside():
    recorder = _recorder()
    inside = Struct("a" / _watched(recorder, Byte), "b" / _watched(recorder, Byte))
    _watched_struct = recorder.watch(inside, inside._parse, Node(Role.MEMBER, "s", inside))
    context = Container(_params=None, _parsing=True, _building=False, _sizing=False)
    _watched_struct._parsereport(io.BytesIO(b"\1\2"), context, "")
    (record,) = recorder.items
    assert [(inner[1], inner[2], inner[3]) for inner in record[4]] == [(0, 1, 1), (1, 2, 2)]


def test_the_record_that_failed_has_the_error_and_those_above_are_told():
    recorder = _recorder()
    leaf = _watched(recorder, Int16ub)
    branch = recorder.watch(leaf, leaf._parsereport, Node(Role.MEMBER, "outer", leaf))
    with pytest.raises(ConstructError):
        _parse(branch, b"\1")
    (outer,) = recorder.items
    assert outer[6] is TOLD
    ((_, start, end, value, _, _, error),) = outer[4]
    assert (start, end, value) == (0, 1, None)
    assert error is recorder.failure


def test_a_refused_value_is_kept():
    recorder = _recorder()
    with pytest.raises(ConstructError):
        _parse(_watched(recorder, Const(7, Int16ub)), b"\0\5")
    assert (recorder.items[0][2], recorder.items[0][3]) == (2, 5)


def test_alternatives_that_were_given_up_leave_nothing():
    recorder = _recorder()
    failing, working = _watched(recorder, Int16ub), _watched(recorder, Byte)

    class Try(Construct):
        def _parse(self, stream: Any, context: Any, path: str) -> Any:
            try:
                return failing._parsereport(stream, context, path)
            except ConstructError:
                stream.seek(0)
            return working._parsereport(stream, context, path)

    attempt = Try()
    branch = recorder.watch(attempt, attempt._parse, Node(Role.MEMBER, "try", attempt))
    assert _parse(branch, b"\7") == 7
    assert [(inner[3], inner[6]) for inner in recorder.items[0][4]] == [(7, None)]


@pytest.mark.parametrize(("error", "records"), [(StopFieldError("stop"), 0), (CancelParsing("stop"), 1)])
def test_being_told_to_stop_is_no_failure(error: Exception, records: int):
    recorder = _recorder()

    class Stop(Construct):
        def _parse(self, stream: Any, context: Any, path: str) -> Any:
            raise error

    with pytest.raises(type(error)):
        _parse(_watched(recorder, Stop()), b"")
    assert [record[6] for record in recorder.items] == [None] * records
    assert recorder.failure is None


def test_items_beyond_the_limit_are_parsed_and_stood_for_by_one_record():
    recorder = _recorder(fields=3)
    item = _watched(recorder, Byte, Role.ELEMENT)
    stream = io.BytesIO(bytes(range(6)))
    assert [item._parsereport(stream, Container(), "") for _ in range(6)] == list(range(6))
    assert [record[0].role for record in recorder.items] == [Role.ELEMENT, Role.ELEMENT, Role.MORE]


def test_items_that_cost_no_bytes_reach_a_limit_that_nobody_swallows():
    recorder = _recorder(fields=3, size=5)
    item = _watched(recorder, Pass, Role.ELEMENT)
    for _ in range(3 + STEPS_PER_BYTE * 5):
        _parse(item, b"")
    with pytest.raises(LimitReached):
        _parse(item, b"")
    assert not issubclass(LimitReached, Exception)


def test_the_end_of_pythons_stack_is_a_limit():
    recorder = _recorder()

    class Endless(Construct):
        def _parse(self, stream: Any, context: Any, path: str) -> Any:
            return self._parse(stream, context, path)

    with pytest.raises(LimitReached, match="nests too deeply"):
        _parse(_watched(recorder, Endless(), leaf=False), b"")


def test_a_watched_construct_is_otherwise_the_original():
    recorder = _recorder()
    original = "name" / Bytes(3)
    watched = _watched(recorder, original)
    assert (watched.name, watched.sizeof(), watched.length) == ("name", 3, 3)
    assert watched.build(b"abc") == b"abc"
