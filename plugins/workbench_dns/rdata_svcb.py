"""SVCB and HTTPS (RFC 9460): a priority, a target, and parameters in ascending order; ECH's configurations (RFC 9849) are looked into."""

from collections.abc import Callable, Mapping

from workbench.api import Severity
from workbench_dns.cursor import Cursor, ShortError, Step

__all__ = ["PARAMETERS", "READERS"]

PARAMETERS = {
    0: "mandatory", 1: "alpn", 2: "no-default-alpn", 3: "port", 4: "ipv4hint", 5: "ech", 6: "ipv6hint", 7: "dohpath", 8: "ohttp",
    9: "tls-supported-groups", 32769: "odohconfig", 65535: "key65535",
}  # fmt: skip

_ECH_VERSIONS = {0xFE0D: "RFC 9849", 0xFE09: "draft 9", 0xFE0A: "draft 10"}
_KEMS = {0x10: "P-256", 0x11: "P-384", 0x12: "P-521", 0x20: "X25519", 0x21: "X448"}
_KDFS = {1: "HKDF-SHA256", 2: "HKDF-SHA384", 3: "HKDF-SHA512"}
_AEADS = {1: "AES-128-GCM", 2: "AES-256-GCM", 3: "ChaCha20Poly1305"}


def _key_text(key: int) -> str:
    return PARAMETERS.get(key) or f"key{key}"


def _read_mandatory(cursor: Cursor) -> str:
    keys: list[int] = []
    while cursor.left:
        at = cursor.at
        key = cursor.number(2, "Mandatory key", "dns.svcb.svcparam.mandatory.key", PARAMETERS)
        if key == 0 or (keys and key <= keys[-1]):
            cursor.warn("keys are listed in order, once each, without mandatory", at, at + 2, "RFC 9460 8", Severity.ERROR)
        keys.append(key)
    return ",".join(map(_key_text, keys))


def _read_alpn(cursor: Cursor) -> str:
    names = []
    while cursor.left:
        at = cursor.at
        names.append(cursor.string("ALPN", "dns.svcb.svcparam.alpn", "dns.svcb.svcparam.alpn.length"))
        if not names[-1]:
            cursor.warn("an ALPN identifier is empty", at, cursor.at, "RFC 9460 7.1.1", Severity.ERROR)
    return ",".join(names)


def _read_port(cursor: Cursor) -> str:
    return str(cursor.number(2, "Port", "dns.svcb.svcparam.port"))


def _read_ipv4(cursor: Cursor) -> str:
    found = [cursor.ipv4("IP", "dns.svcb.svcparam.ipv4hint.ip")]
    while cursor.left:
        found.append(cursor.ipv4("IP", "dns.svcb.svcparam.ipv4hint.ip"))
    return ",".join(found)


def _read_ipv6(cursor: Cursor) -> str:
    found = [cursor.ipv6("IP", "dns.svcb.svcparam.ipv6hint.ip")]
    while cursor.left:
        found.append(cursor.ipv6("IP", "dns.svcb.svcparam.ipv6hint.ip"))
    return ",".join(found)


def _read_ech_contents(cursor: Cursor) -> str:
    prefix = "dns.svcb.svcparam.ech"
    cursor.number(1, "Config id", f"{prefix}.config_id")
    cursor.number(2, "KEM", f"{prefix}.kem", _KEMS)
    size = cursor.number(2, "Public key length", f"{prefix}.public_key_length")
    cursor.octets(size, "Public key", f"{prefix}.public_key")
    suites = cursor.at + 2 + cursor.number(2, "Cipher suites length", f"{prefix}.cipher_suites_length")
    while cursor.at < suites - 2:
        cursor.number(2, "KDF", f"{prefix}.kdf", _KDFS)
        cursor.number(2, "AEAD", f"{prefix}.aead", _AEADS)
    cursor.number(1, "Maximum name length", f"{prefix}.maximum_name_length")
    public = cursor.string("Public name", f"{prefix}.public_name", f"{prefix}.public_name_length")
    size = cursor.number(2, "Extensions length", f"{prefix}.extensions_length")
    if size:
        cursor.octets(size, "Extensions", f"{prefix}.extensions")
    return public


