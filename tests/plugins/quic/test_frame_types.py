"""RFC 9000 table 3, and what follows from it."""

import pytest

from workbench_quic.frame_items import Plain
from workbench_quic.frame_types import FRAME_TYPES, Type, allowed, is_eliciting, is_probing, type_name
from workbench_quic.levels import Level

I, E, H, O = Level.INITIAL, Level.EARLY, Level.HANDSHAKE, Level.ONE_RTT  # noqa: E741


def of(*kinds: int) -> list[Plain]:
    return [Plain(kind, 0, 1) for kind in kinds]


@pytest.mark.parametrize(
    ("kinds", "levels"),
    [
        ((Type.PADDING, Type.PING, Type.CONNECTION_CLOSE), {I, E, H, O}),
        ((Type.ACK, Type.ACK_ECN, Type.CRYPTO), {I, H, O}),
        ((Type.STREAM, Type.STREAM + 7, Type.RESET_STREAM, Type.STOP_SENDING, Type.MAX_DATA, Type.DATAGRAM_LEN), {E, O}),
        ((Type.NEW_CONNECTION_ID, Type.PATH_CHALLENGE, Type.CONNECTION_CLOSE_APP), {E, O}),
        ((Type.NEW_TOKEN, Type.PATH_RESPONSE, Type.HANDSHAKE_DONE), {O}),
        ((0x4242,), {I, E, H, O}),
    ],
)
def test_where_a_frame_may_be(kinds: tuple[int, ...], levels: set[Level]):
    for kind in kinds:
        assert {level for level in Level if allowed(kind, level)} == levels


def test_every_type_of_the_rfc_is_there():
    assert set(range(0x1F)) <= set(FRAME_TYPES)


def test_what_asks_for_an_acknowledgement():
    assert not is_eliciting(of(Type.PADDING, Type.ACK, Type.ACK_ECN, Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP))
    assert is_eliciting(of(Type.PADDING, Type.PING))
    assert is_eliciting(of(0x4242))


def test_what_only_probes_a_path():
    assert is_probing(of(Type.PATH_CHALLENGE, Type.PATH_RESPONSE, Type.NEW_CONNECTION_ID, Type.PADDING))
    assert not is_probing(of(Type.PATH_CHALLENGE, Type.PING))


def test_names():
    assert type_name(Type.STREAM + 3) == "STREAM"
    assert type_name(0x4242) == "unknown (0x4242)"
