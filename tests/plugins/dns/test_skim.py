from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors import converse
from workbench.api import Direction, ServerOptions, members_text, message_members
from workbench_dns import PROTOCOL
from workbench_dns.queries import opt_record, query
from workbench_dns.seeds import SEEDS
from workbench_dns.server import responder_of
from workbench_dns.skim import MOST_TEXTS, skim_datagrams

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
RESPONDER = responder_of(ServerOptions())


def agree(turns) -> None:
    """Both lanes say the same about a flow."""
    skim = skim_datagrams()
    skimmed = [skim(direction, raw) for direction, raw in turns]
    assert skimmed == [members_text(message_members(message)) for message in converse(PROTOCOL, turns)]


def talk(raw: bytes) -> list[tuple[Direction, bytes]]:
    return [(UP, raw), *((DOWN, answer) for answer in RESPONDER.respond(raw, stream=False))]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_what_is_said_again_with_another_id_and_cookie(seed):
    for number in (1, 0xFFFF, 0x0A08):
        for raw in seed.messages:
            changed = number.to_bytes(2, "big") + raw[2:]
            agree(talk(changed))


@given(st.integers(0, 65_535), st.binary(min_size=8, max_size=8), st.sampled_from([b"", b"12345678", b"1234567890123456", b"x"]))
def test_any_cookie(number, client, server):
    agree(talk(query("www.workbench.test.", number=number, records=[opt_record([(10, client + server)])])))
    agree(talk(query("www.workbench.test.", number=number, records=[opt_record([(3, b"%s"), (10, client), (12, client)])])))
    agree(talk(query("www.workbench.test.", number=number, records=[opt_record([(10, client), (10, client)])])))


def test_what_looks_like_a_cookie_and_is_none():
    for tail in (b"\0\x0a\0\x08abcdefgh", b"\0\x0a\0\x08hgfedcba"):
        agree([(UP, query("www.workbench.test.") + tail)])


def test_answers_to_other_questions_are_remarked_on():
    first, second = query("www.workbench.test.", number=1), query("ns1.workbench.test.", number=2)
    (_, answer), (_, other) = talk(first)[1], talk(second)[1]
    for _ in range(2):
        agree([(UP, first), (DOWN, b"\0\1" + other[2:])])
        agree([(UP, first), (DOWN, b"\0\7" + answer[2:])])
        agree([(DOWN, answer), (UP, first), (DOWN, answer)])


@given(st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.binary(min_size=1, max_size=60)), max_size=4))
def test_any_bytes(turns):
    agree(turns)


@given(st.integers(0, 2**32))
def test_spoilt_messages(number):
    random = Random(number)
    turns = []
    for _ in range(3):
        for direction, raw in talk(random.choice(random.choice(SEEDS).messages)):
            spoilt = bytearray(raw)
            spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
            turns.append((direction, bytes(spoilt)))
    agree(turns)


def test_memory_is_bounded():
    from workbench_dns import skim

    flow = skim_datagrams()
    for number in range(MOST_TEXTS + 50):
        flow(UP, query(f"n{number}.test.", records=[]))
        if number == 40:
            assert len(skim._TEXTS._said) > 40
    assert len(skim._TEXTS._said) == MOST_TEXTS


def test_a_message_cut_before_its_cookie_is_another_message():
    whole = query("cut.workbench.test.", records=[opt_record([(10, b"12345678")])])
    agree([(UP, whole)])
    agree([(UP, whole[:-8])])


def test_names_that_point_into_the_id():
    for number in (0x0161, 0x0162):
        raw = number.to_bytes(2, "big") + bytes.fromhex("01000001000000000000") + b"\xc0\0\0\1\0\1"
        agree([(UP, raw)])


def test_names_that_point_into_the_cookie():
    """A record behind OPT whose name is the client's cookie."""
    for cookie in (b"\1a\0bcdef", b"\1b\0bcdef"):
        raw = query("x.", records=[opt_record([(10, cookie)])])
        at = raw.index(cookie)
        record = (0xC000 | at).to_bytes(2, "big") + b"\0\1\0\1\0\0\0\0\0\4" + bytes(4)
        agree([(UP, raw[:11] + b"\2" + raw[12:] + record)])
        chain = query("x.", records=[opt_record([(10, cookie), (13, (0xC000 | at).to_bytes(2, "big"))])])
        agree([(UP, chain)])
