"""Conformance checks for servers of streambus, from SPECIFICATION.md. Option: `idle`, the seconds after which the target gives up an
unfinished request; without it that check is skipped."""

from workbench_streambus.checks import messages, requests

__all__ = ["CHECKS"]

CHECKS = (*messages.CHECKS, *requests.CHECKS)
