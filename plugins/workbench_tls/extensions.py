"""What is inside the extensions of handshake messages, as grammars by extension type and by the message that carries them.

Extensions without a grammar here are bytes: those that nobody speaks any more. QUIC's transport parameters are in `quic_parameters`.
"""

from typing import Literal

from construct import Bytes, Construct, GreedyBytes, GreedyRange, Int8ub, Int16ub, Int32ub, Int64ub, Struct, Switch, this

from workbench_tls.layout import enclosed, opaque, vector

__all__ = ["EXTENSION", "SCTS", "Carrier", "extension_grammar"]

Carrier = Literal["client", "server", "retry", "certificate", "request", "ticket"]
"""The message around it: ClientHello, ServerHello or EncryptedExtensions, HelloRetryRequest, Certificate, CertificateRequest,
NewSessionTicket."""

EXTENSION = Struct("type" / Int16ub, *opaque("data", 2, "len"))

_SIGNATURES = Struct(*vector("sig_hash_algs", 2, Int16ub, "sig_hash_alg_len"))
_NAMES = Struct(*vector("dnames", 2, Struct(*opaque("dname", 2)), "dnames_len"))

_SERVER_NAME = Struct(
    *vector(
        "server_name_list",
        2,
        Struct("extensions_server_name_type" / Int8ub, *opaque("extensions_server_name", 2)),
        "extensions_server_name_list_len",
    )
)

_OCSP_REQUEST = (
    *opaque("responder_ids", 2, "extensions_status_request_responder_ids_len"),
    *opaque("request_extensions", 2, "extensions_status_request_exts_len"),
)
_STATUS_REQUEST = Struct(
    "extensions_status_request_type" / Int8ub,
    "request" / Switch(this.extensions_status_request_type, {1: Struct(*_OCSP_REQUEST)}, default=GreedyBytes),
)
_STATUS_REQUEST_V2 = Struct(
    *vector(
        "status_requests",
        2,
        Struct("extensions_status_request_type" / Int8ub, *opaque("request", 2, "extensions_status_request_len")),
        "extensions_status_request_list_len",
    )
)
_STATUS = Struct("extensions_status_request_type" / Int8ub, *opaque("ocsp_response", 3))

_SCT = Struct(
    "sct_version" / Int8ub,
    "sct_logid" / Bytes(32),
    "sct_timestamp" / Int64ub,
    *opaque("sct_extensions", 2, "sct_extensions_length"),
    "sig_hash_alg" / Int16ub,
    *opaque("sct_signature", 2, "sct_signature_length"),
)
SCTS = Struct(*vector("scts", 2, Struct(*enclosed("sct", 2, _SCT, "sct_length")), "scts_length"))
"""RFC 6962 3.3: a list of signed certificate timestamps; certificates carry the same list in an extension."""

_SHARE = Struct(
    "extensions_key_share_group" / Int16ub,
    *opaque("extensions_key_share_key_exchange", 2, "extensions_key_share_key_exchange_length"),
)
_PRE_SHARED_KEYS = Struct(
    *vector(
        "psk_identities",
        2,
        Struct(*opaque("psk_identity", 2), "obfuscated_ticket_age" / Int32ub),
        "psk_identities_len",
    ),
    *vector("psk_binders", 2, Struct(*opaque("psk_binder", 1))),
)
_ECH_OUTER = Struct(
    "kdf" / Int16ub,
    "aead" / Int16ub,
    "config_id" / Int8ub,
    *opaque("enc", 2),
    *opaque("payload", 2),
)
_ECH_CLIENT = Struct("ech_type" / Int8ub, "ech" / Switch(this.ech_type, {0: _ECH_OUTER}, default=GreedyBytes))

_ESNI = Struct(
    "suite" / Int16ub,
    "extensions_key_share_group" / Int16ub,
    *opaque("extensions_key_share_key_exchange", 2, "extensions_key_share_key_exchange_length"),
    *opaque("record_digest", 2, "record_digest_length"),
    *opaque("encrypted_sni", 2, "encrypted_sni_length"),
)
_DELEGATED = Struct(
    "valid_time" / Int32ub,
    "expected_cert_verify" / Int16ub,
    *opaque("pubkey", 3),
    "sig_hash_alg" / Int16ub,
    *opaque("signature", 2),
)
_OID_FILTERS = Struct(
    *vector(
        "oid_filters", 2, Struct(*opaque("oid", 1, "oid_length"), *opaque("values", 2, "values_length")), "oid_filters_length"
    )
)