def _read_ech(cursor: Cursor) -> str:
    """ECHConfigList: its length, then configurations, each with version and length; unknown versions are opaque."""
    at = cursor.at
    cursor.rest("ECHConfig", "dns.svcb.svcparam.echconfig")
    cursor.at = at
    names: list[str] = []
    cursor.number(2, "ECHConfigList length", "dns.svcb.svcparam.ech.length")
    while cursor.left:
        version = cursor.number(2, "Version", "dns.svcb.svcparam.ech.version", _ECH_VERSIONS)
        size = cursor.number(2, "Length", "dns.svcb.svcparam.ech.config_length")
        if size > cursor.left:
            cursor.take(size, "Contents")
        elif version == 0xFE0D:
            cursor.group("Contents", "", _read_ech_contents, cursor.at + size)
            names.append(cursor.fields[-1].name)
        else:
            cursor.octets(size, "Contents", "dns.svcb.svcparam.ech.contents")
    return ",".join(names)


def _read_path(cursor: Cursor) -> str:
    return cursor.text(cursor.left, "DoH path", "dns.svcb.svcparam.dohpath")


def _read_odoh(cursor: Cursor) -> str:
    cursor.rest("ODoHConfig", "dns.svcb.svcparam.odohconfig")
    return ""


_READERS: Mapping[int, Callable[[Cursor], str]] = {
    0: _read_mandatory,
    1: _read_alpn,
    3: _read_port,
    4: _read_ipv4,
    5: _read_ech,
    6: _read_ipv6,
    7: _read_path,
    32769: _read_odoh,
}


def _read_parameter(cursor: Cursor, keys: list[int]) -> str:
    at = cursor.at
    key = cursor.number(2, "SvcParamKey", "dns.svcb.svcparam.key", PARAMETERS)
    size = cursor.number(2, "SvcParamValue length", "dns.svcb.svcparam.value.length")
    if keys and key <= keys[-1]:
        cursor.warn(f"parameter {_key_text(key)} is out of order or comes twice", at, at + 2, "RFC 9460 2.2", Severity.ERROR)
    keys.append(key)
    if size > cursor.left:
        cursor.take(size, "SvcParamValue")
    reader = _READERS.get(key)
    said = ""
    if reader is not None and size:
        said = _read_value(cursor, reader)
    elif size:
        cursor.octets(size, "SvcParamValue", "dns.svcb.svcparam.value")
    elif reader is not None:
        cursor.warn(f"parameter {_key_text(key)} has no value", at, cursor.at, "RFC 9460 2.2", Severity.ERROR)
    return f"{_key_text(key)}={said}" if said else _key_text(key)


def _read_value(cursor: Cursor, reader: Callable[[Cursor], str]) -> str:
    """What lies in a value; the parameter ends where its length says, whatever is wrong with it."""
    try:
        return reader(cursor)
    except ShortError:
        cursor.at = cursor.end
        return ""


def _read_svcb(cursor: Cursor) -> str:
    priority = cursor.number(2, "SvcPriority", "dns.svcb.svcpriority")
    target = cursor.name("TargetName", "dns.svcb.targetname")
    start, keys = cursor.at, list[int]()
    said = []
    while cursor.left:
        at = cursor.at
        size = int.from_bytes(cursor.data[at + 2 : at + 4], "big")
        cursor.group("SvcParam", "dns.svcb.svcparam", lambda inner: _read_parameter(inner, keys), min(at + 4 + size, cursor.end))
        said.append(cursor.fields[-1].name)
    if not priority and said:
        text = "parameters of an alias mean nothing"
        cursor.warn(text, start, cursor.at, "RFC 9460 2.4.2")
    return " ".join((str(priority), "." if not target.labels else target.text, *said))


READERS: Mapping[int, Step] = {64: _read_svcb, 65: _read_svcb}
