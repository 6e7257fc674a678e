"""How grammar fields are shown: their filter names (Wireshark's), what list elements are called, and names for their numbers.

A grammar field `x` has the filter name `tls.handshake.x` unless `FILTER_NAMES` says otherwise.
"""

from collections.abc import Callable, Mapping

from workbench_tls.names import CERTIFICATE_TYPES, COMPRESSIONS, EXTENSIONS, GROUPS, SCHEMES, is_grease, version_name
from workbench_tls.quic_parameters import parameter_name
from workbench_tls.quic_parameters import version_name as quic_version_name
from workbench_tls.suite_names import CIPHER_SUITES

__all__ = ["ADDRESSES", "ELEMENTS", "STRINGS", "extension_name", "filter_name", "number_name", "suite_name"]

_EXTENSION = "tls.handshake.extension"
_PSK = "tls.handshake.extensions.psk"
_QUIC = "tls.quic.parameter"

_FILTER_NAMES = {
    "supported_versions": "tls.handshake.extensions.supported_versions",
    "supported_version": "tls.handshake.extensions.supported_version",
    "supported_versions_len": "tls.handshake.extensions.supported_versions_len",
    "cookie": "tls.handshake.extensions.cookie",
    "cookie_len": "tls.handshake.extensions.cookie_len",
    "psk_identities_len": f"{_PSK}.identities.length",
    "psk_identity": f"{_PSK}.identity.identity",
    "psk_identity_len": f"{_PSK}.identity.identity_length",
    "obfuscated_ticket_age": f"{_PSK}.identity.obfuscated_ticket_age",
    "psk_binders": f"{_PSK}.binders",
    "psk_binders_len": f"{_PSK}.binders_len",
    "psk_binder": f"{_PSK}.binder",
    "psk_binder_len": f"{_PSK}.binder_len",
    "psk_selected": f"{_PSK}.identity.selected",
    "heartbeat_mode": f"{_EXTENSION}.heartbeat.mode",
    "psk_ke_modes_length": "tls.extension.psk_ke_modes_length",
    "psk_ke_mode": "tls.extension.psk_ke_mode",
    "oid_filters_length": "tls.extension.oid_filters_length",
    "oid_length": "tls.extension.oid_filters.oid_length",
    "oid": "tls.extension.oid_filters.oid",
    "values_length": "tls.extension.oid_filters.values_length",
    "values": "tls.extension.oid_filters.values",
    "types": "tls.handshake.cert_type.types",
    "types_len": "tls.handshake.cert_type.types_len",
    "cert_type_chosen": "tls.handshake.cert_type.type",
    "max_early_data_size": "tls.early_data.max_early_data_size",
    "record_size_limit": "tls.record_size_limit",
    "algorithms_length": "tls.compress_certificate.algorithms_length",
    "algorithm": "tls.compress_certificate.algorithm",
    "uncompressed_length": "tls.compress_certificate.uncompressed_length",
    "compressed_certificate_message_length": "tls.compress_certificate.compressed_certificate_message.length",
    "compressed_certificate_message": "tls.compress_certificate.compressed_certificate_message",
    "valid_time": "tls.handshake.cred.valid_time",
    "expected_cert_verify": "tls.handshake.cred.expected_cert_verify",
    "pubkey": "tls.handshake.cred.pubkey",
    "pubkey_len": "tls.handshake.cred.pubkey_len",
    "signature": "tls.handshake.cred.signature",
    "signature_len": "tls.handshake.cred.signature_len",
    "connection_id": "tls.connection_id",
    "connection_id_length": "tls.connection_id_length",
    "request_update": "tls.handshake.key_update.request_update",
    "suite": "tls.esni.suite",
    "record_digest": "tls.esni.record_digest",
    "record_digest_length": "tls.esni.record_digest_length",
    "encrypted_sni": "tls.esni.encrypted_sni",
    "encrypted_sni_length": "tls.esni.encrypted_sni_length",
    "ech_type": f"{_EXTENSION}s.ech.type",
    "kdf": f"{_EXTENSION}s.ech.kdf",
    "aead": f"{_EXTENSION}s.ech.aead",
    "config_id": f"{_EXTENSION}s.ech.config_id",
    "enc": f"{_EXTENSION}s.ech.enc",
    "enc_len": f"{_EXTENSION}s.ech.enc_length",
    "payload": f"{_EXTENSION}s.ech.payload",
    "payload_len": f"{_EXTENSION}s.ech.payload_length",
    "ech_confirmation": f"{_EXTENSION}s.ech.hrr_conf",
    **{
        f"sct{part}": f"tls.sct.sct{part}"
        for part in ("_version", "_logid", "_timestamp", "_extensions", "_extensions_length", "_signature", "_signature_length")
    },
    "sct_length": "tls.sct.sct_length",
    "scts_length": "tls.sct.scts_length",
    "scts": "tls.sct.scts",
    "sct": "tls.sct",
    "quic_len": "tls.quic.len",
    "parameter": _QUIC,
    "parameter_type": f"{_QUIC}.type",
    "parameter_length": f"{_QUIC}.length",
    "parameter_length_old": f"{_QUIC}.lengt.old",
    "parameter_value": f"{_QUIC}.value",
    **{
        name: f"{_QUIC}.{name}"
        for name in (
            "original_destination_connection_id",
            "max_idle_timeout",
            "stateless_reset_token",
            "max_udp_payload_size",
            "initial_max_data",
            "initial_max_stream_data_bidi_local",
            "initial_max_stream_data_bidi_remote",
            "initial_max_stream_data_uni",
            "initial_max_streams_bidi",
            "initial_max_streams_uni",
            "ack_delay_exponent",
            "max_ack_delay",
            "disable_active_migration",
            "active_connection_id_limit",
            "initial_source_connection_id",
            "retry_source_connection_id",
            "max_datagram_frame_size",
            "min_ack_delay",
            "grease_quic_bit",
            "loss_bits",
            "enable_time_stamp",
            "enable_time_stamp_v2",
        )
    },
    **{name: f"{_QUIC}.preferred_address.{name}" for name in ("ipv4address", "ipv4port", "ipv6address", "ipv6port")},
    "preferred_connectionid": f"{_QUIC}.preferred_address.connectionid",
    "preferred_connectionid_len": f"{_QUIC}.preferred_address.connectionid.length",
    "preferred_token": f"{_QUIC}.preferred_address.statelessresettoken",
    "chosen_version": f"{_QUIC}.vi.chosen_version",
    "other_version": f"{_QUIC}.vi.other_version",
    "cibir_length": f"{_QUIC}.cibir_encoding.length",
    "cibir_offset": f"{_QUIC}.cibir_encoding.offset",
    "google_initial_rtt": f"{_QUIC}.google.initial_rtt",
    "google_connection_options": f"{_QUIC}.google.connection_options",
    "google_user_agent": f"{_QUIC}.google.user_agent",
    "google_support_handshake_done": f"{_QUIC}.google.support_handshake_done",
    "google_key_update_not_yet_supported": f"{_QUIC}.google.key_update_not_yet_supported",
    "google_quic_params": f"{_QUIC}.google.quic_params",
    "google_version": f"{_QUIC}.google.quic_version",
    "google_supported_versions_length": f"{_QUIC}.google.supported_versions_length",
    "google_supported_version": f"{_QUIC}.google.supported_version",
    "facebook_partial_reliability": f"{_QUIC}.facebook.partial_reliability",
}

