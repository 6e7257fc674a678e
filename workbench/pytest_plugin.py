"""What a team's own tests get of the workbench: a server under attack as a fixture, and findings as regression tests.

    @pytest.mark.workbench("streambus", command="./server --port {port}")
    def test_server(workbench_target):
        workbench_target.survives(cases=5_000)

    def test_known_defects(workbench_finding):        # pytest --workbench-findings findings/
        workbench_finding.is_fixed()

A finding's folder brings a test_repro.py along: copied among the tests it is run like any other, against the recorded target unless a
fixture of the team's own names another one.

Registered with pytest, which imports this module in every run: whatever is heavy loads when a fixture is used. Property tests draw their
messages from `fuzzers.strategies`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fuzzers import Replay, TargetConfig
    from fuzzers.targets.executor import Executor, Judged
    from workbench.api import ProtocolSpec

__all__ = ["FindingAgain", "TargetUnderTest"]

MARK = """workbench(protocol, *, command="", target="HOST:PORT", port=0, training=False, plugins=(), ...): the server that \
workbench_target is. Without command or target the protocol's own reference server, in process. More words are those of \
fuzzers.TargetConfig: tls=True, executor="live", environment={...}."""

OPTION = "--workbench-findings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option."""
    group = parser.getgroup("workbench")
    group.addoption(
        OPTION,
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="folder of findings (or of a campaign) for tests with workbench_finding; workbench_target keeps new ones in the first",
    )


