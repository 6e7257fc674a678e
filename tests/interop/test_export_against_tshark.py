"""Our JSON, bulk JSON and PDML of the samples against tshark's own: the same keys and the same spelling of the same values.

Which message a packet has is judged by the tests of each protocol. Here a field counts where both give values in a packet; those that
differ then stand in `explained/export.tsv`, and a row there that explains nothing is wrong, too.
"""

import json
import subprocess
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from support.agreement import EXPLAINED, rows
from support.commands import workbench
from support.shared import ROOT, tool

SAMPLES = sorted((ROOT / "captures" / "samples").glob("*.pcapng"))
PORTS = {"http2-cleartext.pcapng": [f"tcp.port=={port},http2" for port in range(24181, 24186)]}
"""tshark 4.0 does not look for HTTP/2 on unknown ports."""

Values = dict[str, list[str]]


def _tshark(path: Path, shape: str) -> bytes:
    rules = [word for rule in PORTS.get(path.name, []) for word in ("-d", rule)]
    # as ours: a message whose segments came in the wrong order is put together
    words = [tool("tshark"), "-n", "-r", str(path), "-T", shape, "-o", "tcp.reassemble_out_of_order:TRUE", *rules]
    more = ["--no-duplicate-keys"] if shape == "json" else []
    return subprocess.run([*words, *more], capture_output=True, check=True).stdout


def _ours(path: Path, shape: str, folder: Path) -> bytes:
    assert workbench("export", path, "--format", shape, "-o", folder / "out").code == 0
    return (folder / "out").read_bytes()


def _values(node: Any, found: Values) -> Values:
    """All leaves of a JSON document by their names."""
    if isinstance(node, dict):
        for name, value in node.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    _values(one, found)
                elif one is not None:
                    found[name].append(str(one))
    elif isinstance(node, list):
        for one in node:
            _values(one, found)
    return found


def _compared(theirs: list[Values], ours: list[Values]) -> tuple[set[str], int, int]:
    """Fields whose values differ in some packet where both have some; how many values are the same, and how many tshark has of them."""
    assert len(theirs) == len(ours)
    known = set().union(*theirs) & set().union(*ours)
    different = set()
    same = all_ = 0
    for one, other in zip(theirs, ours, strict=True):
        for name in known & one.keys():
            all_ += len(one[name])
            same += sum((Counter(one[name]) & Counter(other.get(name, []))).values())
            if len(one[name]) == len(other.get(name, [])) and sorted(one[name]) != sorted(other[name]):
                different.add(name)
    return different, same, all_


def _layers(packets: list[Any]) -> list[Values]:
    return [_values(packet["_source"]["layers"], defaultdict(list)) for packet in packets]


def _both(path: Path, folder: Path) -> tuple[list[Any], list[Any]]:
    return json.loads(_tshark(path, "json").decode("utf-8", "replace")), json.loads(_ours(path, "json", folder))


@cache
def _reasons() -> dict[tuple[str, str], str]:
    return {(row["file"], row["field"]): row["reason"] for row in rows(EXPLAINED / "export.tsv")}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_json_says_what_tshark_says(path, tmp_path):
    theirs, ours = _both(path, tmp_path)
    assert [packet["_index"] for packet in ours] == [packet["_index"] for packet in theirs]
    assert all(packet.keys() == other.keys() for packet, other in zip(ours, theirs, strict=True))
    different, same, known = _compared(_layers(theirs), _layers(ours))
    assert {name for name in different if (path.name, name) not in _reasons() and ("*", name) not in _reasons()} == set()
    assert same > 20 * len(ours)
    assert same / known > 0.93, f"{same} of {known}"


def test_every_reason_is_needed(tmp_path):
    needed = set()
    for path in SAMPLES:
        theirs, ours = _both(path, tmp_path)
        different, _, _ = _compared(_layers(theirs), _layers(ours))
        needed |= {(file, name) for name in different for file in (path.name, "*")}
    assert set(_reasons()) - needed == set()


def test_bulk_json_has_tsharks_names_and_values(tmp_path):
    path = ROOT / "captures" / "samples" / "http1-curl-nginx.pcapng"
    lines = [[json.loads(line) for line in text.splitlines()] for text in (_tshark(path, "ek"), _ours(path, "ek", tmp_path))]
    assert [line["index"] for line in lines[0][::2]] == [line["index"] for line in lines[1][::2]]
    assert [line["timestamp"] for line in lines[0][1::2]] == [line["timestamp"] for line in lines[1][1::2]]
    different, same, _ = _compared(*([_values(line["layers"], defaultdict(list)) for line in half[1::2]] for half in lines))
    known = {f"{name.split('.')[0]}_{name.replace('.', '_')}" for _, name in _reasons()}
    assert different - {"text"} - known == set()
    assert same > 30 * len(lines[0]) / 2


def _spelled(field: Any) -> tuple[str, ...]:
    """A field without what each side says in its own way: where something computed stands, and the number behind some bits."""
    place = () if field.get("size") == "0" else (field.get("pos"), field.get("size"))
    raw = field.get("unmaskedvalue") or field.get("value") or ""
    return field.get("name"), field.get("show"), *place, raw


def _elements(text: bytes) -> list[set[tuple[str, ...]]]:
    """Of each packet, the fields of headers: name, place, size, value as shown and as bytes."""
    parser = etree.XMLParser(recover=False, huge_tree=True)
    return [
        {
            _spelled(field)
            for proto in packet.findall("proto")
            if proto.get("name") in ("eth", "ip", "tcp", "udp", "geninfo")
            for field in proto.iter("field")
        }
        for packet in etree.fromstring(text, parser).findall("packet")
    ]


@pytest.mark.parametrize("path", SAMPLES[:2], ids=lambda path: path.stem)
def test_pdml_has_tsharks_places_sizes_and_values(path, tmp_path):
    theirs, ours = _elements(_tshark(path, "pdml")), _elements(_ours(path, "pdml", tmp_path))
    names = {field[0] for packet in theirs for field in packet} & {field[0] for packet in ours for field in packet}
    names -= {"tcp.options", "", "tcp.stream"}
    assert {"eth.type", "ip.id", "ip.addr", "num", "timestamp"} <= names
    for their, our in zip(theirs, ours, strict=True):
        assert {field for field in our if field[0] in names} == {field for field in their if field[0] in names}
