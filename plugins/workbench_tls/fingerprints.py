"""Fingerprints of hellos: JA3 and JA3S (MD5 over the numbers they list) and JA4 (FoxIO's)."""

from collections.abc import Mapping
from hashlib import md5, sha256
from typing import Any, Literal

from workbench.api import Field
from workbench_tls.names import is_grease

__all__ = ["Transport", "fingerprint_fields", "ja3_full", "ja3s_full", "ja4"]

Value = Mapping[str, Any]
Transport = Literal["t", "q"]
"""What JA4 begins with: TLS over TCP, or inside QUIC."""

_JA4_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
_NO_HASH = "000000000000"
"""JA4's hash of nothing."""


def _extensions(value: Value) -> dict[int, Value]:
    return {item["type"]: item for item in reversed(value.get("extensions", []))}


def _dashed(numbers: list[int]) -> str:
    return "-".join(str(number) for number in numbers if not is_grease(number))


def ja3_full(value: Value) -> str:
    """Version, cipher suites, extensions, groups and point formats of a ClientHello, GREASE left out."""
    found = _extensions(value)
    return ",".join(
        (
            str(value["version"]),
            _dashed(value["ciphersuites"]),
            _dashed([item["type"] for item in value.get("extensions", [])]),
            _dashed(found.get(10, {}).get("extensions_supported_groups", [])),
            _dashed(found.get(11, {}).get("extensions_ec_point_formats", [])),
        )
    )


def ja3s_full(value: Value) -> str:
    """Version, cipher suite and extensions of a ServerHello."""
    kinds = "-".join(str(item["type"]) for item in value.get("extensions", []))
    return f"{value['version']},{value['ciphersuite']},{kinds}"


def ja4(value: Value, transport: Transport = "t") -> str:
    """The JA4 of a ClientHello."""
    found = _extensions(value)
    suites = [number for number in value["ciphersuites"] if not is_grease(number)]
    kinds = [item["type"] for item in value.get("extensions", []) if not is_grease(item["type"])]
    offered = [number for number in found.get(43, {}).get("supported_versions", []) if not is_grease(number)]
    version = _JA4_VERSIONS.get(max(offered, default=value["version"]), "00")
    name = "d" if 0 in found else "i"
    counts = f"{min(len(suites), 99):02}{min(len(kinds), 99):02}"
    head = f"{transport}{version}{name}{counts}{_alpn_marks(found.get(16, {}))}"
    schemes = found.get(13, {}).get("sig_hash_algs", [])
    rest = ",".join(sorted(f"{kind:04x}" for kind in kinds if kind not in (0, 16)))
    if schemes:
        rest += "_" + ",".join(f"{scheme:04x}" for scheme in schemes if not is_grease(scheme))
    return f"{head}_{_short(','.join(sorted(f'{suite:04x}' for suite in suites)))}_{_short(rest if kinds else '')}"


def _alpn_marks(extension: Value) -> str:
    """First and last character of the first protocol, of its hexadecimal form where these are no letters or digits; "00" for none."""
    offered = extension.get("extensions_alpn_list", [])
    first: bytes = offered[0]["extensions_alpn_str"] if offered else b""
    if not first:
        return "00"
    ends = bytes((first[0], first[-1]))
    text = ends.decode("latin-1")
    return text if ends.isalnum() else first.hex()[0] + first.hex()[-1]


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else _NO_HASH


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def fingerprint_fields(kind: int, value: Value, at: int, view: int, transport: Transport) -> tuple[Field, ...]:
    """The fingerprints of a hello whose value is understood, as generated fields at offset `at`; none for other messages."""
    if kind == 1:
        texts = {"ja3_full": ja3_full(value), "ja3": _md5(ja3_full(value)), "ja4": ja4(value, transport)}
    elif kind == 2:
        texts = {"ja3s_full": ja3s_full(value), "ja3s": _md5(ja3s_full(value))}
    else:
        return ()
    return tuple(
        Field(name, at, at, text, abbrev=f"tls.handshake.{name}", view=view, generated=True) for name, text in texts.items()
    )
