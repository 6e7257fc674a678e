"""Bodies from DATA frames: bounds of one and of all, and the messages of gRPC."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_http.bodies import Body, Purse
from workbench_http.limits import MAX_BODIES, MAX_BODY, MAX_GRPC, MAX_SURPLUS, UNFOLDING


def test_frames_are_put_together():
    purse, body = Purse(), Body()
    body.add(b"one ", 0, purse)
    body.add(b"two", 3, purse)
    assert (bytes(body.data), body.frames, body.missing) == (b"one two", 2, 3)
    assert purse.room == MAX_BODIES - 7
    body.release(purse)
    assert (purse.room, body.data) == (MAX_BODIES, b"")


def test_a_body_has_a_bound():
    purse, body = Purse(), Body()
    body.add(bytes(MAX_BODY), 0, purse)
    body.add(b"more", 0, purse)
    assert (len(body.data), body.missing) == (MAX_BODY, 4)


def test_all_bodies_have_one_together():
    purse = Purse(room=10)
    first, second = Body(), Body()
    first.add(bytes(8), 0, purse)
    second.add(bytes(8), 0, purse)
    assert (len(first.data), len(second.data), second.missing, purse.room) == (8, 2, 6, 0)
    first.release(purse)
    second.release(purse)
    assert purse.room == 10


def test_what_bodies_may_unfold_to():
    purse = Purse()
    assert purse.share(10) == UNFOLDING * 10 + MAX_SURPLUS
    purse.spend(10, UNFOLDING * 10 + 5)
    assert purse.surplus == MAX_SURPLUS - 5
    purse.spend(0, 2 * MAX_SURPLUS)
    assert purse.share(1) == UNFOLDING
    assert Purse(surplus=100).share(2) == 2 * UNFOLDING + 100


def grpc(content, flag=0):
    return bytes((flag,)) + len(content).to_bytes(4, "big") + content


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 40))
def test_messages_of_grpc_whatever_the_frames(contents, step):
    raw = b"".join(map(grpc, contents))
    purse, body = Purse(), Body(content_type=b"application/grpc+proto")
    assert body.is_grpc
    found = []
    for at in range(0, len(raw), step):
        body.add(raw[at : at + step], 0, purse)
        found += body.messages(purse)
    assert [message.data[5:] for message in found] == contents
    assert (bytes(body.data), purse.room) == (b"", MAX_BODIES)


def test_a_long_message_of_grpc_is_cut():
    purse, body = Purse(), Body(content_type=b"application/grpc")
    body.add(b"\1" + (MAX_GRPC + 10).to_bytes(4, "big") + b"begins", 0, purse)
    (message,) = body.messages(purse)
    assert (message.cut, message.compressed, message.length, message.data[5:]) == (True, 1, MAX_GRPC + 10, b"begins")
    body.add(bytes(MAX_GRPC + 4) + grpc(b"next"), 0, purse)
    assert [message.data[5:] for message in body.messages(purse)] == [b"next"]


def test_which_types_are_grpc():
    assert Body(content_type=b"application/grpc+json").is_grpc
    assert not Body(content_type=b"application/grpc-web+proto").is_grpc
    assert not Body(content_type=b"text/html").is_grpc
