"""Ranges, conditions, compression."""

import gzip

import pytest

from workbench_http.content import fixed
from workbench_http.exchange import Request
from workbench_http.selection import select

TEXT = fixed(b"0123456789" * 100, "text/plain")


def ask(content, method="GET", **headers):
    return select(Request(method, "/", "/", {}, {name.replace("_", "-"): value for name, value in headers.items()}), content)


@pytest.mark.parametrize(
    ("value", "status", "span"),
    [
        ("bytes=0-4", 206, (0, 5)), ("bytes=995-", 206, (995, 1000)), ("bytes=-3", 206, (997, 1000)), ("bytes=5-5000", 206, (5, 1000)),
        ("bytes=-5000", 206, (0, 1000)), ("bytes=1000-", 416, None), ("bytes=-0", 416, None), ("bytes=5-4", 200, (0, 1000)),
        ("bytes=-", 200, (0, 1000)), ("bytes=0-1,3-4", 200, (0, 1000)), ("lines=0-1", 200, (0, 1000)),
    ],
)  # fmt: skip
def test_ranges(value, status, span):
    found = ask(TEXT, range=value)
    assert found.status == status
    if span:
        assert b"".join(found.body) == (b"0123456789" * 100)[slice(*span)]
        assert found.length == span[1] - span[0]
    if status == 206:
        assert dict(found.headers)["content-range"] == f"bytes {span[0]}-{span[1] - 1}/1000"


def test_if_range():
    assert ask(TEXT, range="bytes=0-1", if_range=TEXT.etag).status == 206
    assert ask(TEXT, range="bytes=0-1", if_range='"other"').status == 200


def test_conditions():
    assert ask(TEXT, if_none_match=TEXT.etag).status == 304
    assert ask(TEXT, if_none_match="W/" + TEXT.etag).status == 304
    assert ask(TEXT, if_match='"other"').status == 412
    assert ask(TEXT, if_match=TEXT.etag).status == 200


@pytest.mark.parametrize(
    ("value", "zipped"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("gzip;q=0.000", False), ("br", False)],
)
def test_compression(value, zipped):
    found = ask(TEXT, accept_encoding=value)
    assert (dict(found.headers).get("content-encoding") == "gzip") is zipped
    body = b"".join(found.body)
    assert len(body) == found.length
    assert (gzip.decompress(body) if zipped else body) == b"0123456789" * 100


def test_what_is_not_worth_it():
    assert "content-encoding" not in dict(ask(fixed(b"short", "text/plain"), accept_encoding="gzip").headers)
    assert "content-encoding" not in dict(ask(fixed(bytes(1000), "image/png"), accept_encoding="gzip").headers)
