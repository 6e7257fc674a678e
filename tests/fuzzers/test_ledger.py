import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers.events import Means
from fuzzers.ledger import COMMIT_S, Ledger
from fuzzers.model import Finding
from fuzzers.pool import Grown, Pool
from fuzzers.states import REPLY, TABLE, UNKNOWN
from fuzzers.store import Store
from workbench.api import Seed, UsageError

SEEDS = (Seed("one", (b"a",)), Seed("two", (b"b",)))


class Clock:
    """Seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(directory: Path, clock: Clock, *, new: bool = True) -> Ledger:
    return Ledger(Store.create(directory, {}, ()) if new else Store.open(directory), directory, clock, Pool(SEEDS))


def finding(directory: Path, slug: str, case: int) -> Finding:
    return Finding(slug, "crash", "", f"crash:{slug}", case, directory / slug, (b"x",), 1, 1)


def test_counters_add_up_over_runs(tmp_path):
    clock = Clock()
    ledger = opened(tmp_path, clock)
    ledger.found(finding(tmp_path, "a", 10))
    ledger.hit("crash:a")
    ledger.doubt("hang:x", 12, "perhaps")
    clock.now += 2.5
    ledger.reached(20)
    ledger.close()
    clock.now += 1000
    ledger = opened(tmp_path, clock, new=False)
    clock.now += 1.5
    stats = ledger.stats(3, Means())
    assert (stats.cases, stats.suspicious, stats.findings, stats.unconfirmed, stats.restarts) == (20, 3, 1, 1, 3)
    assert stats.seconds == pytest.approx(4.0)
    assert ledger.known == {"crash:a"}
    assert ledger.tries("hang:x") == 1
    ledger.close()


def test_progress_is_saved_now_and_then(tmp_path):
    clock = Clock()
    ledger = opened(tmp_path, clock)
    assert not ledger.reached(5)
    clock.now += 2 * COMMIT_S
    assert ledger.reached(7)
    reader = Store.open(tmp_path)
    assert reader.progress()[0] == 7
    reader.close()
    ledger.close()


def test_a_finding_is_saved_at_once_with_the_cases_before_it(tmp_path):
    ledger = opened(tmp_path, Clock())
    ledger.reached(10)
    ledger.found(finding(tmp_path, "a", 12))
    reader = Store.open(tmp_path)
    assert reader.progress() == (13, 0, 1, 0)
    assert [known.slug for known in reader.findings()] == ["a"]
    reader.close()
    ledger.close()


def test_nobody_else_may_work_here(tmp_path):
    ledger = opened(tmp_path, Clock())
    probe = (
        "import sys, time; from pathlib import Path; from fuzzers.ledger import Ledger; from fuzzers.store import Store; "
        "from fuzzers.pool import Pool\n"
        "path = Path(sys.argv[1])\n"
        "Ledger(Store.open(path), path, time.monotonic, Pool(())).close()"
    )
    denied = subprocess.run([sys.executable, "-c", probe, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "a campaign is running here" in denied.stderr
    ledger.close()
    subprocess.run([sys.executable, "-c", probe, str(tmp_path)], check=True)


def test_the_error_names_the_place(tmp_path):
    with pytest.raises(UsageError, match="no campaign"):
        opened(tmp_path, Clock(), new=False)


def test_what_cases_showed_is_known_in_the_next_run(tmp_path):
    ledger = opened(tmp_path, Clock())
    ledger.shown(Grown((b"a",), 0, "", 0.0, 0, (1, 2)))
    ledger.shown(Grown((b"x", b"y"), 700, "bytes", 0.25, 1, (2, 3)))
    ledger.shown(Grown((b"z",), 701, "bytes", 0.25, 1, (2, 3)))
    ledger.close()
    pool = Pool(SEEDS)
    again = Ledger(Store.open(tmp_path), tmp_path, Clock(), pool)
    assert pool.seen == {1, 2, 3}
    assert [(found.messages, found.case, found.share) for found in pool.grown] == [((b"x", b"y"), 700, 0.25)]
    stats = again.stats(0, Means())
    assert (stats.corpus, stats.edges, stats.latest, stats.latest_s) == (3, 1, 700, -1.0)
    again.close()


def test_when_something_happened_last_and_the_present_pace(tmp_path):
    clock = Clock()
    ledger = opened(tmp_path, clock)
    for _ in range(100):
        clock.now += 0.5
        ledger.reached(ledger.next_case + 10)
    ledger.shown(Grown((b"a",), 0, "", 0.0, 0, (1,)))
    clock.now += 8
    ledger.found(finding(tmp_path, "a", 1000))
    clock.now += 2
    ledger.reached(1000 + 600)
    stats = ledger.stats(0, Means("inproc", 2))
    assert (stats.latest_s, stats.found_s, stats.seconds) == (50.0, 58.0, 60.0)
    assert stats.pace == pytest.approx(300, rel=0.01)
    assert stats.rate == pytest.approx(1600 / 60)
    assert stats.means == Means("inproc", 2)
    ledger.close()


def test_states_and_moves_are_counted(tmp_path):
    ledger = opened(tmp_path, Clock())
    ledger.walked(
        (((REPLY, "start", "Ask", "Answer"), 5), ((REPLY, "Answer", "Ask", "Answer"), 2), ((TABLE, "open", "Ask", "open"), 7))
    )
    ledger.walked((((TABLE, "open", "Bye", UNKNOWN), 1), ((REPLY, "start", "Ask", "Answer"), 1)))
    stats = ledger.stats(0, Means())
    assert (stats.states, stats.moves, stats.strange) == (2, 1, 1)
    ledger.close()
