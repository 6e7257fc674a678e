import gc
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, Ended, Examining, FindingFound, Means, Progress, Started, TargetConfig, report
from fuzzers.pool import EPOCH
from fuzzers.store import Store
from fuzzers.targets import address
from fuzzers.targets.command import Command
from fuzzers.targets.executor import Novel, Span
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.workers import Workers
from support.lines import LINES, command
from support.processes import children
from support.tiny import CRASH, EXIT, HANG, LEAK, SURELY, TINY, UNASKED, WRONG, packet
from support.waiting import until
from workbench.api import Seed, TargetError, UsageError
from workbench.registry import load

ONE_FAULT_EACH = tuple(Seed(f"seed {kind}", (packet(1, "echo", (5,)), packet(2, kind))) for kind in (CRASH, WRONG, LEAK))
FAULTY = replace(TINY, seeds=TINY.seeds + ONE_FAULT_EACH)
"""Its seeds already hold three faults, so a short campaign has something to find."""


def config(directory: Path, **changes) -> CampaignConfig:
    settings = {"protocol": "tiny", "directory": directory, "seed": 7, "target": TargetConfig(kind="training"), "cases": 60}
    return CampaignConfig(**(settings | changes))


def events(spec, settings: CampaignConfig) -> list:
    return list(Campaign(spec, settings).run())


def content(directory: Path) -> dict[str, bytes]:
    """Every file of all findings."""
    folder = directory / "findings"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_story_of_a_campaign(tmp_path):
    told = events(FAULTY, config(tmp_path))
    assert isinstance(told[0], Started)
    assert (told[0].protocol, told[0].seed, told[0].first_case, told[0].corpus) == ("tiny", 7, 0, 5)
    ended = told[-1]
    assert isinstance(ended, Ended)
    assert ended.reason == "cases"
    assert ended.stats.cases == 60
    found = [event.finding for event in told if isinstance(event, FindingFound)]
    assert {"crash", "reply", "leak"} <= {finding.oracle for finding in found}
    assert tuple(found) == ended.findings
    examined = [event.case for event in told if isinstance(event, Examining)]
    assert {finding.case for finding in found} <= set(examined)
    assert len(examined) < ended.stats.suspicious, "what is known is only counted"
    assert all(finding.confirmed and (finding.folder / "repro.py").exists() for finding in found)
    fingerprints = [finding.fingerprint for finding in found]
    assert len(set(fingerprints)) == len(fingerprints)
    assert "execs_done        : 60\n" in (tmp_path / "fuzzer_stats").read_text()


def test_equal_seeds_make_equal_findings_whatever_the_number_of_workers(tmp_path):
    for name, jobs in (("a", 1), ("b", 2)):
        events(FAULTY, config(tmp_path / name, jobs=jobs))
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert len(content(tmp_path / "a")) > 10


def test_with_coverage_too_cases_and_findings_are_equal(tmp_path):
    """What code is reached decides what the corpus grows by, and that decides the cases."""
    streambus = load().get("streambus")
    known = []
    for name, jobs in (("a", 1), ("b", 2)):
        ended = events(
            streambus, config(tmp_path / name, protocol="streambus", jobs=jobs, cases=3 * EPOCH, target=TargetConfig())
        )[-1]
        assert ended.stats.edges > 50
        with closing(Store.open(tmp_path / name)) as store:
            known.append((list(store.grown()), store.seen(), store.findings()))
    assert known[0] == known[1]
    assert max(found.case for found in known[0][0]) > 2 * EPOCH, "some were made from what was found"


def test_nothing_is_left_behind(tmp_path):
    before = set(children(os.getpid()))
    events(FAULTY, config(tmp_path, cases=20))
    assert set(children(os.getpid())) <= before


def test_a_healthy_server_has_no_findings(tmp_path):
    ended = events(TINY, config(tmp_path, target=TargetConfig(), cases=800))[-1]
    assert (ended.findings, ended.stats.suspicious, ended.stats.cases) == ((), 0, 800)