ELEMENTS = {
    "ciphersuites": "ciphersuite",
    "comp_methods": "comp_method",
    "cert_types": "cert_type",
    "types": "cert_type_chosen",
    "sig_hash_algs": "sig_hash_alg",
    "extensions_supported_groups": "extensions_supported_group",
    "extensions_ec_point_formats": "extensions_ec_point_format",
    "supported_versions": "supported_version",
    "psk_ke_modes": "psk_ke_mode",
    "algorithms": "algorithm",
    "srtp_profiles": "srtp_profile",
    "other_versions": "other_version",
    "google_supported_versions": "google_supported_version",
}
"""List of numbers → what one of them is called."""

STRINGS = frozenset(
    (
        "extensions_server_name",
        "extensions_alpn_str",
        "extensions_alps_alpn_str",
        "extensions_npn",
        "npn_selected_protocol",
        "extensions_srp_username",
        "google_user_agent",
    )
)
"""Bytes that people read as text."""

ADDRESSES = frozenset(("ipv4address", "ipv6address"))
"""Bytes that are an IP address."""


def suite_name(number: int) -> str:
    """IANA's name of a cipher suite."""
    return CIPHER_SUITES.get(number) or _unnamed(number)


def extension_name(number: int) -> str:
    """IANA's name of an extension."""
    return EXTENSIONS.get(number) or _unnamed(number)


