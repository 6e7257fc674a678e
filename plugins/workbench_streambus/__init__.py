"""streambus: a length-prefixed binary request/response protocol around a partitioned log; see SPECIFICATION.md beside this file."""

from workbench.api import Hints, Limits, ProtocolSpec
from workbench_streambus.description import STATES, check, exchange, label, parameters, probe, summary
from workbench_streambus.grammar import GRAMMAR, MAX_LENGTH, lenient_frame
from workbench_streambus.seeds import SECRET, SEEDS, TOKENS
from workbench_streambus.server import server

__all__ = ["PROTOCOL"]


PROTOCOL = ProtocolSpec(
    name="streambus",
    title="Streambus, a partitioned log",
    transport="tcp",
    ports=(9099,),
    grammar=GRAMMAR,
    frame=lenient_frame,
    parameters=parameters,
    probe=probe,
    label=label,
    summary=summary,
    check=check,
    exchange=exchange,
    states=STATES,
    seeds=SEEDS,
    server=server,
    hints=Hints(tokens=TOKENS, keep=("request_id", "version", "type"), secret=SECRET),
    limits=Limits(message=4 + MAX_LENGTH),
)
