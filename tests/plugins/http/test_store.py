import pytest

from workbench_http.store import Store


def test_what_was_put_is_there_until_it_is_deleted():
    store = Store(10)
    assert store.put("a", b"12345", "text/plain")
    assert store.get("a") == (b"12345", "text/plain")
    store.delete("a")
    assert store.get("a") is None
    with pytest.raises(KeyError):
        store.delete("a")


def test_all_contents_together_are_bounded():
    store = Store(10)
    assert store.put("a", b"123456", "x/y")
    assert not store.put("b", b"12345", "x/y")
    assert store.get("b") is None
    assert not store.put("a", b"x" * 11, "x/y")
    assert store.get("a") == (b"123456", "x/y")
    assert store.put("a", b"x" * 10, "x/y")
    store.delete("a")
    assert store.put("b", b"x" * 10, "x/y")