def _unnamed(number: int) -> str:
    return "GREASE" if is_grease(number) else ""


def _named(table: Mapping[int, str]) -> Callable[[int], str]:
    return lambda number: table.get(number) or _unnamed(number)


_NUMBER_NAMES: dict[str, Callable[[int], str]] = {
    "version": version_name,
    "supported_version": version_name,
    "ciphersuite": suite_name,
    "suite": suite_name,
    "comp_method": _named({0: "null", 1: "DEFLATE", 64: "LZS"}),
    "cert_type": _named(CERTIFICATE_TYPES),
    "cert_type_chosen": _named({0: "X.509", 1: "OpenPGP", 2: "Raw Public Key"}),
    "sig_hash_alg": _named(SCHEMES),
    "expected_cert_verify": _named(SCHEMES),
    "extensions_supported_group": _named(GROUPS),
    "extensions_key_share_group": _named(GROUPS),
    "extensions_key_share_selected_group": _named(GROUPS),
    "server_named_curve": _named(GROUPS),
    "server_curve_type": _named({1: "explicit_prime", 2: "explicit_char2", 3: "named_curve"}),
    "extensions_ec_point_format": _named({0: "uncompressed", 1: "ansiX962_compressed_prime", 2: "ansiX962_compressed_char2"}),
    "extensions_server_name_type": _named({0: "host_name"}),
    "extensions_status_request_type": _named({1: "OCSP", 2: "OCSP multi"}),
    "max_fragment_length": _named({1: "512", 2: "1024", 3: "2048", 4: "4096"}),
    "heartbeat_mode": _named({1: "peer_allowed_to_send", 2: "peer_not_allowed_to_send"}),
    "psk_ke_mode": _named({0: "psk_ke", 1: "psk_dhe_ke"}),
    "algorithm": _named(COMPRESSIONS),
    "request_update": _named({0: "update_not_requested", 1: "update_requested"}),
    "ech_type": _named({0: "outer", 1: "inner"}),
    "kdf": _named({1: "HKDF-SHA256", 2: "HKDF-SHA384", 3: "HKDF-SHA512"}),
    "parameter_type": parameter_name,
    "chosen_version": quic_version_name,
    "other_version": quic_version_name,
    "google_version": quic_version_name,
    "google_supported_version": quic_version_name,
    **dict.fromkeys(("max_idle_timeout", "max_ack_delay"), "{} ms".format),
    **dict.fromkeys(("min_ack_delay", "google_initial_rtt"), "{} µs".format),
    "aead": _named({1: "AES-128-GCM", 2: "AES-256-GCM", 3: "ChaCha20Poly1305"}),
}


def filter_name(name: str) -> str:
    """The filter name of a grammar field."""
    return _FILTER_NAMES.get(name) or f"tls.handshake.{name}"


def number_name(name: str, value: int) -> str:
    """What a number in the field `name` is called; "" for numbers that count."""
    names = _NUMBER_NAMES.get(name)
    return names(value) if names is not None else ""
