"""Field values in the spelling of Wireshark's exports: hexadecimal where its dissectors show hexadecimal, bytes with colons.

Which fields are shown how are facts about Wireshark 4.0 (`tshark -G fields`); names of fields are the plugins' business.
"""

import re

from workbench.api import Field

__all__ = ["HEX_DIGITS", "plain_value", "raw_bytes", "show", "show_name"]

HEX_DIGITS = {
    **dict.fromkeys(
        (
            "dns.caa.flags",
            "dns.resp.ext_rcode",
            "http2.flags",
            "http2.flags.unused",
            "http2.flags.unused_continuation",
            "http2.flags.unused_data",
            "http2.flags.unused_headers",
            "http2.flags.unused_ping",
            "http2.flags.unused_push_promise",
            "http2.flags.unused_settings",
            "http2.padding",
            "ip.dsfield",
            "ip.flags",
            "ipv6.opt.type",
            "llc.dsap",
            "llc.ssap",
            "ppp.address",
            "ppp.control",
            "quic.vn.unused",
            "tls.handshake.cert_type.type",
            "tls.handshake.server_curve_type",
            "websocket.rsv",
        ),
        2,
    ),
    **dict.fromkeys(
        (
            "arp.proto.type",
            "dns.dnskey.flags",
            "dns.dnskey.flags.reserved",
            "dns.flags",
            "dns.id",
            "dns.qry.class",
            "dns.resp.class",
            "dns.resp.z",
            "dns.resp.z.reserved",
            "eth.type",
            "icmp.checksum",
            "icmpv6.checksum",
            "icmpv6.echo.identifier",
            "ip.checksum",
            "ip.id",
            "llc.control",
            "llc.type",
            "ppp.protocol",
            "sll.etype",
            "tcp.checksum",
            "tcp.flags",
            "tls.handshake.ciphersuite",
            "tls.handshake.extensions.supported_version",
            "tls.handshake.extensions_supported_group",
            "tls.handshake.server_named_curve",
            "tls.handshake.sig_hash_alg",
            "tls.handshake.version",
            "tls.record.version",
            "udp.checksum",
            "vlan.etype",
        ),
        4,
    ),
    **dict.fromkeys(("ipv6.flow", "tls.handshake.cipherspec"), 6),
    **dict.fromkeys(
        (
            "http2.goway.r",
            "http2.push_promise.r",
            "http2.r",
            "http2.window_update.r",
            "ipv6.fraghdr.ident",
            "ipv6.tclass",
            "quic.supported_version",
            "quic.version",
            "tls.quic.parameter.google.quic_version",
            "tls.quic.parameter.vi.chosen_version",
            "tls.quic.parameter.vi.other_version",
        ),
        8,
    ),
}
"""Digits of the fields whose numbers Wireshark shows in hexadecimal."""

LONGEST_NUMBER = 1_000
"""Characters of a hexadecimal number that is compared as one."""

_DIGITS = re.compile(r"[0-9a-fA-F]+")
_BYTES = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2})+")
_TRUTH = {"True": "1", "False": "0"}

LARGEST_DECIMAL_BITS = 4096
"""Longer integers are spelled in hexadecimal: Python refuses decimals of that size."""


def show(node: Field, views: tuple[bytes, ...] = ()) -> str:
    """The value of a field as `tshark -T json` spells it. One without a value shows its bytes, unless fields below do."""
    value = node.value
    if value is None:
        return "" if node.children or not node.abbrev else raw_bytes(node, views).hex(":")
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        digits = HEX_DIGITS.get(node.abbrev)
        if digits is not None or value.bit_length() > LARGEST_DECIMAL_BITS:
            return f"{value:#0{2 + (digits or 0)}x}"
        return str(value)
    if isinstance(value, bytes):
        return value.hex(":")
    return f"{value:.9f}" if isinstance(value, float) else str(value)


def plain_value(shown: str) -> str:
    """One spelling of values that are the same: numbers in decimal, bytes as bare hexadecimal digits, text as it is."""
    if shown.startswith("0x") and _DIGITS.fullmatch(shown, 2):
        return str(int(shown, 16)) if len(shown) < LONGEST_NUMBER else shown
    if ":" in shown and _BYTES.fullmatch(shown):
        return shown.replace(":", "")
    return str(_TRUTH.get(shown, shown))


def show_name(node: Field) -> str:
    """What Wireshark's tree would say about a field: its name, the words for its value, the value."""
    value = show(node)
    words = node.text and value and not isinstance(node.value, str)
    told = f"{node.text} ({value})" if words else node.text or value
    told = f"{told} [{node.error}]" if node.error else told
    return f"{node.name}: {told}" if told else node.name


def raw_bytes(node: Field, views: tuple[bytes, ...]) -> bytes:
    """The bytes that a field stands for; b"" for one that was computed."""
    return views[node.view][node.start : node.end] if node.view < len(views) and not node.generated else b""
