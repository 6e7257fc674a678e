"""The bodies of handshake messages as grammars: which one, given the message and what the handshake has agreed on so far."""

from dataclasses import dataclass

from construct import Bytes, Construct, GreedyBytes, Int8ub, Int16ub, Int24ub, Int32ub, Struct, Switch, this

from workbench_tls.extensions import EXTENSION
from workbench_tls.layout import opaque, vector
from workbench_tls.suite_names import CIPHER_SUITES

__all__ = ["TLS12", "TLS13", "Agreed", "body_grammars"]

TLS12, TLS13 = 0x0303, 0x0304


@dataclass(frozen=True, slots=True)
class Agreed:
    """What earlier messages of the handshake settled; 0 for what is not known. `version` is 0x0304 for drafts of TLS 1.3, too."""

    version: int = 0
    suite: int = 0

    @property
    def tls13(self) -> bool:
        """Whether it is TLS 1.3 or a draft of it."""
        return self.version == TLS13


_EXTENSIONS = vector("extensions", 2, EXTENSION, "extensions_length")
_EMPTY = Struct()

_CLIENT_HELLO = Struct(
    "version" / Int16ub,
    "random" / Bytes(32),
    *opaque("session_id", 1, "session_id_length"),
    *vector("ciphersuites", 2, Int16ub, "cipher_suites_length"),
    *vector("comp_methods", 1, Int8ub, "comp_methods_length"),
)
_SERVER_HELLO = Struct(
    "version" / Int16ub,
    "random" / Bytes(32),
    *opaque("session_id", 1, "session_id_length"),
    "ciphersuite" / Int16ub,
    "comp_method" / Int8ub,
)
_DRAFT_SERVER_HELLO = Struct("version" / Int16ub, "random" / Bytes(32), "ciphersuite" / Int16ub)
_DRAFT_RETRY = Struct("version" / Int16ub)
_LATER_DRAFT_RETRY = Struct("version" / Int16ub, "ciphersuite" / Int16ub)

_TICKET = Struct("session_ticket_lifetime_hint" / Int32ub, *opaque("session_ticket", 2, "session_ticket_length"))
_TICKET13 = Struct(
    "session_ticket_lifetime_hint" / Int32ub,
    "session_ticket_age_add" / Int32ub,
    *opaque("session_ticket_nonce", 1, "session_ticket_nonce_length"),
    *opaque("session_ticket", 2, "session_ticket_length"),
)
_CERTIFICATE = Struct(*vector("certificates", 3, Struct(*opaque("certificate", 3, "certificate_length")), "certificates_length"))
_CERTIFICATE13 = Struct(
    *opaque("certificate_request_context", 1, "certificate_request_context_length"),
    *vector("certificates", 3, Struct(*opaque("certificate", 3, "certificate_length"), *_EXTENSIONS), "certificates_length"),
)
_DNAMES = vector("dnames", 2, Struct(*opaque("dname", 2)), "dnames_len")
_CERTIFICATE_REQUEST = Struct(*vector("cert_types", 1, Int8ub, "cert_types_count"), *_DNAMES)
_CERTIFICATE_REQUEST12 = Struct(
    *vector("cert_types", 1, Int8ub, "cert_types_count"),
    *vector("sig_hash_algs", 2, Int16ub, "sig_hash_alg_len"),
    *_DNAMES,
)
_CERTIFICATE_REQUEST13 = Struct(*opaque("certificate_request_context", 1, "certificate_request_context_length"), *_EXTENSIONS)
_VERIFY = Struct(*opaque("sig", 2, "sig_len"))
_VERIFY12 = Struct("sig_hash_alg" / Int16ub, *opaque("sig", 2, "sig_len"))
_STATUS = Struct(
    "extensions_status_request_type" / Int8ub,
    "status"
    / Switch(
        this.extensions_status_request_type,
        {
            1: Struct(*opaque("ocsp_response", 3)),
            2: Struct(*vector("ocsp_responses", 3, Struct(*opaque("ocsp_response", 3)), "ocsp_response_list_len")),
        },
        default=GreedyBytes,
    ),
)
_COMPRESSED = Struct(
    "algorithm" / Int16ub,
    "uncompressed_length" / Int24ub,
    *opaque("compressed_certificate_message", 3, "compressed_certificate_message_length"),
)
_NEXT_PROTOCOL = Struct(*opaque("npn_selected_protocol", 1), *opaque("npn_padding", 1))
_CHANNEL_ID = Struct("channel_id_extension" / Int16ub, "channel_id_len" / Int16ub, "channel_id" / Bytes(this.channel_id_len))

_EC_PARAMETERS = (
    "server_curve_type" / Int8ub,
    "server_named_curve" / Int16ub,
    *opaque("server_point", 1),
)
_DH_PARAMETERS = (*opaque("p", 2), *opaque("g", 2), *opaque("ys", 2))
_HINT = opaque("hint", 2)
_IDENTITY = opaque("identity", 2)
_CLIENT_POINT = opaque("client_point", 1)
_CLIENT_DH = opaque("yc", 2)
_ENCRYPTED_SECRET = opaque("epms", 2)

_SIGNED = opaque("sig", 2, "sig_len")
_SIGNED12 = ("sig_hash_alg" / Int16ub, *_SIGNED)

