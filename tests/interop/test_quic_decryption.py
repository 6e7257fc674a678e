"""Decryption of the foreign QUIC captures: all packets and streams with keys, from a key log and from secrets inside the capture; without
keys what anybody may read."""

import re
import subprocess

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.decode_as import parse_decode_as
from dissectors.paths import flatten
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, needs_captures, rows
from support.shared import tool
from workbench import registry
from workbench.api import Message

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
