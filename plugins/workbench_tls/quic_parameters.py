"""QUIC's transport parameters (RFC 9000 18), which travel in an extension of ClientHello and EncryptedExtensions, as grammars and names.

A value is {"quic_parameters": [{"parameter_type", "parameter_length", …fields of the value}, …]}, where the fields are {"parameter_value"}
alone for what has no layout or does not fit it; with "quic_len" in the layout of early drafts.
"""

from collections.abc import Mapping
from typing import Any

from construct import Bytes, Computed, Construct, GreedyBytes, GreedyRange, Int16ub, Int32ub, Rebuild, Struct, len_, this

from workbench.api import QuicVarint
from workbench_tls.layout import opaque, vector

__all__ = [
    "DRAFT_EXTENSION",
    "EXTENSIONS",
    "PARAMETERS",
    "SERVER_ONLY",
    "build_parameters",
    "parameter_grammar",
    "parameter_name",
    "parameters_grammar",
    "version_name",
]

DRAFT_EXTENSION = 0xFFA5
EXTENSIONS = (57, DRAFT_EXTENSION)
"""Types of the extension: RFC 9001 8.2, and that of the drafts before it."""

_PARAMETERS = Struct(
    "quic_parameters"
    / GreedyRange(
        Struct(
            "parameter_type" / QuicVarint,
            "parameter_length" / Rebuild(QuicVarint, len_(this.parameter_value)),
            "parameter_value" / Bytes(this.parameter_length),
        )
    )
)
_OLD_PARAMETERS = Struct(
    *vector(
        "quic_parameters",
        2,
        Struct("parameter_type" / Int16ub, *opaque("parameter_value", 2, "parameter_length_old")),
        "quic_len",
    )
)
"""As drafts up to 26 of QUIC had it."""


def parameters_grammar(kind: int, data: bytes) -> Construct:
    """The grammar of the whole extension. The type of the drafts came with two layouts; the older one begins with its own length."""
    old = kind == DRAFT_EXTENSION and len(data) >= 2 and int.from_bytes(data[:2], "big") == len(data) - 2
    return _OLD_PARAMETERS if old else _PARAMETERS


def _number(name: str) -> Construct:
    return Struct(name / QuicVarint)


def _flag(name: str) -> Construct:
    """A parameter without a value: that it is there says it all."""
    return Struct(name / Computed(True))


def _octets(name: str) -> Construct:
    return Struct(name / GreedyBytes)


_PREFERRED_ADDRESS = Struct(
    "ipv4address" / Bytes(4),
    "ipv4port" / Int16ub,
    "ipv6address" / Bytes(16),
    "ipv6port" / Int16ub,
    *opaque("preferred_connectionid", 1),
    "preferred_token" / Bytes(16),
)
_VERSION_INFORMATION = Struct("chosen_version" / Int32ub, "other_versions" / GreedyRange(Int32ub))
_GOOGLE_VERSION = Struct("google_version" / Int32ub)
_GOOGLE_VERSIONS = Struct(
    "google_version" / Int32ub, *vector("google_supported_versions", 1, Int32ub, "google_supported_versions_length")
)

