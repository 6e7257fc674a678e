"""Conditions, ranges, compression: what RFC 9110 says about which part is sent."""

import gzip

import pytest

from workbench_http.content import fixed, pattern
from workbench_http1.exchange import Request
from workbench_http1.selection import MAX_RANGES, accepts_gzip, byte_ranges, select

TEXT = fixed(b"0123456789" * 50, "text/plain")


def ask(found=TEXT, method="GET", **headers):
    response = select(Request(method, "/", "/", {}, {name.replace("_", "-"): value for name, value in headers.items()}), found)
    return response, b"".join(response.body)


def test_the_whole():
    response, body = ask()
    assert (response.status, body, response.length) == (200, b"0123456789" * 50, 500)
    assert dict(response.headers)["ETag"] == TEXT.etag


@pytest.mark.parametrize(
    ("value", "expected"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("x-gzip", True), ("gzip;q=0", False), ("gzip;q=0.000", False), ("", False),
     ("br", False), ("*;q=0", False), ("gzip;q=x", False), ("gzip;q=0, *", False)],
)  # fmt: skip
def test_accepts_gzip(value, expected):
    assert accepts_gzip(value) is expected


def test_compression():
    response, body = ask(accept_encoding="gzip")
    assert gzip.decompress(body) == b"0123456789" * 50
    headers = dict(response.headers)
    assert (headers["Content-Encoding"], headers["Vary"], response.length) == ("gzip", "Accept-Encoding", len(body))
    assert headers["ETag"] != TEXT.etag
    assert ask(accept_encoding="gzip")[1] == body
    assert ask(fixed(b"short", "text/plain"), accept_encoding="gzip")[1] == b"short"
    assert len(ask(pattern(1000), accept_encoding="gzip")[1]) == 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-4", [(0, 5)]),
        ("bytes=5-", [(5, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-30", [(0, 10)]),
        ("bytes=8-99", [(8, 10)]),
        ("bytes=0-0, 9-9", [(0, 1), (9, 10)]),
        ("bytes=10-12", []),
        ("bytes=10-", []),
        ("bytes=-0", []),
        ("bytes=4-2", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=x-y", None),
        ("lines=0-1", None),
        ("bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)), None),
    ],
)
def test_byte_ranges(value, expected):
    assert byte_ranges(value, 10) == expected


def test_single_range():
    response, body = ask(range="bytes=2-4")
    assert (response.status, body, response.length) == (206, b"234", 3)
    assert dict(response.headers)["Content-Range"] == "bytes 2-4/500"


def test_several_ranges():
    response, body = ask(range="bytes=0-1,-2")
    assert response.status == 206
    assert response.length == len(body)
    boundary = dict(response.headers)["Content-Type"].partition("boundary=")[2].encode()
    assert [part.partition(b"\r\n\r\n")[2] for part in body.split(b"\r\n--" + boundary)[1:]] == [b"01", b"89", b""]
    assert b"Content-Range: bytes 498-499/500" in body


def test_no_such_range():
    response, _ = ask(range="bytes=500-")
    assert (response.status, dict(response.headers)["Content-Range"]) == (416, "bytes */500")


def test_if_range():
    assert ask(range="bytes=0-0", if_range=TEXT.etag)[0].status == 206
    assert ask(range="bytes=0-0", if_range='"other"')[0].status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": f'"a", {TEXT.etag}'}, 304),
        ({"if_none_match": f"W/{TEXT.etag}"}, 304),
        ({"if_none_match": '"a"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": TEXT.etag}, 200),
        ({"if_match": '"a"'}, 412),
        ({"if_match": f"W/{TEXT.etag}"}, 412),
        ({"if_match": '"a"', "if_none_match": "*"}, 412),
    ],
)
def test_conditions(headers, status):
    response, body = ask(**headers)
    assert response.status == status
    assert (body == b"") == (status != 200)
    assert dict(response.headers)["ETag"] == TEXT.etag
