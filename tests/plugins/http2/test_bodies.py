"""Bodies and their purse: bounded one by one and together; gRPC messages of any cut."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.bodies import Body, Purse
from workbench_http2.limits import MAX_BODIES, MAX_GRPC, UNFOLDING


def test_what_the_purse_does_not_hold_is_only_counted():
    purse = Purse(room=10)
    first, second = Body(), Body()
    first.add(b"12345678", 0, purse)
    second.add(b"12345678", 2, purse)
    assert (bytes(second.data), second.missing, purse.room) == (b"12", 8, 0)
    first.release(purse)
    second.release(purse)
    assert purse.room == 10


def test_unfolding_beyond_its_share_costs_everybody():
    purse = Purse(surplus=100)
    assert purse.share(2) == 2 * UNFOLDING + 100
    purse.spend(2, 2 * UNFOLDING + 60)
    assert purse.share(0) == 40


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 40))
def test_grpc_messages_whatever_the_frames(contents, size):
    stream = b"".join(b"\0" + len(content).to_bytes(4, "big") + content for content in contents)
    purse = Purse()
    body = Body(content_type=b"application/grpc")
    found = []
    for start in range(0, len(stream), size):
        body.add(stream[start : start + size], 0, purse)
        found += body.messages(purse)
    assert [message.data[5:] for message in found] == contents
    assert (bytes(body.data), purse.room) == (b"", MAX_BODIES)


def test_a_huge_grpc_message_is_passed_over():
    purse = Purse()
    body = Body(content_type=b"application/grpc")
    body.add(b"\0" + (MAX_GRPC + 10).to_bytes(4, "big") + b"abc", 0, purse)
    assert [message.cut for message in body.messages(purse)] == [True]
    body.add(bytes(MAX_GRPC + 7) + b"\0\0\0\0\1x", 0, purse)
    assert [message.data[5:] for message in body.messages(purse)] == [b"x"]


def test_which_types_are_grpc():
    assert Body(content_type=b"application/grpc+json").is_grpc
    assert not Body(content_type=b"application/grpc-web").is_grpc
    assert not Body(content_type=b"text/plain").is_grpc
