"""What the error codes of QUIC and of its applications are called (RFC 9000 20.1, RFC 9001 4.8, RFC 9368 10, RFC 9114 8.1, RFC 9204 6)."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NO_CODES", "Codes", "alert_name", "application_codes", "error_name"]

Codes = Mapping[int, str]
"""Error codes of an application, by number."""

NO_CODES: Codes = MappingProxyType({})
"""Of an application nobody knows."""

_ERRORS = MappingProxyType(
    {
        0x00: "NO_ERROR",
        0x01: "INTERNAL_ERROR",
        0x02: "CONNECTION_REFUSED",
        0x03: "FLOW_CONTROL_ERROR",
        0x04: "STREAM_LIMIT_ERROR",
        0x05: "STREAM_STATE_ERROR",
        0x06: "FINAL_SIZE_ERROR",
        0x07: "FRAME_ENCODING_ERROR",
        0x08: "TRANSPORT_PARAMETER_ERROR",
        0x09: "CONNECTION_ID_LIMIT_ERROR",
        0x0A: "PROTOCOL_VIOLATION",
        0x0B: "INVALID_TOKEN",
        0x0C: "APPLICATION_ERROR",
        0x0D: "CRYPTO_BUFFER_EXCEEDED",
        0x0E: "KEY_UPDATE_ERROR",
        0x0F: "AEAD_LIMIT_REACHED",
        0x10: "NO_VIABLE_PATH",
        0x11: "VERSION_NEGOTIATION_ERROR",
    }
)

_ALERTS = MappingProxyType(
    {
        0: "close_notify",
        10: "unexpected_message",
        20: "bad_record_mac",
        22: "record_overflow",
        40: "handshake_failure",
        42: "bad_certificate",
        43: "unsupported_certificate",
        44: "certificate_revoked",
        45: "certificate_expired",
        46: "certificate_unknown",
        47: "illegal_parameter",
        48: "unknown_ca",
        49: "access_denied",
        50: "decode_error",
        51: "decrypt_error",
        70: "protocol_version",
        71: "insufficient_security",
        80: "internal_error",
        86: "inappropriate_fallback",
        90: "user_canceled",
        109: "missing_extension",
        110: "unsupported_extension",
        112: "unrecognized_name",
        113: "bad_certificate_status_response",
        115: "unknown_psk_identity",
        116: "certificate_required",
        120: "no_application_protocol",
        121: "ech_required",
    }
)
"""Alerts that TLS 1.3 may send (RFC 8446 6, RFC 9849)."""

_HTTP3: Codes = MappingProxyType(
    {
        0x33: "H3_DATAGRAM_ERROR",
        0x100: "H3_NO_ERROR",
        0x101: "H3_GENERAL_PROTOCOL_ERROR",
        0x102: "H3_INTERNAL_ERROR",
        0x103: "H3_STREAM_CREATION_ERROR",
        0x104: "H3_CLOSED_CRITICAL_STREAM",
        0x105: "H3_FRAME_UNEXPECTED",
        0x106: "H3_FRAME_ERROR",
        0x107: "H3_EXCESSIVE_LOAD",
        0x108: "H3_ID_ERROR",
        0x109: "H3_SETTINGS_ERROR",
        0x10A: "H3_MISSING_SETTINGS",
        0x10B: "H3_REQUEST_REJECTED",
        0x10C: "H3_REQUEST_CANCELLED",
        0x10D: "H3_REQUEST_INCOMPLETE",
        0x10E: "H3_MESSAGE_ERROR",
        0x10F: "H3_CONNECT_ERROR",
        0x110: "H3_VERSION_FALLBACK",
        0x200: "QPACK_DECOMPRESSION_FAILED",
        0x201: "QPACK_ENCODER_STREAM_ERROR",
        0x202: "QPACK_DECODER_STREAM_ERROR",
    }
)

_DOQ: Codes = MappingProxyType(
    {
        0x0: "DOQ_NO_ERROR",
        0x1: "DOQ_INTERNAL_ERROR",
        0x2: "DOQ_PROTOCOL_ERROR",
        0x3: "DOQ_REQUEST_CANCELLED",
        0x4: "DOQ_EXCESSIVE_LOAD",
        0x5: "DOQ_UNSPECIFIED_ERROR",
    }
)
"""RFC 9250 8.4."""


def error_name(code: int) -> str:
    """The name of a transport error code; "" for unknown ones."""
    if code >> 8 == 1:
        return f"CRYPTO_ERROR ({alert_name(code & 0xFF)})"
    return _ERRORS.get(code, "")


def alert_name(number: int) -> str:
    """The name of a TLS alert, its number where it has none."""
    return _ALERTS.get(number, f"alert {number}")


def application_codes(alpn: str) -> Codes:
    """The error codes of the application that an ALPN identifier stands for, drafts of HTTP/3 included."""
    if alpn == "h3" or alpn.startswith("h3-"):
        return _HTTP3
    return _DOQ if alpn == "doq" else NO_CODES
