"""A strict reader of HAR 1.2, written from the specification: every object has what it must, of the right type, and nothing unknown."""

import re
from typing import Any

NUMBER = (int, float)
PAIR = {"name": str, "value": str}
COOKIE = {**PAIR, "path?": str, "domain?": str, "expires?": "moment", "httpOnly?": bool, "secure?": bool, "comment?": str}
REQUEST = {
    "method": str,
    "url": str,
    "httpVersion": str,
    "cookies": [COOKIE],
    "headers": [PAIR],
    "queryString": [PAIR],
    "postData?": {"mimeType": str, "params?": [{"name": str, "value?": str, "fileName?": str, "contentType?": str}], "text": str},
    "headersSize": int,
    "bodySize": int,
}
RESPONSE = {
    "status": int,
    "statusText": str,
    "httpVersion": str,
    "cookies": [COOKIE],
    "headers": [PAIR],
    "content": {"size": int, "compression?": int, "mimeType": str, "text?": str, "encoding?": str},
    "redirectURL": str,
    "headersSize": int,
    "bodySize": int,
}
ENTRY = {
    "startedDateTime": "moment",
    "time": NUMBER,
    "request": REQUEST,
    "response": RESPONSE,
    "cache": {},
    "timings": {
        **{f"{name}?": NUMBER for name in ("blocked", "dns", "connect", "ssl")},
        **dict.fromkeys(("send", "wait", "receive"), NUMBER),
    },
    "serverIPAddress?": str,
    "connection?": str,
    "pageref?": str,
}
PROGRAM = {"name": str, "version": str, "comment?": str}
LOG = {"version": str, "creator": PROGRAM, "browser?": PROGRAM, "pages?": [], "entries": [ENTRY]}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def checked(document: Any) -> list[dict[str, Any]]:
    """The entries of a HAR document; fails where it is none."""
    _check(document, {"log": LOG}, "har")
    entries: list[dict[str, Any]] = document["log"]["entries"]
    assert document["log"]["version"] == "1.2"
    for number, entry in enumerate(entries):
        timings = entry["timings"]
        total = sum(value for name, value in timings.items() if value > 0 and name != "ssl")
        assert abs(total - entry["time"]) < 1e-3, f"entry {number}: the time is not the sum of its timings"
        assert all(timings[name] >= 0 for name in ("send", "wait", "receive"))
    moments = [entry["startedDateTime"] for entry in entries]
    assert moments == sorted(moments)
    return entries


def _check(value: Any, rule: Any, place: str) -> None:
    if rule == "moment":
        assert isinstance(value, str), place
        assert MOMENT.fullmatch(value), f"{place}: {value}"
    elif isinstance(rule, dict):
        assert isinstance(value, dict), place
        known = {name.rstrip("?"): (kind, name.endswith("?")) for name, kind in rule.items()}
        unknown = {name for name in value if name not in known and not name.startswith("_")}
        assert not unknown, f"{place}: {unknown}"
        for name, (kind, optional) in known.items():
            assert optional or name in value, f"{place}.{name} is missing"
            if name in value:
                _check(value[name], kind, f"{place}.{name}")
    elif isinstance(rule, list):
        assert isinstance(value, list), place
        for number, item in enumerate(value):
            _check(item, rule[0], f"{place}[{number}]")
    else:
        assert isinstance(value, rule), f"{place}: {value!r}"
        assert isinstance(value, bool) == (rule is bool), f"{place}: {value!r}"
