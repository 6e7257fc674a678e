"""Request streams frame by frame: what may come when, and how large it may be."""

from support.http3_server import closed, talking
from workbench.api import StreamData
from workbench_http3.checks.literals import capacity, dynamic, insert, prefix, section
from workbench_http3.checks.talk import ENCODER, data, headers
from workbench_http3.names import Type
from workbench_http3.server_fields import MAX_FIELDS
from workbench_http3.server_frames import ErrorCode, build
from workbench_http3.server_reading import MAX_SECTION

TRAILERS = headers([(b"x-checksum", b"1")])


def post(talk, *behind: bytes, end: bool = True, stream: int = 0) -> StreamData:
    return StreamData(stream, talk.request(0, b"POST", path="/echo").data + b"".join(behind), end)


def test_content_and_trailers():
    talk = talking()
    talk.send(post(talk, data(b"te"), data(b"st"), TRAILERS))
    talk.until_over(0)
    assert (talk.answer(0).status, bytes(talk.answer(0).body)) == (200, b"test")


def test_frames_in_the_wrong_order():
    for frames in ((TRAILERS, TRAILERS), (TRAILERS, data(b"x")), (build(Type.PUSH_PROMISE),), (build(Type.PRIORITY_UPDATE),)):
        talk = talking()
        talk.send(post(talk, *frames))
        assert closed(talk) is ErrorCode.H3_FRAME_UNEXPECTED


def test_ends_in_the_middle():
    talk = talking()
    talk.send(post(talk, data(b"test")[:-1]))
    assert closed(talk) is ErrorCode.H3_FRAME_ERROR
    talk = talking()
    talk.send(StreamData(0, end=True))
    talk.until_over(0)
    assert talk.answer(0).reset == ErrorCode.H3_REQUEST_INCOMPLETE


def test_lengths():
    for length, content in ((b"3", b"test"), (b"5", b"test")):
        talk = talking()
        talk.send(talk.request(0, b"POST", [(b"content-length", length)], path="/echo", end=False))
        talk.send(StreamData(0, data(content), True))
        talk.until_over(0)
        assert talk.answer(0).reset == ErrorCode.H3_MESSAGE_ERROR


def test_a_section_too_long_to_be_kept():
    talk = talking()
    talk.send(StreamData(0, b"\x01" + (0x8000_0000 | MAX_SECTION + 1).to_bytes(4, "big")))
    talk.until_over(0)
    assert (talk.answer(0).status, talk.answer(0).stopped) == (431, ErrorCode.H3_NO_ERROR)
    talk.send(StreamData(0, bytes(MAX_SECTION + 1), True), talk.request(4))
    talk.until_over(4)
    assert talk.answer(4).status == 200


def test_fields_too_many():
    talk = talking()
    talk.send(talk.request(0, extra=[(b"x-large", b"v" * MAX_FIELDS)]))
    talk.until_over(0)
    assert talk.answer(0).status == 431
    talk.send(post(talk, headers([(b"x-large", b"v" * MAX_FIELDS)]), stream=4))
    talk.until_over(4)
    assert talk.answer(4).status == 431


def test_a_bomb_is_not_unpacked():
    talk = talking()
    talk.send(StreamData(ENCODER, capacity(4096) + insert(b"x-bomb", b"b" * 4000)))
    talk.send(StreamData(0, build(Type.HEADERS, prefix(2) + section(talk.fields())[2:] + dynamic(0) * 60_000), True))
    talk.until_over(0)
    assert talk.answer(0).status == 431


def test_a_section_that_waits_with_content_behind_it():
    talk = talking()
    head = build(Type.HEADERS, prefix(2) + section(talk.fields(b"POST", path="/echo"))[2:] + dynamic(0))
    talk.send(StreamData(0, head + data(b"te")), StreamData(0, data(b"st"), True))
    assert not talk.until_over(0)
    talk.send(StreamData(ENCODER, capacity(100) + insert(b"x-late", b"1")))
    talk.until_over(0)
    assert bytes(talk.answer(0).body) == b"test"


def test_trailers_that_wait():
    talk = talking()
    talk.send(post(talk, data(b"test"), build(Type.HEADERS, prefix(2) + dynamic(0))))
    assert not talk.until_over(0)
    talk.send(StreamData(ENCODER, capacity(100) + insert(b"x-late", b"1")))
    talk.until_over(0)
    assert bytes(talk.answer(0).body) == b"test"
