import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.zeek import read_json, read_log
from workbench.export.zeek_log import ID, SCHEMAS, ZeekLog

ROW = {"ts": 1_700_000_000_123_456_789, "uid": "C1", "id.orig_h": "::1", "id.orig_p": 1, "id.resp_h": "10.0.0.1", "id.resp_p": 2}


def _written(folder, name, *rows, as_json=False):
    log = ZeekLog(folder, name, ROW["ts"], as_json=as_json)
    for row in rows:
        log.write({**ROW, **row})
    log.close(ROW["ts"] + 10**9)
    assert log.count == len(rows)
    return (read_json if as_json else read_log)(folder / f"{name}.log")


def test_rows_with_their_header(tmp_path):
    (row,) = _written(tmp_path, "dns", {"rtt": 1_500_000, "AA": True, "answers": ["a,b", "-"], "TTLs": [10**9], "query": ""})
    assert (row["ts"], row["rtt"], row["AA"], row["qtype"]) == ("1700000000.123456", "0.001500", "T", "-")
    assert (row["answers"], row["TTLs"], row["query"]) == ("a\\x2cb,\\x2d", "1.000000", "(empty)")
    assert "#open\t2023-11-14-22-13-20" in (tmp_path / "dns.log").read_text()


def test_rows_as_json(tmp_path):
    (row,) = _written(tmp_path, "dns", {"rtt": 1_500_000, "AA": True, "answers": ["a,b"], "query": "a\tb"}, as_json=True)
    assert (row["ts"], row["rtt"], row["AA"], row["answers"], row["query"]) == (
        1700000000.123456,
        0.0015,
        True,
        ["a,b"],
        "a\\x09b",
    )
    assert "qtype" not in row


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.lists(st.text(), min_size=1, max_size=3), st.integers(-(1 << 40), 1 << 40))
def test_any_text_stays_in_its_cell(tmp_path_factory, text, texts, interval):
    folder = tmp_path_factory.mktemp("zeek")
    for as_json in (False, True):
        rows = _written(folder, "dns", {"query": text, "answers": texts, "rtt": interval}, {}, as_json=as_json)
        assert len(rows) == 2


@pytest.mark.parametrize(
    ("text", "cell"), [("-", "\\x2d"), ("(empty)", "\\x28empty)"), ("a\\b\n", "a\\\\b\\x0a"), ("\ud800", "\\xed\\xa0\\x80")]
)
def test_words_with_a_meaning_are_escaped(tmp_path, text, cell):
    assert _written(tmp_path, "dns", {"query": text})[0]["query"] == cell


def test_every_log_begins_with_the_connection():
    assert all(columns[: len(ID)] == ID for columns in SCHEMAS.values())
