import pytest

from support.mutating import outcomes, said
from workbench.api import FrameReader, StreamData, StreamReset
from workbench_http3 import stream_text
from workbench_http3.mutators import MUTATORS
from workbench_http3.names import Type
from workbench_http3.qpack import unpack
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.seeds import HINTS, SEEDS

NAMED = {seed.name: seed.messages for seed in SEEDS}
HEAD = NAMED["head"]
UPLOAD = NAMED["put-get-delete"]


def frames(raw: bytes):
    return list(FrameReader().receive(raw))


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


def test_frames_lie_about_their_length():
    whole = [[place.type for place in stream_text.said([raw])] for raw in said(MUTATORS, "frame-length", UPLOAD)]
    assert [] in whole
    assert [Type.HEADERS, Type.DATA] in whole


def test_frames_come_where_they_do_not_belong():
    orders = {tuple(place.type for place in stream_text.said([raw])) for raw in said(MUTATORS, "frame-order", HEAD)}
    assert {(Type.DATA,), (Type.HEADERS, Type.HEADERS), (Type.HEADERS, Type.DATA, Type.HEADERS, Type.DATA)} <= orders
    kinds = {place.type for raw in said(MUTATORS, "frame-type", HEAD) for place in stream_text.said([raw])}
    assert {Type.SETTINGS, Type.GOAWAY, 0x02, 0x21} <= kinds


@pytest.mark.parametrize(("name", "stream"), [("settings", 2), ("encoder", 6), ("decoder", 10)])
def test_what_concerns_the_connection_is_said_on_its_streams(name, stream):
    added = [frames(raw) for raw in said(MUTATORS, name, HEAD)]
    assert len(added) > 10
    assert {frame.stream for each in added for frame in each} == {stream}


def test_control_streams_are_opened_twice_ended_and_reset():
    added = [frame for raw in said(MUTATORS, "control", HEAD) for frame in frames(raw)]
    assert any(isinstance(frame, StreamReset) and frame.stream == 2 for frame in added)
    assert any(isinstance(frame, StreamData) and frame.stream == 2 and frame.end for frame in added)
    assert any(isinstance(frame, StreamData) and frame.stream == 14 and frame.data[:1] == b"\0" for frame in added)


def test_most_odd_sections_cannot_be_read():
    payloads = [place.payload for raw in said(MUTATORS, "section", HEAD) for place in stream_text.said([raw])]
    troubles = [bool(unpack(payload, DynamicTable()).trouble) for payload in payloads if len(payload) > 2]
    assert sum(troubles) > len(troubles) / 2


def test_pseudo_header_fields_are_missing_doubled_and_late():
    sections = [
        unpack(place.payload, DynamicTable())
        for raw in said(MUTATORS, "pseudo-header", HEAD)
        for place in stream_text.said([raw])
    ]
    names = [[line.name for line in section.lines] for section in sections]
    assert any(each.count(b":method") == 2 for each in names)
    assert any(each and not each[0].startswith(b":") for each in names)
    assert any(each and b":path" not in each for each in names)


def test_sections_grow_and_requests_flood():
    assert max(len(raw) for raw in said(MUTATORS, "many-fields", HEAD)) > 30_000
    floods = [frames(raw) for raw in said(MUTATORS, "request-flood", HEAD)]
    assert max(len({frame.stream for frame in flood}) for flood in floods) == 1_000
    assert any(isinstance(frame, StreamReset) for flood in floods for frame in flood)


def test_capsules_come_in_a_tunnel():
    for change in outcomes(MUTATORS, "capsules", HEAD):
        (frame,) = frames(change.messages[change.message])
        assert [place.type for place in stream_text.said([bytes(frame)])] == [Type.HEADERS, Type.DATA]
