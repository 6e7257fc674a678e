import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from fuzzers.model import Conduct, Parting
from fuzzers.pool import Grown
from fuzzers.store import DRAFT, FILE_NAME, Store
from support.tiny import SEEDS
from support.waiting import until
from workbench.api import UsageError


def test_what_was_given_comes_back(tmp_path):
    Store.create(tmp_path / "new", {"protocol": "tiny", "seed": 2**80}, SEEDS).close()
    store = Store.open(tmp_path / "new")
    assert store.meta() == {"version": 5, "protocol": "tiny", "seed": 2**80}
    assert store.corpus() == SEEDS
    assert store.progress() == (0, 0, 0, 0)
    store.close()


def test_findings_and_doubts_are_counted(tmp_path):
    store = Store.create(tmp_path, {}, ())
    store.add_finding("f2", "crash-2", 9)
    store.add_finding("f1", "crash-1", 4)
    store.hit("f1")
    store.doubt("d", 3, "what it was")
    store.doubt("d", 8, "what it was")
    store.set_progress(10, 1234, 5, 2)
    store.close()
    store = Store.open(tmp_path)
    assert [(known.slug, known.case, known.hits) for known in store.findings()] == [("crash-1", 4, 2), ("crash-2", 9, 1)]
    assert store.doubts() == {"d": 2}
    assert store.doubtful() == [("what it was", 3, 2)]
    assert store.progress() == (10, 1234, 5, 2)
    store.close()


def test_steps_are_summed_up(tmp_path):
    store = Store.create(tmp_path, {}, ())
    store.add_steps(((("reply", "start", "ask", "answer"), 3), (("table", "a", "b", "c"), 9)))
    store.add_steps(((("reply", "start", "ask", "answer"), 4),))
    store.close()
    store = Store.open(tmp_path)
    assert store.steps() == ((("table", "a", "b", "c"), 9), (("reply", "start", "ask", "answer"), 7))
    store.close()


def test_one_campaign_in_one_place(tmp_path):
    Store.create(tmp_path, {}, ()).close()
    with pytest.raises(UsageError, match="already"):
        Store.create(tmp_path, {}, ())
    with pytest.raises(UsageError, match="no campaign"):
        Store.open(tmp_path / "elsewhere")


def test_a_campaign_that_was_never_finished_being_made_is_none(tmp_path):
    (tmp_path / DRAFT).write_bytes(b"half of one")
    Store.create(tmp_path, {"protocol": "tiny"}, SEEDS).close()
    with closing(Store.open(tmp_path)) as store:
        assert store.corpus() == SEEDS
    assert not (tmp_path / DRAFT).exists()


def test_damaged_and_foreign_files_are_refused(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"this is no database, it is a text" * 50)
    with pytest.raises(UsageError, match="cannot be read"):
        Store.open(tmp_path)
    other = tmp_path / "other"
    store = Store.create(other, {}, ())
    store._connection.execute("update meta set value = '99' where key = 'version'")
    store.close()
    with pytest.raises(UsageError, match="another version"):
        Store.open(other)


WRITER = """
import sys
from pathlib import Path
from fuzzers.store import Store
store = Store.create(Path(sys.argv[1]), {}, ())
for number in range(1_000_000):
    store.add_finding(f"f{number}", f"s{number}", number)
    store.set_progress(number + 1, 0, 0, 0)
    store.commit()
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_what_was_committed_survives_sigkill(tmp_path):
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = -1
        while acknowledged < 50:
            acknowledged = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
    until(lambda: process.poll() is not None)
    store = Store.open(tmp_path)
    assert len(store.findings()) > acknowledged
    assert store.progress()[0] == len(store.findings())
    store.close()


def test_a_finding_that_is_confirmed_later_stays_one(tmp_path):
    with closing(Store.create(tmp_path, {}, ())) as store:
        store.add_finding("crash:x", "crash-1", 5)
        store.add_finding("crash:x", "crash-1", 9)
        assert [(known.case, known.hits) for known in store.findings()] == [(9, 2)]


def test_the_corpus_that_grew_comes_back_in_order(tmp_path):
    crossed = Conduct.of((0, 1), (Parting.RESET,))
    found = [
        Grown((b"a", b"\xff"), 900, "words", 0.125, 3, (1, 1 << 41), crossed, (b"sid", b"x=1")),
        Grown((b"b",), 901, "bytes", 0.5, 0, (7,)),
    ]
    with closing(Store.create(tmp_path, {}, ())) as store:
        for each in found:
            store.add_grown(each)
        store.add_seen(2, (5, 6))
        store.add_seen(2, (5, 6))
    with closing(Store.open(tmp_path)) as store:
        assert list(store.grown()) == found
        assert list(store.shown()) == [(2, (5, 6), False), (900, (1, 1 << 41), True), (901, (7,), True)]
        assert store.seen() == [(2, (5, 6))]


def test_files_of_an_older_version_are_brought_up_to_date(tmp_path):
    found = Grown((b"a",), 900, "words", 0.125, 3, (1,))
    with closing(Store.create(tmp_path, {}, SEEDS)) as store:
        store.add_grown(found)
        store.commit()
        store._connection.execute("alter table grown drop column conduct")
        store._connection.execute("alter table grown drop column words")
        store._connection.execute("drop table steps")
        store._connection.execute("update meta set value = '2' where key = 'version'")
    for _ in range(2):
        with closing(Store.open(tmp_path)) as store:
            assert (store.meta()["version"], *store.grown(), store.corpus()) == (5, found, SEEDS)
            store.add_grown(found)
            store._connection.rollback()
