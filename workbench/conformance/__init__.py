"""Puts a plugin's checks to an implementation, and reports. The checks themselves are the plugins'."""

from workbench.conformance.budget import Budget
from workbench.conformance.engine import CHECK_S, RUN_S, examine, selected
from workbench.conformance.events import Checked, Event, Finished, Result, Started, Totals, Verdict
from workbench.conformance.json_report import as_json, check_facts, transcript_lines
from workbench.conformance.junit_report import as_junit
from workbench.conformance.memory import MemoryPeer, MemoryTarget
from workbench.conformance.reference import reference_process
from workbench.conformance.sockets import SocketPeer, SocketTarget
from workbench.conformance.target import PATIENCE_S, Target, require_permission
from workbench.conformance.text_report import list_lines, text_lines, totals_line
from workbench.conformance.transcript import Transcript, Turn

__all__ = [
    "CHECK_S",
    "PATIENCE_S",
    "RUN_S",
    "Budget",
    "Checked",
    "Event",
    "Finished",
    "MemoryPeer",
    "MemoryTarget",
    "Result",
    "SocketPeer",
    "SocketTarget",
    "Started",
    "Target",
    "Totals",
    "Transcript",
    "Turn",
    "Verdict",
    "as_json",
    "as_junit",
    "check_facts",
    "examine",
    "list_lines",
    "reference_process",
    "require_permission",
    "selected",
    "text_lines",
    "totals_line",
    "transcript_lines",
]
