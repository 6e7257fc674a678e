"""The four forms of request targets and their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http1.targets import TargetForm, read_target


def taken(target: bytes, method: bytes = b"GET"):
    found = read_target(target, method)
    return found.form, found.authority, target[slice(*found.path)], target[slice(*found.query)]


@pytest.mark.parametrize(
    ("target", "method", "expected"),
    [
        (b"/", b"GET", (TargetForm.ORIGIN, b"", b"/", b"")),
        (b"/a/b?c=d&e?f", b"GET", (TargetForm.ORIGIN, b"", b"/a/b", b"c=d&e?f")),
        (b"/a?b#c?d", b"GET", (TargetForm.ORIGIN, b"", b"/a", b"b")),
        (b"http://a.test:81/x?y", b"GET", (TargetForm.ABSOLUTE, b"a.test:81", b"/x", b"y")),
        (b"http://a.test", b"OPTIONS", (TargetForm.ABSOLUTE, b"a.test", b"", b"")),
        (b"a.test:443", b"CONNECT", (TargetForm.AUTHORITY, b"a.test:443", b"", b"")),
        (b"[::1]:443", b"CONNECT", (TargetForm.AUTHORITY, b"[::1]:443", b"", b"")),
        (b"a.test:443", b"GET", (TargetForm.OTHER, b"", b"a.test:443", b"")),
        (b"*", b"OPTIONS", (TargetForm.ASTERISK, b"", b"", b"")),
        (b"", b"GET", (TargetForm.OTHER, b"", b"", b"")),
    ],
)
def test_forms(target, method, expected):
    assert taken(target, method) == expected


@given(st.binary(max_size=40), st.sampled_from([b"GET", b"CONNECT"]))
def test_parts_lie_inside(target, method):
    found = read_target(target, method)
    assert 0 <= found.path[0] <= found.path[1] <= found.query[0] <= found.query[1] <= len(target)
