import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.state_graph import FORMATS, Move, StateGraph, as_dot, as_mermaid, state_graph
from fuzzers.store import Store
from workbench.api import UsageError

STEPS = (
    (("reply", "start", "get", "reply ok 200"), 40),
    (("reply", "start", "head", "reply ok 200"), 2),
    (("reply", "reply ok 200", "", "open"), 42),
    (("table", "idle", "request", "waiting"), 42),
    (("table", "waiting", "hello", "?"), 1),
)


@pytest.fixture
def campaign(tmp_path):
    store = Store.create(tmp_path, {"states": [["idle", "request", "waiting"], ["waiting", "reply", "idle"]]}, ())
    store.add_steps(STEPS)
    store.close()
    return tmp_path


def test_what_was_learnt_is_compared_with_the_table(campaign):
    graph = state_graph(campaign)
    assert graph.replies[0] == Move("reply ok 200", "", "open", 42)
    assert graph.unknown == (Move("waiting", "hello", "?", 1),)
    assert graph.never == (Move("waiting", "reply", "idle", 0),)
    told = json.loads(json.dumps(graph.as_json()))
    assert told["never_seen"] == [{"before": "waiting", "said": "reply", "after": "idle", "count": 0}]
    assert len(told["replies"]) == 3
    assert len(told["table"]) == 3


def test_in_words(campaign):
    assert state_graph(campaign).as_text().splitlines() == [
        "3 moves between replies, 2 of the table of states",
        "  reply ok 200 —→ open  42 times",
        "  start — get → reply ok 200  40 times",
        "  start — head → reply ok 200  2 times",
        "not in the table of states:",
        "  waiting — hello → ?  1 times",
        "in the table of states and never seen:",
        "  waiting — reply → idle",
    ]


def test_a_drawing_joins_what_leads_to_the_same_place(campaign):
    dot = as_dot(state_graph(campaign))
    assert '[label="get, head (42)"]' in dot
    assert 'label="hello (1)", color="red"' in dot
    assert 'label="reply (0)", style="dashed"' in dot
    mermaid = as_mermaid(state_graph(campaign))
    assert mermaid.startswith("stateDiagram-v2\n")
    assert "r0 --> r1" in mermaid


@given(st.lists(st.builds(Move, st.text(max_size=9), st.text(max_size=99), st.text(max_size=9), st.integers(0, 9)), max_size=9))
def test_nothing_that_a_server_says_gets_out_of_its_label(moves):
    graph = StateGraph(tuple(moves), tuple(moves))
    for line in as_dot(graph).splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0
    for write in FORMATS.values():
        assert all(char.isprintable() or char == "\n" for char in write(graph))


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
def test_graphviz_reads_it(campaign):
    done = subprocess.run(["dot", "-Tsvg"], input=as_dot(state_graph(campaign)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_where_there_is_no_campaign(tmp_path):
    with pytest.raises(UsageError):
        state_graph(tmp_path)
