import pytest

from support.mutating import outcomes, said
from workbench_http2.mutators import MUTATORS
from workbench_http2.seeds import HINTS, SEEDS
from workbench_http2.server_frames import END_STREAM, HEADER, PADDED, PREFACE, FrameType, cut

NAMED = {seed.name: seed.messages for seed in SEEDS}
HEAD = NAMED["head"]
POST = NAMED["put-get-delete"]


def frames(raw: bytes):
    return list(cut(bytearray(raw)))


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


def test_requests_are_reset_at_once_on_streams_that_rise():
    flood = [each.messages[each.message] for each in outcomes(MUTATORS, "rapid-reset", HEAD, 40)]
    longest = max((raw for raw in flood if not raw.startswith(PREFACE)), key=len)
    found = frames(longest)
    assert [frame.type for frame in found] == [FrameType.HEADERS, FrameType.RST_STREAM] * 1_000
    streams = [frame.stream for frame in found[::2]]
    assert streams == list(range(3, 3 + 2_000, 2))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("flood", {FrameType.PING, FrameType.SETTINGS, FrameType.DATA, FrameType.RST_STREAM, 0xFA}),
        ("settings", {FrameType.SETTINGS}),
        ("window", {FrameType.WINDOW_UPDATE}),
        ("priority", {FrameType.PRIORITY}),
        ("goaway", {FrameType.GOAWAY}),
        ("push", {FrameType.PUSH_PROMISE}),
        ("many-streams", {FrameType.HEADERS}),
    ],
)
def test_what_is_added_is_whole_frames(name, wanted):
    kinds = set()
    for change in outcomes(MUTATORS, name, HEAD, 100):
        assert len(change.messages) == len(HEAD) + 1
        added = change.messages[change.message]
        assert sum(HEADER + len(frame.payload) for frame in frames(added)) == len(added)
        kinds |= {frame.type for frame in frames(added)}
    assert kinds >= wanted


def test_a_window_grows_beyond_its_limit():
    grown = [[int.from_bytes(frame.payload, "big") for frame in frames(raw)] for raw in said(MUTATORS, "window", HEAD)]
    assert any(sum(steps) > 2**31 - 1 and len(steps) == 2 for steps in grown)
    assert any(0 in steps for steps in grown)


def test_streams_depend_on_each_other_in_a_circle():
    rings = [frames(raw) for raw in said(MUTATORS, "priority", HEAD)]
    circles = [ring for ring in rings if len(ring) == 3]
    for ring in circles:
        parents = {frame.stream: int.from_bytes(frame.payload[:4], "big") & 0x7FFF_FFFF for frame in ring}
        assert set(parents) == set(parents.values())
    assert circles


def test_padding_is_longer_than_what_it_pads():
    found = [frames(raw)[0] for raw in said(MUTATORS, "padding", POST)]
    assert all(frame.flags & PADDED for frame in found)
    assert any(frame.payload and frame.payload[0] >= len(frame.payload) for frame in found)
    assert any(not frame.payload for frame in found)


def test_something_comes_behind_the_end():
    for raw in said(MUTATORS, "after-end", POST):
        first, *more = frames(raw)
        assert first.flags & END_STREAM
        assert more


def test_lengths_lie():
    raws = said(MUTATORS, "frame-size", HEAD)
    assert any(int.from_bytes(raw[:3], "big") != len(raw) - HEADER for raw in raws)
    assert any(len(raw) > 16_384 + HEADER for raw in raws)


def test_openings_are_odd():
    firsts = {each.messages[0] for each in outcomes(MUTATORS, "opening", (PREFACE + HEAD[1], *HEAD[2:]), 400)}
    assert any(not raw.startswith(PREFACE) for raw in firsts)
    assert any(raw.startswith(PREFACE * 2) for raw in firsts)


def test_messages_may_be_said_at_once():
    assert {len(each.messages) for each in outcomes(MUTATORS, "at-once", POST)} == set(range(1, len(POST)))
