import zlib

import pytest

from support.mutating import outcomes, said
from workbench_websocket.frames import build_frame, minimal, read_head
from workbench_websocket.masking import masked
from workbench_websocket.mutators import MUTATORS
from workbench_websocket.opcodes import CLOSE, CONTINUATION, PING, TEXT
from workbench_websocket.seeds import HINTS, SEEDS

SESSION = next(seed.messages for seed in SEEDS if seed.name == "text")
KEY = b"\x37\xfa\x21\x3d"


def frames(raw: bytes):
    """Head and unmasked payload of each whole frame."""
    found, at = [], 0
    while (head := read_head(raw, at)) is not None and at + head.size + head.length <= len(raw):
        data = raw[at + head.size : at + head.size + head.length]
        found.append((head, masked(data, head.key) if head.key else data))
        at += head.size + head.length
    return found


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


def test_handshakes_lack_something_or_say_something_odd():
    raws = said(MUTATORS, "handshake", SESSION, 600)
    assert any(b"Sec-WebSocket-Key" not in raw for raw in raws)
    assert any(raw.startswith(b"GET / HTTP/1.0\r\n") for raw in raws)
    assert any(b"Sec-WebSocket-Version: 12\r\n" in raw for raw in raws)
    assert any(raw.lower().count(b"upgrade:") == 2 for raw in raws)
    assert all(raw.count(b"Sec-WebSocket-Extensions:") == 1 for raw in said(MUTATORS, "offer", SESSION))


def test_frames_are_not_masked():
    assert any(not head.masked for raw in said(MUTATORS, "mask", SESSION) for head, _ in frames(raw))


def test_lengths_are_written_in_every_way():
    heads = [head for raw in said(MUTATORS, "length", SESSION) if (head := read_head(raw)) is not None]
    assert any(not minimal(head) for head in heads)
    assert {2**63, 2**64 - 1, 2**32} <= {head.length for head in heads}
    assert any(head.length > 65_536 for head in heads)


def test_fragments_hold_the_message_and_let_others_in():
    wholes, between = set(), set()
    for raw in said(MUTATORS, "fragments", (SESSION[0], build_frame(TEXT, b"Hello", key=KEY))):
        found = frames(raw)
        own = [payload for head, payload in (found[0], *found[1:]) if head is found[0][0] or head.opcode == CONTINUATION]
        wholes.add(b"".join(own))
        between |= {head.opcode for head, _ in found[1:]} - {CONTINUATION}
    assert b"Hello" in wholes
    assert {PING, CLOSE, TEXT} <= between


def test_closes_have_codes_that_are_never_sent_and_words_behind_them():
    payloads = [frames(raw) for raw in said(MUTATORS, "close", SESSION)]
    codes = {int.from_bytes(found[0][1][:2], "big") for found in payloads if len(found[0][1]) > 1}
    assert {0, 999, 1005, 1006, 1015, 65_535} <= codes
    assert any(len(found) > 1 for found in payloads)


def test_text_is_cut_within_a_letter():
    found = [frames(raw) for raw in said(MUTATORS, "text", SESSION)]
    whole = [b"".join(payload for _, payload in texts).decode("utf-8", "replace") for texts in found]
    assert sum("\ufffd" in text for text in whole) > len(whole) / 2
    assert any(len(texts) == 2 and "\ufffd" in texts[0][1].decode("utf-8", "replace") for texts in found)


def test_what_is_compressed_grows_and_is_offered_before():
    sizes = set()
    for change in outcomes(MUTATORS, "compressed", SESSION):
        assert b"permessage-deflate" in change.messages[0]
        (head, payload), *_ = frames(change.messages[change.message])
        assert head.rsv == 4
        sizes.add((len(payload), change.what))
    bomb = next(change for change in outcomes(MUTATORS, "compressed", SESSION) if change.what.endswith("bytes compressed"))
    packed = frames(bomb.messages[bomb.message])[0][1]
    assert len(zlib.decompressobj(wbits=-15).decompress(packed + b"\0\0\xff\xff")) > 500 * len(packed)


@pytest.mark.parametrize(("name", "opcode"), [("control", PING), ("orphans", CONTINUATION)])
def test_more_frames_come_where_they_should_not(name, opcode):
    changes = outcomes(MUTATORS, name, SESSION)
    assert all(len(change.messages) > len(SESSION) for change in changes)
    assert any(head.opcode == opcode for change in changes for head, _ in frames(change.messages[change.message]))


def test_frames_come_before_they_may():
    firsts = {change.messages[0] for change in outcomes(MUTATORS, "early", SESSION)}
    assert firsts == {SESSION[0] + SESSION[1], SESSION[1]}


def test_heads_have_reserved_bits_and_kinds():
    heads = [head for raw in said(MUTATORS, "frame-head", SESSION) for head, _ in frames(raw)]
    assert {1, 2, 4} <= {head.rsv for head in heads}
    assert {3, 7, 11, 15} <= {head.opcode for head in heads}
