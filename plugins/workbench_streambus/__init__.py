"""streambus: a length-prefixed binary request/response protocol around a partitioned log; see SPECIFICATION.md beside this file."""

from workbench.api import Limits, ProtocolSpec, call_on_demand, list_on_demand, value_on_demand
from workbench_streambus.description import STATES, check, exchange, label, parameters, probe, summary
from workbench_streambus.grammar import GRAMMAR, MAX_LENGTH, lenient_frame

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
    seeds=list_on_demand("workbench_streambus.seeds:SEEDS"),
    server=call_on_demand("workbench_streambus.server:server"),
    training=call_on_demand("workbench_streambus.training:training"),
    faults=list_on_demand("workbench_streambus.training:FAULTS"),
    workload=call_on_demand("workbench_streambus.workload:workload"),
    checks=list_on_demand("workbench_streambus.checks:CHECKS"),
    check_options={
        "idle": "seconds until an unfinished request is given up (none: that is not tried)",
    },
    skim=call_on_demand("workbench_streambus.skim:skim"),
    hints=value_on_demand("workbench_streambus.seeds:HINTS"),
    limits=Limits(message=4 + MAX_LENGTH),
)
