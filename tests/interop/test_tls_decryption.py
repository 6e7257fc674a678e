"""Decryption as tshark does it: our samples and the foreign captures with keys, from a key log and from secrets inside the capture."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, Topic, plain, rows
from support.shared import ROOT, tool
from workbench import registry
from workbench.api import Message

SAMPLES = sorted((ROOT / "captures" / "samples").glob("tls*.pcapng"))
FIELDS = ("tls.record.content_type", "tls.handshake.type", "tls.alert_message.desc", "tls.handshake.random")
TOPICS = ("tls", "http2", "websocket")


def with_keys() -> list[tuple[str, str]]:
    index = rows(FOLDER / "INDEX.tsv")
    return [(row["topic"], row["file"]) for row in index if row["keys"] and row["topic"] in TOPICS]


def dissected(path: Path, keys: bytes = b"") -> list[Message]:
    with open_capture(path) as capture:
        secrets = SecretStore(lambda: [*capture.secrets, keys])
        return list(dissect(capture, registry.load().specs, secrets=secrets))


def still_closed(messages: list[Message]) -> list[Message]:
    """Records with protected content that nobody opened."""
    closed = ("application_data", "encrypted")
    return [
        message for message in messages if message.protocol == "tls" and message.label.startswith(closed) and not message.views
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_decrypt_as_in_tshark(path):
    """Every record of every connection is opened, and holds what tshark finds in it."""
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "ek", "-J", "tls"]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    theirs: Counter[tuple[str, str]] = Counter()
    for line in filter(lambda line: '"layers"' in line, answer.splitlines()):
        for name, values in _leaves(json.loads(line)["layers"].get("tls")):
            theirs.update((name, plain(value)) for value in (values if isinstance(values, list) else [values]))
    messages = dissected(path)
    ours: Counter[tuple[str, str]] = Counter()
    for message in messages:
        for name, values in flatten(message).items():
            if name in FIELDS:
                ours.update((name, plain(value)) for value in (values if isinstance(values, list) else [values]))
    assert ours == theirs
    assert still_closed(messages) == []
    assert not any(message.notes for message in messages if message.protocol == "tls")


def _leaves(node: object) -> list[tuple[str, object]]:
    """Wanted fields of a layer, which tshark writes as "tls_tls_record_content_type", in lists where records repeat."""
    if isinstance(node, list):
        return [leaf for part in node for leaf in _leaves(part)]
    if not isinstance(node, dict):
        return []
    names = {f"tls_{name.replace('.', '_')}": name for name in FIELDS}
    return [(names[key], value) for key, value in node.items() if key in names]


@pytest.mark.skipif(not with_keys(), reason="the foreign captures (../shared/captures) are not on this machine")
@pytest.mark.parametrize(("topic", "name"), with_keys())
def test_foreign_captures_decrypt_as_in_tshark(topic, name):
    compared = Topic(topic, FIELDS).compare(name)
    assert compared.theirs.total() > 5
    assert compared.ours == compared.theirs


@pytest.mark.skipif(not with_keys(), reason="the foreign captures (../shared/captures) are not on this machine")
@pytest.mark.parametrize(("topic", "name"), with_keys())
def test_secrets_inside_the_capture_do_the_same(tmp_path, topic, name):
    keys = (FOLDER / f"{name}.keys").read_bytes()
    log = tmp_path / "keys"
    log.write_bytes(keys)
    packed = tmp_path / "packed.pcapng"
    subprocess.run([tool("editcap"), "--inject-secrets", f"tls,{log}", str(FOLDER / name), str(packed)], check=True)
    from_log, from_block = dissected(FOLDER / name, keys), dissected(packed)
    assert still_closed(from_block) == []
    assert [message.root for message in from_block] == [message.root for message in from_log]
    inner = {message.protocol for message in from_block if message.layer}
    assert inner <= ({"data"} if topic == "tls" else {"http2", "http1", "websocket"})
    assert inner
