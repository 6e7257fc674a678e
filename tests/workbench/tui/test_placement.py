from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Direction, Field, Message
from workbench.tui.placement import Placement, place


def message(start: int, raw: bytes) -> Message:
    return Message(
        protocol="p", direction=Direction.TO_SERVER, start=start, end=start + len(raw), raw=raw, root=Field("r", 0, len(raw))
    )


def test_a_message_in_one_packet():
    assert place(b"hello", 54, [message(100, b"hello")], 100) == ((Placement(0, 5, 54),),)


def test_the_middle_of_a_long_message():
    long = message(0, b"abcdefghij")
    assert place(b"def", 54, [long], 3) == ((Placement(3, 6, 51),),)


def test_the_end_of_one_message_and_the_beginning_of_the_next():
    messages = [message(0, b"abcdef"), message(6, b"ghijkl")]
    assert place(b"efgh", 40, messages, 4) == ((Placement(4, 6, 36),), (Placement(0, 2, 42),))


def test_a_wrong_offset_is_not_believed():
    assert place(b"def", 54, [message(0, b"abcdefghij")], 7) == ((Placement(3, 6, 51),),)


def test_without_an_offset_bytes_decide():
    messages = [message(50, b"one,"), message(54, b"two,")]
    assert place(b"one,two,", 10, messages, None) == ((Placement(0, 4, 10),), (Placement(0, 4, 14),))


def test_bytes_that_are_elsewhere_are_nowhere():
    assert place(b"zzz", 54, [message(0, b"abc")], None) == ((),)
    assert place(b"", 54, [message(0, b"abc")], 0) == ((),)


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=5), st.data())
def test_whatever_is_placed_is_the_same_byte(raws: list[bytes], data):
    stream = b"".join(raws)
    start = data.draw(st.integers(0, len(stream) - 1))
    end = data.draw(st.integers(start + 1, len(stream)))
    guess = data.draw(st.none() | st.integers(-5, 20))
    offset, messages = 0, []
    for raw in raws:
        messages.append(message(offset, raw))
        offset += len(raw)
    payload = stream[start:end]
    packet = b"HEAD" + payload
    for each, places in zip(messages, place(payload, 4, messages, guess), strict=True):
        for found in places:
            assert each.raw[found.start : found.end] == packet[found.start + found.shift : found.end + found.shift]
