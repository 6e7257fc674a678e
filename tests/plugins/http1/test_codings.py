"""Codings undone: gzip in members, deflate both ways, and what is damaged, foreign or a bomb."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Severity
from workbench_http1 import codings as module
from workbench_http1.codings import undo_codings

PLAIN = b"a plain text, long enough to be worth it. " * 5


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


def undo(codings: list[bytes], data: bytes, whole: bool = True):
    return undo_codings(codings, data, whole, (3, 9))


@pytest.mark.parametrize(
    ("codings", "data"),
    [
        ([b"gzip"], gzip.compress(PLAIN, mtime=0)),
        ([b"x-gzip"], gzip.compress(PLAIN, mtime=0)),
        ([b"gzip"], gzip.compress(PLAIN[:50], mtime=0) + gzip.compress(PLAIN[50:], mtime=0)),
        ([b"deflate"], zlib.compress(PLAIN)),
        ([b"deflate"], raw_deflate(PLAIN)),
        ([b"deflate", b"gzip"], gzip.compress(zlib.compress(PLAIN), mtime=0)),
        ([b"gzip", b"identity"], gzip.compress(PLAIN, mtime=0)),
    ],
)
def test_known_codings(codings, data):
    found = undo(codings, data)
    assert found.views[-1].data == PLAIN
    assert found.notes == ()


def test_each_step_is_a_view():
    found = undo([b"deflate", b"gzip"], gzip.compress(zlib.compress(PLAIN), mtime=0))
    assert [(view.name, view.data) for view in found.views] == [
        ("gzip decoded", zlib.compress(PLAIN)),
        ("deflate decoded", PLAIN),
    ]


def test_unknown_codings_are_left_alone():
    found = undo([b"br"], b"\x0b\x02\x80")
    assert found.views == ()
    assert [(note.severity, note.start, note.end) for note in found.notes] == [(Severity.CHAT, 3, 9)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (gzip.compress(PLAIN, mtime=0)[:-12], "gzip: the compressed data break off"),
        (gzip.compress(PLAIN, mtime=0) + b"junk", "gzip: 4 bytes behind the end of the compressed data"),
        (
            gzip.compress(PLAIN, mtime=0)[:-8] + bytes(8),
            "gzip: damaged data (Error -3 while decompressing data: incorrect data check)",
        ),
    ],
)
def test_damage_gives_what_came_out_and_a_warning(data, text):
    found = undo([b"gzip"], data)
    assert PLAIN.startswith(found.views[0].data[:40])
    assert [(note.text, note.severity) for note in found.notes] == [(text, Severity.WARN)]


def test_not_compressed_at_all():
    found = undo([b"gzip"], b"plain after all")
    assert found.views == ()
    assert found.notes[0].text.startswith("gzip: damaged data")


def test_an_incomplete_body_may_break_off():
    assert undo([b"gzip"], gzip.compress(PLAIN, mtime=0)[:-12], whole=False).notes == ()


def test_a_bomb_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_DECODED", 10_000)
    found = undo([b"gzip"], gzip.compress(bytes(1_000_000), mtime=0))
    assert len(found.views[0].data) == 10_000
    assert found.notes[0].text == "gzip: unfolds to more than 10000 bytes"


def test_only_so_many_codings():
    data = PLAIN
    for _ in range(6):
        data = gzip.compress(data, mtime=0)
    found = undo([b"gzip"] * 6, data)
    assert len(found.views) == module.MAX_CODINGS
    assert found.notes[-1].text == "6 codings, only the last 4 are looked at"


@given(st.binary(max_size=200), st.lists(st.sampled_from([b"gzip", b"deflate", b"br", b"identity"]), max_size=3))
def test_any_bytes(data, codings):
    found = undo(codings, data)
    assert all(len(view.data) <= module.MAX_DECODED for view in found.views)