_SERVER_KEYS: dict[str, tuple[tuple[Construct, ...], bool]] = {
    "ECDHE_PSK": ((*_HINT, *_EC_PARAMETERS), False),
    "ECDHE": (_EC_PARAMETERS, True),
    "ECDH_anon": (_EC_PARAMETERS, False),
    "DHE_PSK": ((*_HINT, *_DH_PARAMETERS), False),
    "DHE": (_DH_PARAMETERS, True),
    "DH_anon": (_DH_PARAMETERS, False),
    "RSA_PSK": (_HINT, False),
    "PSK": (_HINT, False),
    "RSA_EXPORT": ((*opaque("modulus", 2), *opaque("exponent", 2)), True),
}
"""Key exchange → parameters, and whether a signature follows (RFC 4492 5.4, 5246 7.4.3, 4279 2, 5489 2, 2246 D.1)."""

_CLIENT_KEYS: dict[str, tuple[Construct, ...]] = {
    "ECDHE_PSK": (*_IDENTITY, *_CLIENT_POINT),
    "ECDHE": _CLIENT_POINT,
    "ECDH": _CLIENT_POINT,
    "DHE_PSK": (*_IDENTITY, *_CLIENT_DH),
    "DHE": _CLIENT_DH,
    "DH": _CLIENT_DH,
    "RSA_PSK": (*_IDENTITY, *_ENCRYPTED_SECRET),
    "PSK": _IDENTITY,
    "RSA": _ENCRYPTED_SECRET,
}

_SIMPLE: dict[int, Construct] = {
    0: _EMPTY,
    5: _EMPTY,
    8: Struct(*_EXTENSIONS),
    14: _EMPTY,
    20: Struct("verify_data" / GreedyBytes),
    22: _STATUS,
    24: Struct("request_update" / Int8ub),
    25: _COMPRESSED,
    67: _NEXT_PROTOCOL,
    203: _CHANNEL_ID,
}


def _with_extensions(core: Construct) -> tuple[Construct, ...]:
    """A message whose block of extensions may be missing (RFC 5246 7.4.1.2)."""
    return core + Struct(*_EXTENSIONS), core


_HELLO_GRAMMARS = {
    1: _with_extensions(_CLIENT_HELLO),
    2: _with_extensions(_SERVER_HELLO),
}
_DRAFT_SERVER_HELLO_GRAMMARS = _with_extensions(_DRAFT_SERVER_HELLO)
_TICKET_GRAMMARS = {
    True: _with_extensions(_TICKET13),
    False: (_TICKET, _EMPTY),  # RFC 5077 3.3 has an empty ticket; some servers leave the whole body away
}
_SERVER_KEY_GRAMMARS = {
    (name, signed and newer): Struct(*parameters, *((_SIGNED12 if newer else _SIGNED) if signed else ()))
    for name, (parameters, signed) in _SERVER_KEYS.items()
    for newer in (True, False)
}
_CLIENT_KEY_GRAMMARS = {name: Struct(*parts) for name, parts in _CLIENT_KEYS.items()}
_SSL3_SECRET = Struct("epms" / GreedyBytes)
_RETRY_GRAMMARS = {newer: _with_extensions(_LATER_DRAFT_RETRY if newer else _DRAFT_RETRY) for newer in (True, False)}


def body_grammars(kind: int, data: bytes, agreed: Agreed) -> tuple[Construct, ...]:
    """Grammars for the body of a handshake message, the usual one first; () where the layout is not known."""
    if kind in _SIMPLE:
        return (_SIMPLE[kind],)
    newer = not 0 < agreed.version < TLS12
    draft = int.from_bytes(data[1:2], "big") if data[:1] == b"\x7f" else 0
    match kind:
        case 2 if 0 < draft < 22:  # up to draft 21 without session id and compression
            return _DRAFT_SERVER_HELLO_GRAMMARS
        case 1 | 2:
            return _HELLO_GRAMMARS[kind]
        case 4:
            return _TICKET_GRAMMARS[agreed.tls13]
        case 6:
            return _RETRY_GRAMMARS[draft >= 19]
        case 11:
            return (_CERTIFICATE13,) if agreed.tls13 else (_CERTIFICATE,)
        case 12:
            return _server_keys(agreed, newer=newer)
        case 13 if agreed.tls13:
            return (_CERTIFICATE_REQUEST13,)
        case 13:
            return (_CERTIFICATE_REQUEST12,) if newer else (_CERTIFICATE_REQUEST,)
        case 15:
            return (_VERIFY12,) if newer else (_VERIFY,)
        case 16:
            return _client_keys(agreed)
    return ()


def _key_exchange(suite: int) -> str:
    """The part of a suite's name that says how keys are exchanged, without the kind of certificate."""
    name = CIPHER_SUITES.get(suite, "").removeprefix("TLS_").removeprefix("SSL_").partition("_WITH_")[0]
    for suffix in ("_ECDSA", "_RSA", "_DSS"):
        if name.startswith(("ECDH", "DH")):
            name = name.removesuffix(suffix)
    return name


def _server_keys(agreed: Agreed, *, newer: bool) -> tuple[Construct, ...]:
    name = _key_exchange(agreed.suite)
    if name.startswith("RSA_EXPORT"):
        name = "RSA_EXPORT"
    elif "_EXPORT" in name:
        name = name.partition("_")[0] if "anon" not in name else "DH_anon"
    if name not in _SERVER_KEYS:
        return ()
    return (_SERVER_KEY_GRAMMARS[name, _SERVER_KEYS[name][1] and newer],)


def _client_keys(agreed: Agreed) -> tuple[Construct, ...]:
    if agreed.version == 0x0300 and _key_exchange(agreed.suite).startswith("RSA"):
        return (_SSL3_SECRET,)  # RFC 6101 5.6.7.1 is commonly implemented without the length
    name = _key_exchange(agreed.suite).removesuffix("_anon").partition("_EXPORT")[0]
    return (_CLIENT_KEY_GRAMMARS[name],) if name in _CLIENT_KEYS else ()
