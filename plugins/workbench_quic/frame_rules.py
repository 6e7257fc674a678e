"""What each kind of frame must keep by itself, whatever came before it (RFC 9000 19)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench_quic.frame_items import Ack, Close, Crypto, NewConnectionId, Numbers, Stream, Token
from workbench_quic.frame_types import Type
from workbench_quic.varints import LARGEST

__all__ = ["FRAME_RULES", "LONGEST_ID"]

LONGEST_ID = 20
"""Bytes of a connection ID in versions 1 and 2 (RFC 9000 17.2)."""

MOST_STREAMS = 1 << 60
"""Stream numbers fit into 62 bits, of which two are their type (RFC 9000 4.6)."""

Breach = tuple[str, str]
"""What is wrong, and the section that says so."""


def _of_stream(item: Stream) -> Iterator[Breach]:
    if item.offset + len(item.data) > LARGEST:
        yield "stream data beyond offset 2^62-1 (FRAME_ENCODING_ERROR)", "RFC 9000 19.8"


def _of_crypto(item: Crypto) -> Iterator[Breach]:
    if item.offset + len(item.data) > LARGEST:
        yield "CRYPTO data beyond offset 2^62-1 (FRAME_ENCODING_ERROR)", "RFC 9000 19.6"


def _of_ack(item: Ack) -> Iterator[Breach]:
    if item.broken:
        yield "acknowledged packet numbers below zero (FRAME_ENCODING_ERROR)", "RFC 9000 19.3.1"


def _of_token(item: Token) -> Iterator[Breach]:
    if not item.token:
        yield "an empty token (FRAME_ENCODING_ERROR)", "RFC 9000 19.7"


def _of_count(item: Numbers) -> Iterator[Breach]:
    if item.values[0] > MOST_STREAMS:
        section = "19.11" if item.kind in (Type.MAX_STREAMS_BIDI, Type.MAX_STREAMS_UNI) else "19.14"
        yield "more than 2^60 streams (FRAME_ENCODING_ERROR)", f"RFC 9000 {section}"


def _of_connection_id(item: NewConnectionId) -> Iterator[Breach]:
    if not 1 <= len(item.cid) <= LONGEST_ID:
        yield f"a connection ID of {len(item.cid)} bytes; 1 to 20 are allowed (FRAME_ENCODING_ERROR)", "RFC 9000 19.15"
    if item.retire_prior_to > item.sequence:
        text = f"Retire Prior To {item.retire_prior_to} is greater than its own Sequence Number {item.sequence} (FRAME_ENCODING_ERROR)"
        yield text, "RFC 9000 19.15"


def _of_reliable_reset(item: Numbers) -> Iterator[Breach]:
    _, _, size, reliable = item.values
    if reliable > size:
        yield f"Reliable Size {reliable} is greater than Final Size {size}", "draft-ietf-quic-reliable-stream-reset"


def _of_close(item: Close) -> Iterator[Breach]:
    try:
        item.reason.decode()
    except UnicodeDecodeError:
        yield "the reason phrase is not UTF-8", "RFC 9000 19.19"


FRAME_RULES: Mapping[int, Callable[[Any], Iterator[Breach]]] = {
    **dict.fromkeys(range(Type.STREAM + 4, Type.STREAM + 8), _of_stream),  # those with an offset
    **dict.fromkeys((Type.ACK, Type.ACK_ECN), _of_ack),
    **dict.fromkeys(
        (Type.MAX_STREAMS_BIDI, Type.MAX_STREAMS_UNI, Type.STREAMS_BLOCKED_BIDI, Type.STREAMS_BLOCKED_UNI), _of_count
    ),
    **dict.fromkeys((Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP), _of_close),
    Type.CRYPTO: _of_crypto,
    Type.NEW_TOKEN: _of_token,
    Type.NEW_CONNECTION_ID: _of_connection_id,
    Type.RESET_STREAM_AT: _of_reliable_reset,
}
"""By frame type; each gets the value of such a frame."""