def test_ends_after_so_many_findings_and_goes_on_when_resumed(tmp_path):
    first = events(FAULTY, config(tmp_path / "a", stop_after=1))[-1]
    assert (first.reason, len(first.findings)) == ("findings", 1)
    again = events(FAULTY, config(tmp_path / "a", resume=True))
    assert again[0].first_case == first.stats.cases
    events(FAULTY, config(tmp_path / "b"))
    assert content(tmp_path / "a") == content(tmp_path / "b")
    one, other = report(tmp_path / "a"), report(tmp_path / "b")
    assert (one.cases, one.hits) == (other.cases, other.hits)


def test_resuming_takes_what_the_store_says(tmp_path):
    events(FAULTY, config(tmp_path, cases=5))
    told = events(FAULTY, config(tmp_path, cases=8, resume=True, seed=999, target=TargetConfig()))
    assert (told[0].seed, told[0].target) == (7, "training server of tiny, in process")
    with pytest.raises(UsageError, match="about tiny, not lines"):
        events(LINES, config(tmp_path, protocol="lines", resume=True))


def test_ends_after_so_many_seconds(tmp_path):
    ended = events(TINY, config(tmp_path, target=TargetConfig(), cases=None, seconds=0.3))[-1]
    assert ended.reason == "seconds"
    assert ended.stats.cases > 5
    assert report(tmp_path).cases == ended.stats.cases


def test_stopped_from_another_thread(tmp_path):
    campaign = Campaign(TINY, config(tmp_path, target=TargetConfig(), cases=None))
    told = []
    for event in campaign.run():
        told.append(event)
        if isinstance(event, Progress):
            thread = threading.Thread(target=campaign.stop)
            thread.start()
            thread.join()
    assert told[-1].reason == "stopped"


def test_a_closed_iterator_saves_and_cleans_up(tmp_path):
    before = set(children(os.getpid()))
    run = Campaign(TINY, config(tmp_path, target=TargetConfig(), cases=None)).run()
    progress = next(event for event in run if isinstance(event, Progress))
    run.close()
    assert set(children(os.getpid())) <= before
    assert report(tmp_path).cases >= progress.stats.cases


def test_ctrl_c_ends_with_everything_saved(tmp_path):
    run = Campaign(TINY, config(tmp_path, target=TargetConfig(), cases=None)).run()
    told = [next(event for event in run if isinstance(event, Progress))]
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    told += run
    signal.signal(signal.SIGALRM, before)
    assert told[-1].reason == "interrupted"
    assert report(tmp_path).cases == told[-1].stats.cases


def test_of_suspicions_that_do_not_repeat_only_crashes_are_kept(tmp_path, monkeypatch):
    honest = Workers.play
    monkeypatch.setattr(Workers, "play", lambda self, *_, **__: honest(self, TINY.seeds[1].messages))
    ended = events(FAULTY, config(tmp_path))[-1]
    (crash,) = ended.findings
    assert (crash.oracle, crash.confirmed, crash.folder.is_dir()) == ("crash", False, True)
    assert ended.stats.unconfirmed > 0
    assert len(report(tmp_path).doubts) >= 3


def test_a_spawned_server(tmp_path):
    bad = Seed("bad", (b"HELLO\n", b"RAISE something\n", b"HELLO\n"))
    spec = replace(LINES, seeds=(*LINES.seeds, bad))
    settings = config(tmp_path, protocol="lines", target=TargetConfig(kind="command", command=command()), cases=3)
    (finding,) = events(spec, settings)[-1].findings
    assert (finding.oracle, finding.messages) == ("crash", (b"RAISE\n",))


def test_a_target_that_does_not_come_back_ends_the_campaign(tmp_path, monkeypatch):
    monkeypatch.setattr(address, "RETURN_S", 0.2)
    guardian = Guardian()
    server = Command(TargetConfig(kind="command", command=command()), guardian)
    server.start()
    spec = replace(LINES, seeds=(Seed("bad", (b"EXIT 1\n",)),))
    target = TargetConfig(kind="address", host=server.endpoint.host, port=server.endpoint.port)
    ended = events(spec, config(tmp_path, protocol="lines", target=target))[-1]
    server.close()
    guardian.close()
    assert ended.reason == "gone"
    assert [finding.confirmed for finding in ended.findings] == [False]


