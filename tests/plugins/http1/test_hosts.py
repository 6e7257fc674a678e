import pytest

from workbench_http1.hosts import is_host


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"example.org",
        b"example.org:8080",
        b"example.org:",
        b"127.0.0.1:80",
        b"[::1]:80",
        b"[fe80::1%25lo]",
        b"xn--bcher-kva.example",
        b"under_score.example",
        b"a%20b",
    ],
)
def test_hosts(value):
    assert is_host(value)


@pytest.mark.parametrize(
    "value",
    [
        b"exam ple.org",
        b"example.org/path",
        b"user@example.org",
        b"a, b",
        b"example.org:http",
        b"example.org:80:80",
        b"exam\0ple",
        b"[::1",
        b"b\xfccher.example",
        b"a%2",
        b"http://example.org",
    ],
)
def test_others(value):
    assert not is_host(value)
