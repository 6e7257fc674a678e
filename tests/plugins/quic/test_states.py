"""The state table: what a connection may do, and what it may not."""

import pytest

from workbench_quic.states import INITIAL, STATES
from workbench_quic.summaries import FRAME_LABELS, KIND_LABELS


def after(*labels):
    state = INITIAL
    for label in labels:
        state = STATES[state, label]
    return state


@pytest.mark.parametrize(
    ("labels", "state"),
    [
        (("initial.crypto", "initial.crypto", "handshake", "one_rtt"), "answered"),
        (("initial.crypto", "early.stream", "retry", "initial.crypto", "early", "initial.crypto"), "offered"),
        (("unknown_version", "version_negotiation", "initial.crypto", "handshake.crypto"), "answered"),
        (("initial.crypto", "padding", "initial.close", "initial.close"), "closed"),
        (("initial.crypto", "handshake", "one_rtt.close", "one_rtt.stream", "stateless_reset"), "closed"),
        (("one_rtt", "stateless_reset"), "closed"),
    ],
)
def test_legal_orders(labels, state):
    assert after(*labels) == state


@pytest.mark.parametrize("labels", [("retry",), ("initial.crypto", "handshake", "unknown", "x"), ("retried",)])
def test_illegal_orders(labels):
    with pytest.raises(KeyError):
        after(*labels)


def test_every_label_is_legal_somewhere():
    known = {label for _, label in STATES}
    assert set(KIND_LABELS.values()) <= known
    assert {f"one_rtt.{frame}" for frame in FRAME_LABELS} <= known
