import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.coverage.map import DEFAULT_SIZE, MAX_SIZE, CoverageMap
from workbench.api import TargetError

SIZE = 256

counts = st.dictionaries(st.integers(0, SIZE - 1), st.integers(1, 255), max_size=40)


def bucket(count: int) -> int:
    """AFL's eight steps, spelled out."""
    if count <= 3:
        return count - 1
    return 3 if count < 8 else 4 if count < 16 else 5 if count < 32 else 6 if count < 128 else 7


def naive(reached: dict[int, int], masked: frozenset[int] = frozenset()) -> set[int]:
    return {place * 8 + bucket(count) for place, count in reached.items() if place not in masked}


@pytest.fixture
def coverage() -> Iterator[CoverageMap]:
    made = CoverageMap(SIZE)
    yield made
    made.close()


def fill(coverage: CoverageMap, reached: dict[int, int]) -> None:
    coverage.clear()
    counters = coverage.counters()
    for place, count in reached.items():
        counters[place] = count


@given(st.lists(counts, max_size=8), st.frozensets(st.integers(0, SIZE + 9), max_size=5))
def test_it_says_what_a_naive_reader_says(cases: list[dict[int, int]], masked: frozenset[int]):
    coverage, seen = CoverageMap(SIZE), set[int]()
    if masked:
        coverage.mask(masked)
    for reached in cases:
        fill(coverage, reached)
        wanted = naive(reached, masked)
        assert coverage.features() == tuple(sorted(wanted))
        assert coverage.novel() == (tuple(sorted(wanted)) if wanted - seen else ())
        seen |= wanted
        assert coverage.edges() == len({feature // 8 for feature in seen})
    coverage.close()


@given(counts, counts, st.frozensets(st.integers(0, SIZE - 1), max_size=5))
def test_signatures_are_equal_where_features_are(one: dict[int, int], other: dict[int, int], masked: frozenset[int]):
    coverage = CoverageMap(SIZE)
    coverage.mask(masked)
    fill(coverage, one)
    first = coverage.signature()
    fill(coverage, other)
    assert (first == coverage.signature()) == (naive(one, masked) == naive(other, masked))
    coverage.close()


def test_clearing_leaves_nothing(coverage: CoverageMap):
    fill(coverage, {3: 1, 200: 255})
    coverage.clear()
    assert coverage.features() == ()
    assert bytes(coverage.counters()) == bytes(SIZE)


def test_what_a_case_taught_can_be_taken_back(coverage: CoverageMap):
    fill(coverage, {1: 1, 2: 1})
    assert coverage.novel()
    fill(coverage, {2: 1, 3: 1})
    assert coverage.novel()
    coverage.take_back()
    assert coverage.edges() == 2
    assert coverage.novel() == (2 * 8, 3 * 8)
    assert coverage.novel() == ()
    coverage.take_back()  # nothing was learnt last, so nothing is forgotten
    assert coverage.edges() == 3


def test_a_masked_place_is_not_known_again_by_taking_back(coverage: CoverageMap):
    fill(coverage, {1: 1})
    coverage.novel()
    fill(coverage, {1: 4})
    coverage.novel()
    coverage.mask([1])
    coverage.take_back()
    assert coverage.edges() == 0


def test_novelty_can_be_forgotten(coverage: CoverageMap):
    fill(coverage, {7: 9})
    coverage.novel()
    coverage.forget_novelty()
    assert coverage.edges() == 0
    assert coverage.novel() == (7 * 8 + 4,)


@pytest.mark.parametrize(("wanted", "size"), [(0, 64), (1, 64), (65, 128), (70_001, 70_016), (10**9, MAX_SIZE)])
def test_sizes_are_whole_cache_lines(wanted: int, size: int):
    coverage = CoverageMap(wanted)
    assert coverage.size == size
    assert coverage.environment()["AFL_MAP_SIZE"] == str(size)
    coverage.close()


def test_a_forked_child_writes_into_the_same_map(coverage: CoverageMap):
    child = os.fork()
    if child == 0:
        coverage.counters()[5] = 1
        coverage.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert coverage.features() == (5 * 8,)


ATTACH = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(int(os.environ["__AFL_SHM_ID"]), None, 0)
(ctypes.c_uint8 * 8).from_address(address)[7] = 2
"""


def test_another_program_finds_the_map_by_its_environment(coverage: CoverageMap):
    subprocess.run([sys.executable, "-c", ATTACH], env={**os.environ, **coverage.environment()}, check=True)
    assert coverage.features() == (7 * 8 + 1,)


def segments() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]}


def test_nothing_is_left_when_it_is_closed():
    coverage = CoverageMap(SIZE)
    number = coverage.environment()["__AFL_SHM_ID"]
    assert number in segments()
    coverage.close()
    coverage.close()
    assert number not in segments()
    assert coverage.features() == ()
    assert coverage.novel() == ()


MAKE = """
import os, sys
from fuzzers.coverage import CoverageMap
made = CoverageMap()
print(made.environment()["__AFL_SHM_ID"], flush=True)
sys.stdin.read()
"""


def test_nothing_is_left_by_a_process_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", MAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = process.stdout.readline().strip()
        assert number in segments()
        process.kill()
    assert number not in segments()


def test_no_shared_memory_is_a_clear_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fuzzers.coverage.map._libc", type("Refusing", (), {"shmget": staticmethod(lambda *_: -1)}))
    with pytest.raises(TargetError, match="no shared memory of 65536 bytes"):
        CoverageMap(DEFAULT_SIZE)