PARAMETERS: dict[int, tuple[str, Construct]] = {
    # RFC 9000 18.2
    0x00: ("original_destination_connection_id", _octets("original_destination_connection_id")),
    0x01: ("max_idle_timeout", _number("max_idle_timeout")),
    0x02: ("stateless_reset_token", Struct("stateless_reset_token" / Bytes(16))),
    0x03: ("max_udp_payload_size", _number("max_udp_payload_size")),
    0x04: ("initial_max_data", _number("initial_max_data")),
    0x05: ("initial_max_stream_data_bidi_local", _number("initial_max_stream_data_bidi_local")),
    0x06: ("initial_max_stream_data_bidi_remote", _number("initial_max_stream_data_bidi_remote")),
    0x07: ("initial_max_stream_data_uni", _number("initial_max_stream_data_uni")),
    0x08: ("initial_max_streams_bidi", _number("initial_max_streams_bidi")),
    0x09: ("initial_max_streams_uni", _number("initial_max_streams_uni")),
    0x0A: ("ack_delay_exponent", _number("ack_delay_exponent")),
    0x0B: ("max_ack_delay", _number("max_ack_delay")),
    0x0C: ("disable_active_migration", _flag("disable_active_migration")),
    0x0D: ("preferred_address", _PREFERRED_ADDRESS),
    0x0E: ("active_connection_id_limit", _number("active_connection_id_limit")),
    0x0F: ("initial_source_connection_id", _octets("initial_source_connection_id")),
    0x10: ("retry_source_connection_id", _octets("retry_source_connection_id")),
    # RFC 9368 3, its drafts; RFC 9221 3; RFC 9287 3
    0x11: ("version_information", _VERSION_INFORMATION),
    0xFF73DB: ("version_information (draft)", _VERSION_INFORMATION),
    0x20: ("max_datagram_frame_size", _number("max_datagram_frame_size")),
    0x2AB2: ("grease_quic_bit", _flag("grease_quic_bit")),
    # drafts: acknowledgment frequency, CIBIR, loss bits, time stamps
    0xDE1A: ("min_ack_delay (draft 0)", _number("min_ack_delay")),
    0xFF03DE1A: ("min_ack_delay (drafts 1 to 3)", _number("min_ack_delay")),
    0xFF04DE1A: ("min_ack_delay (drafts 4 to 6)", _number("min_ack_delay")),
    0xFF04DE1B: ("min_ack_delay", _number("min_ack_delay")),
    0x1000: ("cibir_encoding", Struct("cibir_length" / QuicVarint, "cibir_offset" / QuicVarint)),
    0x1057: ("loss_bits", _number("loss_bits")),
    0x7157: ("enable_time_stamp", _flag("enable_time_stamp")),
    0x7158: ("enable_time_stamp_v2", _number("enable_time_stamp_v2")),
    # Google's and Facebook's own
    0x3127: ("google_initial_rtt", _number("google_initial_rtt")),
    0x3128: ("google_connection_options", _octets("google_connection_options")),
    0x3129: ("google_user_agent", _octets("google_user_agent")),
    0x312A: ("google_support_handshake_done", _flag("google_support_handshake_done")),
    0x312B: ("google_key_update_not_yet_supported", _flag("google_key_update_not_yet_supported")),
    0x4751: ("google_quic_params", _octets("google_quic_params")),
    0x4752: ("google_quic_version", _GOOGLE_VERSION),
    0xFF00: ("facebook_partial_reliability", _number("facebook_partial_reliability")),
}
"""Type → name and layout of the value."""

SERVER_ONLY = frozenset((0x00, 0x02, 0x0D, 0x10))
"""RFC 9000 18.2: what no client may send."""

_GREASE_STEP, _GREASE_FIRST = 31, 27
"""RFC 9000 18.1."""


def parameter_grammar(kind: int, data: bytes) -> Construct | None:
    """What a parameter's value holds; None for bytes."""
    if kind == 0x4752 and len(data) > _GOOGLE_VERSION.sizeof():  # servers add what they support
        return _GOOGLE_VERSIONS
    return PARAMETERS[kind][1] if kind in PARAMETERS else None


def parameter_name(kind: int) -> str:
    """What a parameter is called; "" for an unknown one."""
    if kind in PARAMETERS:
        return PARAMETERS[kind][0]
    return "GREASE" if kind % _GREASE_STEP == _GREASE_FIRST else ""


_VERSIONS = {0x00000001: "QUIC v1", 0x6B3343CF: "QUIC v2", 0x709A50C4: "QUIC v2 (draft)"}


def version_name(number: int) -> str:
    """What people call a version of QUIC (RFC 9000 15, 9369 3.1); "" for an unknown one."""
    if number & 0x0F0F0F0F == 0x0A0A0A0A:
        return "GREASE"
    if number >> 8 == 0xFF0000:
        return f"QUIC draft {number & 0xFF}"
    letters = number.to_bytes(4, "big")
    if letters[:1] in (b"Q", b"T") and letters[1:].isdigit():  # Google's
        return letters.decode("ascii")
    return _VERSIONS.get(number, "")


def build_parameters(value: Mapping[str, Any]) -> bytes:
    """The data of the extension from its value. Raises what construct raises where a part does not fit."""
    items = [
        {"parameter_type": item["parameter_type"], "parameter_value": _value_bytes(item)} for item in value["quic_parameters"]
    ]
    grammar = _OLD_PARAMETERS if "quic_len" in value else _PARAMETERS
    return bytes(grammar.build({"quic_parameters": items}))


def _value_bytes(item: Mapping[str, Any]) -> bytes:
    if "parameter_value" in item:
        return bytes(item["parameter_value"])
    kind = item["parameter_type"]
    grammar = _GOOGLE_VERSIONS if "google_supported_versions" in item else PARAMETERS[kind][1]
    return bytes(grammar.build(item))
