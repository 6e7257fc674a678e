"""The value of a packet: what a fuzzer or an editor changes, and the way back to bytes, protected again.

Every packet with a header has `first` (its first byte, without protection) and `dcid`; long headers also `version` and `scid`. The
rest is by type:

    Initial               token, number, payload
    0-RTT, Handshake      number, payload
    1-RTT                 number, payload
    those not opened      protected (packet number and payload as they are) instead of number and payload; token
    Version Negotiation   versions: [number, …]
    Retry                 token, tag; the tag is made anew where it was right
    of unknown versions   rest
    everything else       rest alone: a Stateless Reset, padding

Lengths are made right. The packet number takes as many bytes as the last two bits of `first` say; a payload too short to be protected gets
PADDING.
"""

from collections.abc import Mapping
from typing import Any

from workbench.api import Message, varint
from workbench_quic.headers import LONG
from workbench_quic.protection import SAMPLE_AT, TAG, Protection, retry_tag
from workbench_quic.versions import Kind, version_of

__all__ = ["encode"]

Value = Mapping[str, Any]


def encode(message: Message) -> bytes:
    """The packet. Raises `ValueError` where there is no value, or where a number does not fit."""
    value: Value | None = message.value
    if value is None:
        raise ValueError("a packet that is not whole has no value to build from")
    parameters = message.parameters
    if "first" not in value:
        return bytes(value["rest"])
    if not value["first"] & LONG:
        return _protected(bytes((value["first"],)) + value["dcid"], value, parameters)
    head = bytes((value["first"],)) + _number(value["version"], 4) + _identity(value["dcid"]) + _identity(value["scid"])
    if "versions" in value:
        return head + b"".join(_number(number, 4) for number in value["versions"])
    if "rest" in value:
        return head + bytes(value["rest"])
    if "tag" in value:
        return _retry(head + value["token"], value, parameters)
    if "token" in value:
        head += _long_enough(len(value["token"]), parameters["token_size"]) + value["token"]
    return _protected(head, value, parameters)


def _protected(head: bytes, value: Value, parameters: Mapping[str, Any]) -> bytes:
    """Packet number and payload behind a header, in long headers with the length of both."""
    size = (value["first"] & 3) + 1
    payload = b""
    if "protected" in value:
        length = len(value["protected"])
    else:
        payload = value["payload"].ljust(SAMPLE_AT - size, b"\0")
        length = size + len(payload) + TAG
    if value["first"] & LONG:
        head += _long_enough(length, parameters["length_size"])
    if "protected" in value:
        return head + bytes(value["protected"])
    number: int = value["number"]
    protection: Protection = parameters["protection"]
    return protection.seal(head + _number(number & (1 << 8 * size) - 1, size), number, payload)


def _retry(packet: bytes, value: Value, parameters: Mapping[str, Any]) -> bytes:
    """A Retry with the tag that it should have, or the one that it has where nobody knows."""
    version, original = version_of(value["version"]), parameters["original"]
    tag = None
    if version is not None and original is not None and version.kinds[value["first"] >> 4 & 3] is Kind.RETRY:
        tag = retry_tag(version, packet, original)
    return packet + (value["tag"] if tag is None else tag)


def _identity(cid: bytes) -> bytes:
    return _number(len(cid), 1) + bytes(cid)


def _long_enough(value: int, size: int) -> bytes:
    """A variable-length integer in as many bytes as it took before, or in more (RFC 9000 16)."""
    shortest = varint(value)
    if len(shortest) >= size:
        return shortest
    mark = {2: 1, 4: 2, 8: 3}[size]
    return (value | mark << (8 * size - 2)).to_bytes(size, "big")


def _number(value: int, size: int) -> bytes:
    try:
        return int(value).to_bytes(size, "big")
    except OverflowError as error:
        raise ValueError(f"{value} does not fit into {size} bytes") from error
