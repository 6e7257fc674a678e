from dissectors import converse
from workbench.api import Direction, ServerOptions
from workbench_dns import PROTOCOL, PROTOCOL_MDNS
from workbench_dns.queries import query
from workbench_dns.server import responder_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def answered(raw: bytes) -> bytes:
    [answer] = responder_of(ServerOptions()).respond(raw, stream=False)
    return answer


def test_query_and_answer_share_a_key():
    first, second = query("www.workbench.test.", number=1), query("ns1.workbench.test.", number=2)
    messages = converse(PROTOCOL, [(UP, first), (UP, second), (DOWN, answered(second)), (DOWN, answered(first))])
    keys = [message.exchange for message in messages]
    assert keys[0] == keys[3] != keys[1] == keys[2]


def test_spelling_does_not_matter():
    messages = converse(PROTOCOL, [(UP, query("www.workbench.test.")), (DOWN, answered(query("WWW.workbench.test.")))])
    assert messages[0].exchange == messages[1].exchange
    assert messages[1].notes == ()


def test_an_answer_without_the_question_is_paired_by_id():
    messages = converse(PROTOCOL, [(UP, query("a.", number=9)), (DOWN, b"\0\x09\x81\x01" + bytes(8))])
    assert messages[0].exchange == messages[1].exchange


def test_an_answer_to_another_question():
    messages = converse(PROTOCOL, [(UP, query("www.workbench.test.")), (DOWN, answered(query("ns1.workbench.test.")))])
    assert messages[0].exchange != messages[1].exchange
    assert [note.section for note in messages[1].notes] == ["RFC 5452 9.1"]
    assert "another question" in messages[1].notes[0].text


def test_an_answer_with_another_id():
    asked = query("www.workbench.test.", number=1)
    messages = converse(PROTOCOL, [(UP, asked), (DOWN, b"\0\2" + answered(asked)[2:])])
    assert "0x0001" in messages[1].notes[0].text
    assert "0x0002" in messages[1].notes[0].text


def test_multicast_is_not_paired():
    assert [message.exchange for message in converse(PROTOCOL_MDNS, [(UP, query("a.local.", number=0))])] == [None]


def test_memory_is_bounded():
    turns = [(UP, query(f"n{number}.test.", number=number & 0xFFFF)) for number in range(PROTOCOL.limits.memory + 10)]
    messages = converse(PROTOCOL, [*turns, (DOWN, answered(query("n0.test.", number=0)))])
    assert messages[-1].notes == ()
