"""The cases notice a server that reads QPACK almost right."""

from support.http3_server import always, failing
from workbench_http3 import server_qpack
from workbench_http3.checks.compression import CHECKS
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.server_packing import FieldEncoder
from workbench_http3.server_qpack import QpackDecoder


def test_capacity(monkeypatch):
    proper = DynamicTable.resize
    monkeypatch.setattr(DynamicTable, "resize", lambda self, capacity: proper(self, min(capacity, self.maximum or 0)))
    assert failing(CHECKS) == {"qpack-capacity-beyond"}


def test_entries_too_large(monkeypatch):
    proper = DynamicTable.add
    monkeypatch.setattr(DynamicTable, "add", lambda self, name, value: proper(self, name, value) or True)
    assert failing(CHECKS) == {"qpack-entry-too-large"}


def test_nothing_is_evicted(monkeypatch):
    monkeypatch.setattr(DynamicTable, "_shrink", always(None))
    assert failing(CHECKS) == {"qpack-evicted"}


def test_references(monkeypatch):
    monkeypatch.setattr(QpackDecoder, "_reference", lambda self, index, required: (self._entry(index), required))
    assert failing(CHECKS) == {"qpack-beyond-required"}


def test_entries_that_are_not_there(monkeypatch):
    proper = DynamicTable.find
    monkeypatch.setattr(DynamicTable, "find", lambda self, index: proper(self, index) or (b"x-made-up", b""))
    assert failing(CHECKS) >= {"qpack-before-first", "qpack-insert-no-such-name", "qpack-duplicate-nothing", "qpack-evicted"}


def test_the_static_table(monkeypatch):
    monkeypatch.setattr(server_qpack, "_static", lambda index: STATIC[min(index, 62)])
    assert failing(CHECKS) == {
        "qpack-static-beyond", "qpack-static-name-beyond", "qpack-insert-static-beyond", "qpack-broken-trailers",
    }  # fmt: skip


def test_prefixes(monkeypatch):
    monkeypatch.setattr(QpackDecoder, "_required", lambda _, encoded: max(0, encoded - 1))
    assert failing(CHECKS) == {"qpack-required-impossible"}


def test_waiting(monkeypatch):
    monkeypatch.setattr(QpackDecoder, "_wait", always(None))
    assert failing(CHECKS) == {"qpack-too-many-blocked"}


def test_nobody_waits(monkeypatch):
    def refuse(self, stream):
        raise server_qpack.BrokenError("nobody waits here", "")

    monkeypatch.setattr(QpackDecoder, "_wait", refuse)
    assert failing(CHECKS) == {"qpack-blocked", "qpack-blocked-upload", "qpack-cancelled"}


def test_acknowledgments(monkeypatch):
    monkeypatch.setattr(QpackDecoder, "output", always(b""))
    assert failing(CHECKS) == {
        "qpack-dynamic", "qpack-dynamic-name", "qpack-post-base", "qpack-post-base-name", "qpack-base-beyond", "qpack-cancelled",
        "qpack-insert-static-name", "qpack-insert-dynamic-name", "qpack-duplicate", "qpack-evicted-and-again", "qpack-evicted",
    }  # fmt: skip
    monkeypatch.undo()
    monkeypatch.setattr(FieldEncoder, "receive", always(None))
    assert failing(CHECKS) == {"qpack-acknowledged-nothing", "qpack-increment-0", "qpack-increment-beyond"}


def test_strings(monkeypatch):
    proper = server_qpack.Reader.text

    def text(self, what, bits, longest=1 << 30):
        try:
            return proper(self, what, bits, longest)
        except (server_qpack.BrokenError, server_qpack.ShortError):
            self.at = len(self.data)
            return b"?", None

    monkeypatch.setattr(server_qpack.Reader, "text", text)
    assert failing(CHECKS) >= {
        "qpack-huffman-eos", "qpack-huffman-padding-long", "qpack-huffman-padding-zeros", "qpack-string-cut-off",
        "qpack-insert-broken-huffman",
    }  # fmt: skip
