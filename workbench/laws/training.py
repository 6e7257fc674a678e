"""The law about a training server: it is the real one but for its faults, and each of these shows where it says."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from workbench.laws.subject import Subject

__all__ = ["faults_show"]


def faults_show(subject: Subject) -> Iterator[str]:
    """Seeds are answered as by the reference server, where there is one; each fault's example is objected to by an oracle it names, in
    a fresh target, and nobody objects to it on the reference server."""
    from fuzzers import TargetConfig, cases
    from fuzzers.targets.making import executor_for

    spec = subject.spec
    if spec.training is None:
        if spec.faults:
            yield "it has faults and no training server"
        return
    names = [fault.name for fault in spec.faults]
    yield from (f"two faults are called {name!r}" for name in sorted(set(names)) if names.count(name) > 1)
    planted = Subject(replace(spec, server=spec.training), subject.others, subject.seed, subject.rounds)
    for real, played in zip(subject.conversations if spec.server else planted.conversations, planted.conversations, strict=True):
        if played.crash:
            yield f"seed {played.seed.name!r}: the training server raised {played.crash}"
        elif real.turns != played.turns:
            yield f"seed {played.seed.name!r} is answered differently by the training server"
    source = cases(spec)
    with closing(executor_for(spec, source, TargetConfig(kind="training"))) as executor:
        for fault in spec.faults:
            executor.renew()
            found = executor.play(fault.example, patient=True).verdict
            if found is None or found.oracle not in fault.oracles:
                seen = "nothing" if found is None else found.summary
                yield f"the example of fault {fault.name!r} shows {seen}, not a verdict of {' or '.join(fault.oracles)}"
    if spec.server is None:
        return
    with closing(executor_for(spec, source, TargetConfig())) as executor:
        for fault in spec.faults:
            verdict = executor.play(fault.example).verdict
            if verdict is not None:
                yield f"the example of fault {fault.name!r} shows {verdict.summary} in the reference server as well"
