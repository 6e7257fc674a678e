"""How much faster is generated code than construct? `python tests/bench/codegen.py`, on the messages of streambus's seeds.

Parsing (values only, and values with fields) and building; where boofuzz is installed, also against the render of the same message
there. Each pair runs alternately in one process, and the ratio of the best times is printed.
"""

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from dissectors.codegen.building import builder_of
from dissectors.codegen.parsing import parser_of, tracer_of
from dissectors.tracing import interpret
from workbench.api import Direction, Limits
from workbench.registry import load

ROUNDS = 7
CALLS = 40
MOST = Limits().fields
PARAMETERS = {"surplus": 0}


def _micros(function: Callable[[], Any], calls: int) -> float:
    before = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - before) / calls * 1e6


def _compare(name: str, slow: Callable[[], Any], fast: Callable[[], Any], messages: int) -> None:
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        best[0] = min(best[0], _micros(slow, CALLS) / messages)
        best[1] = min(best[1], _micros(fast, 10 * CALLS) / messages)
    print(f"{name:58} {best[0]:9.2f} µs {best[1]:8.2f} µs {best[0] / best[1]:8.1f}×")


def _boofuzz_request() -> Callable[[], bytes] | None:
    """Renders a Fetch as a boofuzz user would describe it; None where boofuzz is not installed."""
    try:
        boofuzz = import_module("boofuzz")
    except ImportError:
        return None
    body = (
        *(boofuzz.QWord(name="id", default_value=3, endian=">"), boofuzz.Byte(name="type", default_value=2)),
        *(boofuzz.Byte(name="version", default_value=1), boofuzz.Word(name="flags", endian=">")),
        *(boofuzz.DWord(name="partition", endian=">"), boofuzz.QWord(name="offset", endian=">")),
        boofuzz.DWord(name="most", default_value=65_536, endian=">"),
    )
    length = boofuzz.Size(name="length", block_name="body", length=4, endian=">", offset=4)
    covered = boofuzz.Block(name="covered", children=(length, boofuzz.Block(name="body", children=body)))
    crc = boofuzz.Checksum(name="crc", block_name="covered", algorithm="crc32", endian=">")
    request = boofuzz.Request("fetch", children=(covered, crc))
    render: Callable[[], bytes] = request.render
    return render


def main() -> None:
    """Print a small table."""
    spec = load().get("streambus")
    grammar = spec.grammar_for(Direction.TO_SERVER)
    assert grammar is not None
    parse, trace, build = parser_of(grammar), tracer_of(grammar, "streambus"), builder_of(grammar)
    assert parse is not None
    assert trace is not None
    assert build is not None
    wires = [message for seed in spec.seeds for message in seed.messages]
    values = [grammar.parse(wire, **PARAMETERS) for wire in wires]
    assert [build(value, PARAMETERS) for value in values] == wires
    assert [parse(wire, PARAMETERS, MOST)[0] for wire in wires] == values
    print(f"{'per message':58} {'before':>12} {'generated':>11} {'ratio':>9}")
    _compare(
        "parse, values: against construct",
        lambda: [grammar.parse(wire, **PARAMETERS) for wire in wires],
        lambda: [parse(wire, PARAMETERS, MOST) for wire in wires],
        len(wires),
    )
    _compare(
        "parse, values and fields: against the watched interpreter",
        lambda: [interpret(grammar, wire, "streambus", PARAMETERS, MOST) for wire in wires],
        lambda: [trace(wire, PARAMETERS, MOST) for wire in wires],
        len(wires),
    )
    _compare(
        "build: against construct",
        lambda: [grammar.build(value, **PARAMETERS) for value in values],
        lambda: [build(value, PARAMETERS) for value in values],
        len(wires),
    )
    render = _boofuzz_request()
    if render is None:
        print("build: against a boofuzz render (boofuzz is not installed)")
        return
    fetch = next(value for value in values if value.type == "Fetch")
    assert len(render()) == len(build(fetch, PARAMETERS))
    _compare("build a Fetch: against a boofuzz render", render, lambda: build(fetch, PARAMETERS), 1)


if __name__ == "__main__":
    main()
