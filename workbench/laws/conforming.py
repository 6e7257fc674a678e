"""The law about a plugin's checks: what it asks of others its own server does."""

from collections.abc import Iterator

from workbench.api import Check, Level
from workbench.conformance import Checked, MemoryTarget, Verdict, examine, selected
from workbench.laws.subject import Subject

__all__ = ["server_conforms"]


def server_conforms(subject: Subject) -> Iterator[str]:
    """The reference server, in memory, breaks no MUST of the plugin's checks, and no check is broken itself. A check may be skipped."""
    spec = subject.spec
    if not all(isinstance(check, Check) for check in spec.checks):
        yield "the checks are not all of type Check"
        return
    names = [check.name for check in spec.checks]
    yield from (f"two checks are called {name!r}" for name in dict.fromkeys(names) if names.count(name) > 1)
    if spec.server is None:
        return
    for event in examine(selected(spec.checks, level=Level.MUST), MemoryTarget(server=spec.server)):
        if isinstance(event, Checked) and event.result.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            result = event.result
            yield f"check {result.check.name!r} ({result.check.section}): {result.verdict.value}, {result.detail}"