def pytest_configure(config: pytest.Config) -> None:
    """One mark."""
    config.addinivalue_line("markers", MARK)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each finding."""
    if "workbench_finding" in metafunc.fixturenames:
        places = metafunc.config.getoption(OPTION)
        missing = next((place for place in places if not place.is_dir()), None)
        if missing is not None:
            raise pytest.UsageError(f"{OPTION} {missing}: there is no such folder; make it, or check the name")
        folders = sorted({case.parent for place in places for case in place.rglob("case.json")})
        metafunc.parametrize("workbench_finding", folders, ids=[folder.name for folder in folders], indirect=True)


class TargetUnderTest:
    """A server, and what to do to it. Every method raises AssertionError with what was wrong."""

    def __init__(
        self,
        spec: "ProtocolSpec",
        config: "TargetConfig",
        folder: Path,
        kept: Path | None,
        plugins: Sequence[Path],
        around: "Sequence[ProtocolSpec]" = (),
    ) -> None:
        self.spec = spec
        self._around = tuple(around)
        self._config = config
        self._folder = folder
        self._kept = kept
        self._plugins = tuple(plugins)
        self._executor: Executor | None = None

    def check(self, *messages: bytes) -> bytes:
        """Send these messages on a fresh connection; gives everything that was answered. No oracle may object."""
        judged = self._play(tuple(message for message in messages if message))
        verdict = judged.verdict
        if verdict is not None:
            raise AssertionError(f"{verdict.oracle}: {verdict.summary}\n{verdict.detail}".rstrip())
        return judged.execution.replies

    def survives(self, *, cases: int, seed: int = 0) -> None:
        """A campaign of so many cases has no findings. Those it has are kept in the folder of --workbench-findings, if there is one."""
        from fuzzers import Campaign, CampaignConfig, Ended

        folder = self._folder / f"campaign-{seed}-{cases}"
        plan = CampaignConfig(
            protocol=self.spec.name, directory=folder, seed=seed, target=self._config, cases=cases, plugins=self._plugins
        )
        campaign = Campaign(self.spec, plan, around=self._around)
        ended = next(event for event in campaign.run() if isinstance(event, Ended))
        if ended.reason == "interrupted":  # the campaign ended in order, the test must not pass for it
            raise KeyboardInterrupt
        if ended.findings:
            lines = [f"{found.summary}: {self._keep(found.folder)}" for found in ended.findings]
            raise AssertionError(f"{len(lines)} findings in {ended.stats.cases:,} cases\n" + "\n".join(lines))

    def has_fixed(self, folder: Path) -> None:
        """The finding in this folder is gone: played three times on this target, nothing is wrong, not once."""
        FindingAgain(folder, self._config).is_fixed()

    def close(self) -> None:
        """End what was started."""
        if self._executor is not None:
            self._executor.close()

    def _play(self, messages: tuple[bytes, ...]) -> "Judged":
        from fuzzers import CaseSource
        from fuzzers.corpus import corpus_of
        from fuzzers.targets.links.dialing import carrier_of
        from fuzzers.targets.making import executor_for
        from workbench.api import Seed

        if self._executor is None:
            cases = CaseSource(self.spec, corpus_of(self.spec, self.spec.seeds or (Seed("asked", messages),)), 0)
            self._executor = executor_for(self.spec, cases, self._config, carrier=carrier_of(self.spec, self._around))
        return self._executor.play(messages)

    def _keep(self, finding: Path) -> Path:
        if self._kept is None:
            return finding
        import shutil

        place = self._kept / finding.name
        if not place.exists():
            shutil.copytree(finding, place)
        return place


class FindingAgain:
    """A finding of an earlier campaign; `target` is the server to try it on, None the recorded one."""

    def __init__(self, folder: Path, target: "TargetConfig | None" = None) -> None:
        self.folder = folder
        self._target = target

    def replay(self) -> "Replay":
        """Play it three times on fresh targets."""
        from fuzzers import read_case, replay
        from workbench.registry import load

        case = read_case(self.folder)
        return replay(self.folder, load([Path(file) for file in case.plugins]).specs, target=self._target)

    def is_fixed(self) -> None:
        """Nothing is wrong any more, not once."""
        from fuzzers import Outcome

        done = self.replay()
        if done.outcome is not Outcome.FIXED:
            seen = "\n".join(dict.fromkeys(done.seen))
            raise AssertionError(f"{done.outcome.value}, {done.failures} of {done.times}: {done.summary}\n{seen}\n{self.folder}")


@pytest.fixture
def workbench_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TargetUnderTest]:
    """The server that the test's mark `workbench` names; in a finding's folder, without a mark, the one that the finding was made on."""
    from workbench.registry import load

    name, config, plugins = _asked_for(request)
    kept = request.config.getoption(OPTION)
    registry = load(plugins)
    target = TargetUnderTest(registry.get(name), config, tmp_path, kept[0] if kept else None, plugins, registry.specs)
    yield target
    target.close()


def _asked_for(request: pytest.FixtureRequest) -> "tuple[str, TargetConfig, list[Path]]":
    """Protocol, target and plugin files of a test."""
    mark = request.node.get_closest_marker("workbench")
    if mark is None and request.path.with_name("case.json").is_file():
        from fuzzers import read_case

        case = read_case(request.path.parent)
        return case.protocol, case.target, [Path(file) for file in case.plugins]
    if mark is None or len(mark.args) != 1:
        raise pytest.UsageError('workbench_target needs @pytest.mark.workbench("PROTOCOL", …)')
    words = dict(mark.kwargs)
    plugins = [Path(file) for file in words.pop("plugins", ())]
    return mark.args[0], _config(**words), plugins


@pytest.fixture
def workbench_finding(request: pytest.FixtureRequest) -> FindingAgain:
    """One of the findings in the folders of --workbench-findings."""
    return FindingAgain(request.param)


def _config(*, command: str = "", target: str = "", port: int = 0, training: bool = False, **more: Any) -> "TargetConfig":
    """The target of a mark; words that are none of a target's are a TypeError. Hosts beyond this machine stay forbidden."""
    import shlex

    from fuzzers import TargetConfig, parse_address

    if target:
        host, number = parse_address(target)
        return TargetConfig(kind="address", host=host, port=number, **more)
    if command:
        return TargetConfig(kind="command", command=tuple(shlex.split(command)), port=port, **more)
    return TargetConfig(kind="training" if training else "reference", **more)
