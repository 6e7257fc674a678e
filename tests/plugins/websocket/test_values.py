import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from support.websocket import CLIENT, MASK, client, decode, facts, only, opening
from workbench_websocket.values import encode


@given(st.sampled_from([1, 2, 8, 9, 10]), st.binary(max_size=125), st.booleans())
def test_frames_are_built_as_they_were(opcode, payload, fin):
    (message,) = decode(client(opcode, payload, fin=fin), known=facts())
    assert encode(message) == message.raw


def test_a_changed_payload_gets_its_length_and_masking():
    message = only(client(1, b"Hello"))
    longer = dataclasses.replace(message, value={**message.value, "payload": b"x" * 300})
    assert only((CLIENT, encode(longer))).value["payload"] == b"x" * 300
    assert encode(longer)[4:8] == MASK


def test_a_changed_header_of_the_handshake():
    (message,) = decode((CLIENT, opening()))
    value = {**message.value, "uri": "/other"}
    assert encode(dataclasses.replace(message, value=value)) == opening("/other")
