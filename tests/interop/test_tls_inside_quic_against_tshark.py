"""Handshake messages and transport parameters of QUIC against what tshark 4.0 says about them: every parameter that tshark knows in
hellos made by hand, and all foreign captures of QUIC, decrypted where there are keys.

`explained/tls-inside-quic.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, Comparison, Topic, Triple, all_reasons_are_sentences, needs_captures, plain, rows
from support.pcap import tcp_frames, write_pcap
from support.shared import tool
from support.tls import client_hello, extension, handshake, record
from workbench import registry
from workbench.api import Direction, Endpoint, varint

PREFERRED = (
    bytes((192, 0, 2, 1)) + b"\x01\xbb" + bytes.fromhex("20010db8000000000000000000000001") + b"\x01\xbc" + b"\4abcd" + bytes(16)
)
PARAMETERS = (
    (0x00, b"original"),
    (0x01, varint(30_000)),
    (0x02, bytes(range(16))),
    (0x03, varint(1472)),
    (0x04, varint(1 << 20)),
    (0x05, varint(11)),
    (0x06, varint(12)),
    (0x07, varint(13)),
    (0x08, varint(14)),
    (0x09, varint(15)),
    (0x0A, varint(6)),
    (0x0B, varint(26)),
    (0x0C, b""),
    (0x0D, PREFERRED),
    (0x0E, varint(8)),
    (0x0F, b"source"),
    (0x10, b"retry"),
    (0x11, bytes.fromhex("000000016b3343cf000000010a1a2a3a")),
    (0x20, varint(65_535)),
    (0x2AB2, b""),
    (0xDE1A, varint(5)),
    (0xFF03DE1A, varint(6)),
    (0x1000, varint(3) + varint(2)),
    (0x1057, varint(1)),
    (0x7157, b""),
    (0x7158, varint(3)),
    (0x3127, varint(12_345)),
    (0x3128, b"RVCMBBRX"),
    (0x3129, b"Browser/1"),
    (0x4752, bytes.fromhex("00000001")),
    (0xFF00, varint(1)),
    (27 + 31 * 5, b"grease"),
    (0x3FFF, b"unknown"),
)


OF_A_SERVER = ((0x0F, b"source"), (0x4752, bytes.fromhex("00000001080000000151303530")))


def encoded(parameters) -> bytes:
    return b"".join(varint(kind) + varint(len(data)) + data for kind, data in parameters)


def of_early_drafts(parameters) -> bytes:
    listed = b"".join(kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for kind, data in parameters)
    return len(listed).to_bytes(2, "big") + listed


def tsharks(path: Path, fields: list[str], keys: Path | None = None) -> Counter[Triple]:
    """(packet, field, value) of all packets that tshark does not call malformed."""
    words = [word for name in ("frame.number", "_ws.malformed", *fields) for word in ("-e", name)]
    words += ["-o", f"tls.keylog_file:{keys}"] if keys else []
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;", *words]
    found: Counter[Triple] = Counter()
    for line in subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines():
        number, malformed, *values = line.split("\t")
        for name, text in zip(fields, values, strict=True) if not malformed else ():
            found.update((int(number), name, plain(one)) for one in text.split(";") if one not in ("", "<MISSING>"))
    return found


def ours(path: Path, fields: list[str], keys: Path | None = None) -> Counter[Triple]:
    found: Counter[Triple] = Counter()
    logs = [keys.read_bytes()] if keys else []
    with open_capture(path) as capture:
        for message in dissect(capture, registry.load().specs, secrets=SecretStore(lambda: [*capture.secrets, *logs])):
            flat = flatten(message) if message.protocol in ("tls", "tls-handshake") else {}
            for name in fields:
                values = flat.get(name, [])
                spelt = [plain(one) for one in (values if isinstance(values, list) else [values])]
                found.update((message.packet, name, one) for one in spelt if one)  # tshark prints nothing for no bytes
    return found


@cache
def known_fields() -> list[str]:
    """All filter names of tshark for transport parameters that have a value."""
    lines = subprocess.run([tool("tshark"), "-G", "fields"], capture_output=True, text=True, timeout=60, check=True).stdout
    rows = [line.split("\t") for line in lines.splitlines()]
    return [row[2] for row in rows if row[0] == "F" and row[2].startswith("tls.quic.") and row[3] != "FT_NONE"]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (0x39, encoded(PARAMETERS)),
        (0xFFA5, encoded(PARAMETERS)),
        (0xFFA5, of_early_drafts(PARAMETERS[:16])),
    ],
    ids=["RFC 9000", "late drafts", "early drafts"],
)
def test_every_parameter_that_tshark_knows(tmp_path, kind, data):
    answer = extension(kind, encoded(OF_A_SERVER))
    turns = [
        (Direction.TO_SERVER, record(22, client_hello(extension(kind, data)))),
        (Direction.TO_CLIENT, record(22, handshake(8, len(answer).to_bytes(2, "big") + answer))),
    ]
    path = write_pcap(tmp_path / "hellos.pcap", tcp_frames(turns, server=Endpoint("10.0.0.2", 443)))
    fields = known_fields()
    theirs = tsharks(path, fields)
    assert theirs.total() > 50
    assert ours(path, fields) == theirs
    seen = {name for _, name, _ in theirs}
    left = {name for name in fields if name not in seen}
    if data == encoded(PARAMETERS):
        # QUIC's own format of Google is a protocol that nobody speaks any more; early drafts have lengths of their own
        assert left == {
            "tls.quic.len",
            "tls.quic.parameter.lengt.old",
            "tls.quic.parameter.google.quic_params",
            "tls.quic.parameter.google.quic_params_unknown_field",
        }


TOPIC = Topic("tls-inside-quic", ())
FIELDS = (
    "tls.handshake.type",
    "tls.handshake.length",
    "tls.handshake.random",
    "tls.handshake.ciphersuite",
    "tls.handshake.extension.type",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_alpn_str",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.extensions_key_share_group",
    "tls.handshake.certificate",
    "tls.handshake.sig_hash_alg",
)
CAPTURES = {row["file"]: row["keys"] for row in rows(FOLDER / "INDEX.tsv") if row["topic"] == "quic"}


@cache
def compared(name: str) -> Comparison:
    keys = FOLDER / CAPTURES[name] if CAPTURES[name] else None
    fields = [*FIELDS, *known_fields()]
    reasons = tuple(row for row in TOPIC.reasons() if row["file"] == name)
    return Comparison(name, tsharks(FOLDER / name, fields, keys), ours(FOLDER / name, fields, keys), reasons)


@needs_captures
@pytest.mark.parametrize("name", CAPTURES)
def test_same_handshakes_on_the_same_packets(name):
    assert compared(name).unexplained == []
    assert compared(name).idle == []


@needs_captures
def test_all_that_tshark_says_is_said():
    theirs, ours = (sum((getattr(compared(name), side) for name in CAPTURES), Counter()) for side in ("theirs", "ours"))
    assert theirs.total() > 4000
    assert (theirs & ours).total() / theirs.total() >= 0.99


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)
