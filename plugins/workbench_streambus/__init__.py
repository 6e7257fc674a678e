"""streambus: a length-prefixed binary request/response protocol around a partitioned log; see SPECIFICATION.md beside this file."""

from collections.abc import Iterator
from random import Random

from workbench.api import Endpoint, Hints, Limits, ProtocolSpec, list_on_demand
from workbench_streambus.description import STATES, check, exchange, label, parameters, probe, summary
from workbench_streambus.grammar import GRAMMAR, MAX_LENGTH, lenient_frame
from workbench_streambus.seeds import SECRET, SEEDS, TOKENS
from workbench_streambus.server import server
from workbench_streambus.skim import skim
from workbench_streambus.training import training

__all__ = ["PROTOCOL"]


def _workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """The client is loaded only when somebody drives a server."""
    from workbench_streambus.workload import workload

    return workload(endpoint, random)


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
    training=training,
    workload=_workload,
    checks=list_on_demand("workbench_streambus.checks:CHECKS"),
    skim=skim,
    hints=Hints(tokens=TOKENS, keep=("request_id", "version", "type"), secret=SECRET),
    limits=Limits(message=4 + MAX_LENGTH),
)
