"""Sequences whose words came from a hostile wire."""

from hypothesis import strategies as st

from workbench.analysis.sequence import Sequence, Step
from workbench.api import Direction, Endpoint, FlowKey

FLOW = FlowKey("tcp", Endpoint("10.0.0.1", 40_000), Endpoint("fe80::1", 80))
WORDS = st.text(st.characters(), max_size=150) | st.sampled_from(["end", "C->>S: x", "</svg><script>", "#59;", "x;y", "\x1b[2J"])


def step(text="GET /", **more):
    values = {"direction": Direction.TO_SERVER, "packet": 4, "after_ns": 1_500, "layer": (), "protocol": "http1", "bytes": 5}
    return Step(text=text, **{**values, **more})


STEPS = st.builds(
    step,
    WORDS,
    direction=st.sampled_from(Direction),
    layer=st.lists(st.sampled_from(["tls", "http2 stream 5"]), max_size=3).map(tuple),
    faulty=st.booleans(),
)
SEQUENCES = st.builds(Sequence, WORDS, st.just(FLOW), st.lists(STEPS, max_size=5).map(tuple), st.integers(0, 3))
