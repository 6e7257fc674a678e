"""Answers to datagrams that belong to no connection: Version Negotiation, Retry, a refusal, Stateless Reset. Nothing is kept for them."""

import hashlib
import hmac
import os

from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import QuicErrorCode, QuicPacketType, encode_quic_retry, encode_quic_version_negotiation
from aioquic.quic.packet_builder import QuicPacketBuilder
from aioquic.quic.retry import QuicRetryTokenHandler

from workbench.api import Endpoint
from workbench_quic.carrier.headers import CID_LENGTH, Header

__all__ = ["SMALLEST_INITIAL", "AddressTokens", "Resets", "negotiation", "refusal"]

SMALLEST_INITIAL = 1200
"""Bytes of a datagram with an Initial (RFC 9000 14.1); smaller ones get no answer, which would make attacks larger than they came."""

_SECOND = 1_000_000_000

_CLOSE_ROOM = 64
"""Bytes for a CONNECTION_CLOSE without words."""


def negotiation(header: Header, versions: tuple[int, ...]) -> bytes:
    """Version Negotiation (RFC 9000 17.2.1) in answer to a version that we do not speak."""
    return bytes(
        encode_quic_version_negotiation(
            source_cid=header.destination, destination_cid=header.source, supported_versions=list(versions)
        )
    )


def refusal(header: Header, code: QuicErrorCode) -> bytes:
    """An Initial that closes the connection before it begins (10.2.3): CONNECTION_REFUSED, INVALID_TOKEN."""
    version = header.version or 0
    crypto = CryptoPair()
    crypto.setup_initial(cid=header.destination, is_client=False, version=version)
    builder = QuicPacketBuilder(
        host_cid=header.destination,
        is_client=False,
        max_datagram_size=SMALLEST_INITIAL,
        peer_cid=header.source,
        version=version,
    )
    builder.start_packet(QuicPacketType.INITIAL, crypto)
    frame = builder.start_frame(0x1C, capacity=_CLOSE_ROOM)  # CONNECTION_CLOSE of the transport (19.19): code, frame type, reason
    frame.push_uint_var(code)
    frame.push_uint_var(0)
    frame.push_uint_var(0)
    datagrams, _ = builder.flush()
    return bytes(datagrams[0])


class AddressTokens:
    """Tokens of Retry packets. Each is good for the address that it was sent to, for half a minute, and for one connection ID (8.1.2);
    who made them is known by the key, which lives as long as this object."""

    def __init__(self) -> None:
        self._tokens = QuicRetryTokenHandler()

    def retry(self, header: Header, peer: Endpoint, now_ns: int) -> bytes:
        """A Retry packet (17.2.5) for an Initial without a token."""
        source = os.urandom(CID_LENGTH)
        token = self._tokens.create_token(
            address=(peer.host, peer.port),
            original_destination_connection_id=header.destination,
            retry_source_connection_id=source,
            now=now_ns / _SECOND,
        )
        return bytes(
            encode_quic_retry(
                version=header.version or 0,
                source_cid=source,
                destination_cid=header.source,
                original_destination_cid=header.destination,
                retry_token=token,
            )
        )

    def original(self, header: Header, peer: Endpoint, now_ns: int) -> bytes | None:
        """The connection ID of the Initial that was sent away with this token; None for a token that is not good (any more)."""
        try:
            original = self._tokens.validate_token(
                address=(peer.host, peer.port), destination_cid=header.destination, token=header.token, now=now_ns / _SECOND
            )
        except ValueError:
            return None
        return bytes(original)


class Resets:
    """Stateless Reset (10.3): tells a peer whose connection we do not know (any more) that it is over. The token follows from the
    connection ID and a key that lives as long as this object."""

    SMALLEST = 22
    """Bytes of a datagram that may get one: a reset is smaller than what it answers, so that two servers cannot go on for ever (10.3.3)."""
    LARGEST = 42
    """Bytes of a reset: like a short packet, so that it is not told apart by its size."""
    EACH_SECOND = 100
    """Resets in one second; more datagrams of nobody are a flood, and get no answer."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._second = 0
        self._left = self.EACH_SECOND

    def token(self, identifier: bytes) -> bytes:
        """The token of one of our connection IDs."""
        return hmac.digest(self._key, identifier, hashlib.sha256)[:16]

    def reset(self, datagram: bytes, header: Header, now_ns: int) -> bytes | None:
        """The answer to a datagram with a short header; None where there is none."""
        if header.version is not None or len(datagram) < self.SMALLEST or not self._may_answer(now_ns):
            return None
        noise = bytearray(os.urandom(min(len(datagram) - 1, self.LARGEST) - 16))
        noise[0] = 0x40 | noise[0] & 0x3F  # looks like a short header
        return bytes(noise) + self.token(header.destination)

    def _may_answer(self, now_ns: int) -> bool:
        second = now_ns // _SECOND
        if second != self._second:
            self._second, self._left = second, self.EACH_SECOND
        self._left -= 1
        return self._left >= 0