def test_what_cannot_begin(tmp_path):
    with pytest.raises(UsageError, match="about lines, the protocol is tiny"):
        Campaign(TINY, config(tmp_path, protocol="lines"))
    with pytest.raises(UsageError, match="no training server"):
        events(replace(TINY, training=None), config(tmp_path / "x"))
    broken = TargetConfig(kind="command", command=(sys.executable, "-c", "pass"))
    with pytest.raises(TargetError, match="ended at once"):
        events(TINY, config(tmp_path / "y", target=broken))


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_campaign import FAULTY, config
from fuzzers import Campaign, FindingFound, Progress
for event in Campaign(FAULTY, config(Path(sys.argv[1]), cases=None)).run():
    if isinstance(event, FindingFound):
        print("found", event.finding.slug, flush=True)
    if isinstance(event, Progress):
        print("cases", event.stats.cases, flush=True)
"""


def test_kill_9_loses_nothing_that_was_told(tmp_path):
    here = Path(__file__).parent
    words = [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(here)]
    environment = os.environ | {"PYTHONPATH": str(here.parent)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(9)]
        workers = children(process.pid)
        process.kill()
        told += [line.split() for line in process.stdout.read().split("\n")[:-1]]
    assert workers
    until(lambda: all(not Path(f"/proc/{pid}").exists() for pid in workers), "the end of the workers")
    found = {words[1] for words in told if words[0] == "found"}
    played = max(int(words[1]) for words in told if words[0] == "cases")
    kept = report(tmp_path / "killed")
    assert found <= {finding.slug for finding in kept.findings}
    assert kept.cases >= played
    last = kept.cases + 40
    resumed = events(FAULTY, config(tmp_path / "killed", cases=last, resume=True))
    assert resumed[0].first_case == kept.cases
    events(FAULTY, config(tmp_path / "whole", cases=last))
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert report(tmp_path / "killed").hits == report(tmp_path / "whole").hits


def test_every_kind_in_one_campaign(tmp_path):
    kinds = (CRASH, HANG, WRONG, LEAK, EXIT, UNASKED)
    seeds = tuple(
        Seed(f"seed {kind}", (packet(1, "echo"), packet(2, kind, (), SURELY if kind == HANG else b""))) for kind in kinds
    )
    ended = events(replace(TINY, seeds=seeds), config(tmp_path, cases=len(seeds)))[-1]
    assert [finding.oracle for finding in ended.findings] == ["crash", "hang", "reply", "leak", "crash", "exchange"]
    assert [len(finding.messages) for finding in ended.findings] == [1] * len(kinds)


class Quiet:
    """An executor that plays nothing: each span shows what was seen long ago."""

    restarts = 0
    means = Means("quiet")

    def sweep(self, first, last):
        for start in range(first, last, EPOCH):
            stop = min(start + EPOCH, last)
            yield Span(start, stop, (), (Novel(stop - 1, (8, 16)),))

    def prepare(self) -> None:
        """Nothing is to be started."""

    def close(self) -> None:
        """Nothing was started."""


def test_a_million_cases_take_no_more_memory_than_a_few(tmp_path):
    ticks = count()
    sizes = {}
    settings = config(tmp_path, target=TargetConfig(), cases=1_000_000)
    campaign = Campaign(TINY, settings, lambda: 0.1 * next(ticks), make_executor=lambda *_: Quiet())
    tracemalloc.start()
    for event in campaign.run():
        if isinstance(event, Progress) and event.stats.cases % (200 * EPOCH) == 0:
            gc.collect()
            sizes[event.stats.cases] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    early, late = sizes[200 * EPOCH], sizes[1800 * EPOCH]
    assert late - early < 64 * 1024, sizes
