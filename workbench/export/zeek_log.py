"""Zeek's log files, as tab-separated text with its header lines, or as one JSON object a line.

https://docs.zeek.org/en/master/log-formats.html. What a log holds is in the other `zeek` files. In both forms everything that is not
printable is escaped as \\xNN, as Zeek does.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

__all__ = ["ID", "SCHEMAS", "ZeekLog"]

ID = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
)
"""What every line begins with: time, connection, originator and responder."""

_EMPTY, _UNSET = "(empty)", "-"
_LAST_SECOND = 253_402_300_799

Column = tuple[str, str]


def _columns(text: str) -> tuple[Column, ...]:
    return (*ID, *((name, kind) for name, kind in (word.split(":") for word in text.split())))


SCHEMAS: dict[str, tuple[Column, ...]] = {
    "conn": _columns(
        "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string local_orig:bool local_resp:bool "
        "missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count "
        "tunnel_parents:set[string]"
    ),
    "http": _columns(
        "trans_depth:count method:string host:string uri:string referrer:string version:string user_agent:string origin:string "
        "request_body_len:count response_body_len:count status_code:count status_msg:string info_code:count info_msg:string "
        "tags:set[enum] username:string password:string proxied:set[string] resp_mime_types:vector[string]"
    ),
    "ssl": _columns(
        "version:string cipher:string curve:string server_name:string resumed:bool last_alert:string next_protocol:string "
        "established:bool ssl_history:string"
    ),
    "quic": _columns(
        "version:string client_initial_dcid:string client_scid:string server_scid:string server_name:string client_protocol:string "
        "history:string"
    ),
    "dns": _columns(
        "proto:enum trans_id:count rtt:interval query:string qclass:count qclass_name:string qtype:count qtype_name:string rcode:count "
        "rcode_name:string AA:bool TC:bool RD:bool RA:bool Z:count answers:vector[string] TTLs:vector[interval] rejected:bool"
    ),
    "weird": _columns("name:string addl:string notice:bool peer:string source:string"),
}
"""Columns of each log in Zeek's order, with its types."""


class ZeekLog:
    """One log file, open until `close`. `opened_ns` is the time that its header names."""

    def __init__(self, folder: Path, name: str, opened_ns: int, *, as_json: bool) -> None:
        self.name = name
        self.count = 0
        self._columns = SCHEMAS[name]
        self._as_json = as_json
        self._file: TextIO = (folder / f"{name}.log").open("w", encoding="utf-8", newline="\n")
        if not as_json:
            names, kinds = zip(*self._columns, strict=True)
            self._file.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n")
            self._file.write(f"#path\t{name}\n#open\t{_moment(opened_ns)}\n")
            self._file.write("\t".join(("#fields", *names)) + "\n" + "\t".join(("#types", *kinds)) + "\n")

    def write(self, row: Mapping[str, Any]) -> None:
        """One line; what `row` does not have is unset. Times and intervals are nanoseconds."""
        self.count += 1
        if self._as_json:
            found = {name: _plain(row[name], kind) for name, kind in self._columns if row.get(name) is not None}
            self._file.write(json.dumps(found, separators=(",", ":")) + "\n")
        else:
            self._file.write("\t".join(_cell(row.get(name), kind) for name, kind in self._columns) + "\n")

    def close(self, closed_ns: int) -> None:
        """Finish the file."""
        if not self._as_json:
            self._file.write(f"#close\t{_moment(closed_ns)}\n")
        self._file.close()


def _moment(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(max(0, min(time_ns // 1_000_000_000, _LAST_SECOND)), UTC):%Y-%m-%d-%H-%M-%S}"


def _seconds(time_ns: int) -> str:
    sign = "-" if time_ns < 0 else ""
    seconds, rest = divmod(abs(time_ns) // 1000, 1_000_000)
    return f"{sign}{seconds}.{rest:06d}"


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return _UNSET
    if kind.startswith(("set", "vector")):
        inner = kind[kind.index("[") + 1 : -1]
        return ",".join(_cell(one, inner).replace(",", "\\x2c") for one in value) if value else _EMPTY
    if kind in ("time", "interval"):
        return _seconds(value)
    if kind == "bool":
        return "T" if value else "F"
    if kind in ("string", "enum"):
        return _text(value)
    return str(value)


def _text(value: str) -> str:
    if value in ("", _UNSET, _EMPTY):
        return {"": _EMPTY, _UNSET: "\\x2d", _EMPTY: "\\x28empty)"}[value]
    return _printable(value)


def _printable(value: str) -> str:
    if value.isprintable() and "\\" not in value:
        return value
    return "".join(
        "\\\\" if char == "\\" else char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in _bytes(char))
        for char in value
    )


def _bytes(char: str) -> bytes:
    return char.encode("utf-8", "surrogatepass")


def _plain(value: Any, kind: str) -> Any:
    """A value as Zeek's JSON has it: times as numbers, text escaped like in the other form but for the backslash."""
    if kind.startswith(("set", "vector")):
        inner: Sequence[Any] = [_plain(one, kind[kind.index("[") + 1 : -1]) for one in value]
        return inner
    if kind in ("time", "interval"):
        return float(_seconds(value))
    if isinstance(value, str):
        return value if value.isprintable() else _printable(value)
    return value
