from contextlib import closing

from fuzzers.curves import Point, curve_of
from fuzzers.novelty import BUCKETS, TRANSITIONS
from fuzzers.pool import Grown
from fuzzers.store import Store
from workbench.api import Seed

PLACE = 7 * BUCKETS


def test_what_was_seen_after_how_many_cases(tmp_path):
    """Two buckets of one place are one place; what is no entry counts as well, where it was seen."""
    with closing(Store.create(tmp_path, {}, (Seed("a", (b"a",)),))) as store:
        store.add_grown(Grown((b"b",), 10, "bytes", 0.5, 0, (PLACE, TRANSITIONS + 1)))
        store.add_grown(Grown((b"c",), 30, "bytes", 0.5, 0, (PLACE + 1, PLACE + BUCKETS, TRANSITIONS + 1)))
        store.add_seen(0, (PLACE + 2 * BUCKETS,))
        store.set_progress(100, 0, 0, 0)
        assert curve_of(store) == (Point(0, 1, 0, 1), Point(10, 2, 1, 2), Point(30, 3, 1, 3), Point(99, 3, 1, 3))


def test_nothing_was_seen(tmp_path):
    with closing(Store.create(tmp_path, {}, ())) as store:
        assert curve_of(store) == ()
