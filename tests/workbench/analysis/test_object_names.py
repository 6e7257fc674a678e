import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.object_names import LONGEST, ObjectNames, safe_name

HARMLESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*[A-Za-z0-9]")


@pytest.mark.parametrize(
    ("uri", "kind", "name"),
    [
        ("/a/page.html?x=1#y", "text/html", "page.html"),
        ("/", "text/html; charset=utf-8", "object-7.html"),
        ("", "", "object-7.bin"),
        ("/api/items", "application/json", "items.json"),
        ("http://host/dir/x.png", "image/png", "x.png"),
        ("http://host", "text/plain", "object-7.txt"),
        ("/../../etc/passwd", "", "passwd.bin"),
        ("/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "", "etc_passwd.bin"),
        ("/..%5c..%5cboot.ini", "", "boot.ini"),
        ("/.bashrc", "", "bashrc.bin"),
        ("/-rf", "", "rf.bin"),
        ("/a%00.txt", "", "a_.txt"),
        ("/CON", "text/plain", "_CON.txt"),
        ("/nul.txt", "", "_nul.txt"),
        ("/dir/", "text/css", "dir.css"),
        ("/über.txt", "", "_ber.txt"),
    ],
)
def test_names(uri, kind, name):
    found = safe_name(uri, kind, 7)
    assert found.lstrip("_") == name.lstrip("_")
    assert HARMLESS.fullmatch(found)


@given(st.text(max_size=300), st.text(max_size=30))
def test_a_name_is_never_a_path_nor_anything_else(uri, kind):
    name = safe_name(uri, kind, 7)
    assert HARMLESS.fullmatch(name)
    assert ".." not in name or "/" not in name
    assert len(name) <= LONGEST + 1
    assert "." in name


@given(st.lists(st.sampled_from(["a.txt", "A.TXT", "a-2.txt", "b", "index.json"]), max_size=30))
def test_no_name_twice_whatever_its_case(names):
    given_out = ObjectNames(("index.json",))
    found = [given_out.unique(name).lower() for name in names]
    assert len(found) == len(set(found))
    assert "index.json" not in found
