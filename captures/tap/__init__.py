"""Capture without privileges: relays that write down what passes through them."""

from captures.tap.doors import Door, Way
from captures.tap.facts import Asked, Failure, TapCounters, Trouble
from captures.tap.ground import Ground
from captures.tap.limits import TapLimits
from captures.tap.loop import Tap, running
from captures.tap.original import commands, may_mark
from captures.tap.passage import Course, Inside, Plain, Silent, Wires, plain
from captures.tap.process import open_tap
from captures.tap.reach import LOOPBACK, Reach, reach_of
from captures.tap.ways import between, proxy, tcp, transparent, udp

__all__ = [
    "LOOPBACK",
    "Asked",
    "Course",
    "Door",
    "Failure",
    "Ground",
    "Inside",
    "Plain",
    "Reach",
    "Silent",
    "Tap",
    "TapCounters",
    "TapLimits",
    "Trouble",
    "Way",
    "Wires",
    "between",
    "commands",
    "may_mark",
    "open_tap",
    "plain",
    "proxy",
    "reach_of",
    "running",
    "tcp",
    "transparent",
    "udp",
]
