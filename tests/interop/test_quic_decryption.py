"""Decryption of the foreign QUIC captures: all packets and streams with keys, from a key log and from secrets inside the capture; without
keys what anybody may read."""

import re
import subprocess
from collections import Counter

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.decode_as import parse_decode_as
from dissectors.paths import flatten
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, needs_captures, plain, rows
from support.shared import ROOT, tool
from workbench import registry
from workbench.api import Message

SAMPLES = sorted(path for name in ("quic*", "http3*") for path in (ROOT / "captures" / "samples").glob(f"{name}.pcapng"))
FIELDS = (
    "quic.packet_number",
    "quic.frame_type",
    "quic.stream.stream_id",
    "quic.stream.offset",
    "quic.crypto.offset",
    "quic.dcid",
)

OPAQUE = ("initial", "handshake", "one_rtt", "early")
"""Labels of packets that could not be opened; those that could have their most telling frame behind a dot."""

WITHOUT_HELLO = (
    "383379789-decrypt-crash",  # damaged datagrams
    "vector-max-size-crash",  # one datagram, which is none of QUIC
    "quic-alerts",  # Google's own QUIC, with other headers
    "quic-cyu",
)


def index() -> list[dict[str, str]]:
    return [row for row in rows(FOLDER / "INDEX.tsv") if row["topic"] == "quic"]


def with_keys() -> list[str]:
    return [row["file"] for row in index() if row["keys"]]


def with_hello() -> list[dict[str, str]]:
    return [row for row in index() if not any(name in row["file"] for name in WITHOUT_HELLO)]


def dissected(path, decode_as: str = "", keys: bytes = b"") -> list[Message]:
    specs = registry.load().specs
    rules = [parse_decode_as(rule, specs) for rule in re.split(r"[; ]+", decode_as) if rule]
    with open_capture(path) as capture:
        secrets = SecretStore(lambda: [*capture.secrets, keys])
        return list(dissect(capture, specs, decode_as=rules, secrets=secrets))


def still_closed(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.protocol == "quic" and message.label in OPAQUE]


@needs_captures
@pytest.mark.parametrize("name", with_keys())
def test_captures_with_keys_open_to_their_streams(name):
    messages = dissected(FOLDER / name, keys=(FOLDER / f"{name}.keys").read_bytes())
    assert still_closed(messages) == []
    layers = {message.layer[0] for message in messages if message.layer}
    assert {"quic crypto initial", "quic crypto handshake"} <= layers
    assert any(layer.startswith("quic stream ") for layer in layers)
    hellos = [message.label for message in messages if message.protocol == "tls-handshake"]
    assert {"client_hello", "server_hello", "encrypted_extensions", "finished"} <= set(hellos)
    assert not any(message.errors for message in messages if message.protocol in ("quic", "tls-handshake"))


@needs_captures
@pytest.mark.parametrize("name", with_keys())
def test_secrets_inside_the_capture_do_the_same(tmp_path, name):
    keys = (FOLDER / f"{name}.keys").read_bytes()
    log = tmp_path / "keys"
    log.write_bytes(keys)
    packed = tmp_path / "packed.pcapng"
    subprocess.run([tool("editcap"), "--inject-secrets", f"tls,{log}", str(FOLDER / name), str(packed)], check=True)
    from_log, from_block = dissected(FOLDER / name, keys=keys), dissected(packed)
    assert [message.root for message in from_block] == [message.root for message in from_log]
    assert [message.layer for message in from_block] == [message.layer for message in from_log]


@needs_captures
@pytest.mark.parametrize("row", with_hello(), ids=lambda row: row["file"])
def test_without_keys_the_client_hello_versions_and_ids_are_shown(row):
    messages = dissected(FOLDER / row["file"], row["decode_as"])
    hellos = [message for message in messages if message.label == "client_hello"]
    assert hellos
    shown = [flatten(message) for message in hellos]
    assert any("tls.handshake.extensions_alpn_str" in fields for fields in shown)
    assert any("tls.quic.parameter.type" in fields for fields in shown)
    packets = [flatten(message) for message in messages if message.protocol == "quic"]
    assert any("quic.version" in fields for fields in packets)
    assert any("quic.dcid" in fields for fields in packets)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_decrypt_as_in_tshark(path):
    """Every packet is opened, and has the number, the frames and the streams that tshark finds.

    What tshark cannot open is left out: datagrams that the sending host had not cut up yet when they were captured. So are packets of
    versions that nobody speaks, which it takes for version 1.
    """
    command = [tool("tshark"), "-n", "-r", str(path), "-Y", "quic", "-T", "fields", "-e", "frame.number"]
    command += ["-e", "quic.decryption_failed", *(word for name in FIELDS for word in ("-e", name))]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    messages = dissected(path)
    strange = {message.packet for message in messages if message.label == "unknown_version"}
    theirs: Counter[tuple[int, str, str]] = Counter()
    for line in answer.splitlines():
        number, failed, *columns = line.split("\t")
        if failed:
            strange.add(int(number))
        for name, values in zip(FIELDS, columns, strict=True):
            theirs.update((int(number), name, plain(value)) for value in values.split(",") if value)
    ours: Counter[tuple[int, str, str]] = Counter()
    for message in messages:
        for name, value in flatten(message).items():
            if name in FIELDS:
                values = value if isinstance(value, list) else [value]
                ours.update((message.packet, name, plain(each)) for each in values)
    assert len(strange) < 8
    assert {item for item in (ours - theirs) + (theirs - ours) if item[0] not in strange} == set()
    assert still_closed(messages) == []
    assert not any(message.errors for message in messages if message.protocol == "quic")
