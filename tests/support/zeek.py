"""A strict reader of Zeek's logs, written from the description of the format."""

import ipaddress
import json
import re
from pathlib import Path
from typing import Any

HEAD = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
MOMENT = re.compile(r"\d{4}(-\d\d){5}")
KINDS = {
    "time": re.compile(r"\d+\.\d{6}"),
    "interval": re.compile(r"-?\d+\.\d{6}"),
    "count": re.compile(r"\d+"),
    "port": re.compile(r"\d{1,5}"),
    "bool": re.compile(r"[TF]"),
    "enum": re.compile(r"[a-z]+"),
    "string": re.compile(r"[^\t\n]+"),
}


def read_log(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated log, "-" for what is unset; fails where it is none."""
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    assert lines[:4] == HEAD
    assert lines[4] == f"#path\t{path.stem}"
    for line, word in ((lines[5], "#open"), (lines[-1], "#close")):
        name, moment = line.split("\t")
        assert name == word
        assert MOMENT.fullmatch(moment)
    (one, *names), (other, *kinds) = (line.split("\t") for line in lines[6:8])
    assert (one, other) == ("#fields", "#types")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines[8:-1]]
    for row in rows:
        for name, kind in zip(names, kinds, strict=True):
            _check(row[name], kind)
    return rows


def _check(cell: str, kind: str) -> None:
    assert cell.isprintable(), repr(cell)
    if cell == "-":
        return
    if "[" in kind:
        for one in cell.split(",") if cell != "(empty)" else ():
            _check(one, kind[kind.index("[") + 1 : -1])
    elif kind == "addr":
        ipaddress.ip_address(cell)
    else:
        assert KINDS[kind].fullmatch(cell), f"{cell!r} is no {kind}"


def read_json(path: Path) -> list[dict[str, Any]]:
    """The rows of a log of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