def _protocols(width: int, name: str, length: str) -> Construct:
    return Struct(*vector(name, width, Struct(*opaque(f"{name.removesuffix('_list')}_str", 1)), length))


_ALPN = _protocols(2, "extensions_alpn_list", "extensions_alpn_len")
_ALPS = _protocols(2, "extensions_alps_alpn_list", "extensions_alps_len")

_GRAMMARS: dict[int, dict[Carrier, Construct]] = {
    0: {"client": _SERVER_NAME},
    1: dict.fromkeys(("client", "server"), Struct("max_fragment_length" / Int8ub)),
    5: {"client": _STATUS_REQUEST, "request": _STATUS_REQUEST, "server": _STATUS, "certificate": _STATUS},
    9: {
        "client": Struct(*vector("cert_types", 1, Int8ub, "cert_types_len")),
        "server": Struct("cert_type" / Int8ub),
    },
    10: dict.fromkeys(
        ("client", "server"), Struct(*vector("extensions_supported_groups", 2, Int16ub, "extensions_supported_groups_length"))
    ),
    11: dict.fromkeys(
        ("client", "server"), Struct(*vector("extensions_ec_point_formats", 1, Int8ub, "extensions_ec_point_formats_length"))
    ),
    12: {"client": Struct(*opaque("extensions_srp_username", 1, "extensions_srp_len"))},
    13: dict.fromkeys(("client", "request"), _SIGNATURES),
    14: dict.fromkeys(("client", "server"), Struct(*vector("srtp_profiles", 2, Int16ub), *opaque("srtp_mki", 1))),
    15: dict.fromkeys(("client", "server"), Struct("heartbeat_mode" / Int8ub)),
    16: dict.fromkeys(("client", "server"), _ALPN),
    17: {"client": _STATUS_REQUEST_V2, "request": _STATUS_REQUEST_V2},
    18: {"server": SCTS, "certificate": SCTS},
    19: {"client": Struct(*vector("types", 1, Int8ub, "types_len")), "server": Struct("cert_type_chosen" / Int8ub)},
    20: {"client": Struct(*vector("types", 1, Int8ub, "types_len")), "server": Struct("cert_type_chosen" / Int8ub)},
    27: dict.fromkeys(("client", "request"), Struct(*vector("algorithms", 1, Int16ub, "algorithms_length"))),
    28: dict.fromkeys(("client", "server"), Struct("record_size_limit" / Int16ub)),
    34: {"client": _SIGNATURES, "certificate": _DELEGATED},
    40: {
        "client": Struct(*vector("key_shares", 2, _SHARE, "extensions_key_share_client_length")),
        "server": _SHARE,
        "retry": Struct("extensions_key_share_selected_group" / Int16ub),
    },
    41: {"client": _PRE_SHARED_KEYS, "server": Struct("psk_selected" / Int16ub)},
    42: {"ticket": Struct("max_early_data_size" / Int32ub)},
    43: {
        "client": Struct(*vector("supported_versions", 1, Int16ub, "supported_versions_len")),
        "server": Struct("supported_version" / Int16ub),
        "retry": Struct("supported_version" / Int16ub),
    },
    44: dict.fromkeys(("client", "retry"), Struct(*opaque("cookie", 2))),
    45: {"client": Struct(*vector("psk_ke_modes", 1, Int8ub, "psk_ke_modes_length"))},
    47: dict.fromkeys(("client", "request"), _NAMES),
    48: {"request": _OID_FILTERS},
    50: dict.fromkeys(("client", "request"), _SIGNATURES),
    54: dict.fromkeys(("client", "server"), Struct(*opaque("connection_id", 1, "connection_id_length"))),
    58: {
        "client": Struct("new_session_count" / Int8ub, "resumption_count" / Int8ub),
        "server": Struct("expected_count" / Int8ub),
    },
    13172: {"server": Struct("npn_list" / GreedyRange(Struct(*opaque("extensions_npn", 1, "extensions_npn_str_len"))))},
    17513: {"client": _ALPS},
    65037: {"client": _ECH_CLIENT, "retry": Struct("ech_confirmation" / Bytes(8))},
    65281: dict.fromkeys(("client", "server"), Struct(*opaque("extensions_reneg_info", 1))),
    65486: {"client": _ESNI},
}
_GRAMMARS[51] = _GRAMMARS[40]
_GRAMMARS[17613] = _GRAMMARS[17513]


def extension_grammar(kind: int, carrier: Carrier) -> Construct | None:
    """What the data of an extension holds in that message; None for bytes."""
    return _GRAMMARS.get(kind, {}).get(carrier)
