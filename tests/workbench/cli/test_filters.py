import json

from support.commands import workbench


def test_the_language_is_explained():
    out = workbench("filters").out
    assert "contains" in out
    assert "Fields begin with" in out


def test_fields_by_the_beginning_of_their_names():
    assert {"tcp.flags.syn", "tcp.analysis.retransmission"} <= set(workbench("filters", "tcp").out.splitlines())
    assert "http.request.method" in workbench("filters", "http.request", "--json").out
    assert json.loads(workbench("filters", "note.", "--json").out) == ["note.section", "note.severity", "note.text"]


def test_a_line_is_gone_on_with():
    lines = workbench("filters", "--complete", "tcp and http.request.met").out.splitlines()
    assert lines == ["tcp and http.request.method"]
    assert workbench("filters", "--complete", "tcp and and").out == ""
