import pytest

from support.mutating import said
from workbench_http2.header_table import HeaderTable
from workbench_http2.hpack import unpack
from workbench_http2.mutators import MUTATORS
from workbench_http2.seeds import SEEDS
from workbench_http2.server_frames import END_HEADERS, PADDED, FrameType, cut
from workbench_http2.session_text import block_of

HEAD = next(seed.messages for seed in SEEDS if seed.name == "head")
PADDED_HEAD = next(seed.messages for seed in SEEDS if seed.name == "nghttp-upload")


def blocks(name: str, messages=HEAD):
    """The header block of every variant, put together out of its frames."""
    for raw in said(MUTATORS, name, messages, 200):
        first, *more = cut(bytearray(raw))
        yield block_of(first)[1] + b"".join(frame.payload for frame in more if frame.type == FrameType.CONTINUATION)


@pytest.mark.parametrize("name", ["hpack-integer", "hpack-index", "hpack-text"])
def test_most_of_what_strains_the_decoder_is_an_error(name):
    troubles = [unpack(block, HeaderTable(), 1 << 24).trouble for block in blocks(name)]
    assert sum(map(bool, troubles)) > len(troubles) / 2


def test_table_sizes_come_in_every_place():
    lines = [[line.form.name for line in unpack(block, HeaderTable(), 4_096).lines] for block in blocks("hpack-table-size")]
    assert any(forms[:1] == ["RESIZE"] for forms in lines)
    assert any("RESIZE" in forms[1:] for forms in lines)


def test_a_bomb_is_a_thousand_times_larger_than_it_looks():
    assert max(block.count(b"\xbe") for block in blocks("hpack-bomb")) >= 4_000
    assert all(b"b" * 4_000 in block for block in blocks("hpack-bomb"))


def test_pseudo_header_fields_are_missing_doubled_and_late():
    names = set()
    for block in blocks("pseudo-header"):
        found = unpack(block, HeaderTable(), 4_096)
        if not found.trouble:
            names.add(tuple(line.name for line in found.lines))
    assert any(each.count(b":method") == 2 for each in names)
    assert any(each and not each[0].startswith(b":") for each in names)
    assert any(b":path" not in each for each in names)


def test_blocks_are_split_without_losing_a_byte_and_something_comes_between():
    for message in (HEAD, PADDED_HEAD):
        whole = {block_of(frame)[1] for raw in message[1:] for frame in cut(bytearray(raw)) if frame.type == FrameType.HEADERS}
        between = set()
        for raw in said(MUTATORS, "continued", message):
            first, *more = cut(bytearray(raw))
            assert not first.flags & END_HEADERS
            own = [
                frame.payload
                for frame in more
                if (frame.type, frame.stream) == (FrameType.CONTINUATION, first.stream) and not frame.flags & PADDED
            ]
            assert block_of(first)[1] + b"".join(own) in whole
            between |= {frame.type for frame in more} - {FrameType.CONTINUATION}
        assert {FrameType.PING, FrameType.SETTINGS, FrameType.HEADERS} <= between


def test_blocks_that_never_end_do_not():
    for raw in said(MUTATORS, "endless-block", PADDED_HEAD, 50):
        assert not any(frame.flags & END_HEADERS for frame in cut(bytearray(raw)))
