import os

import pytest

from fuzzers.targets.cores import quiet_cores


def test_the_processors_that_we_may_use():
    assert set(quiet_cores()) == os.sched_getaffinity(0)


def test_where_others_are_bound_already_comes_last(monkeypatch):
    allowed = {0: {0, 1, 2}, 10: {1}, 11: {1, 2}, 12: {0}, 13: {0}}

    def affinity(pid: int) -> set[int]:
        if pid not in allowed:
            raise ProcessLookupError
        return allowed[pid]

    monkeypatch.setattr(os, "sched_getaffinity", affinity)
    monkeypatch.setattr(os, "listdir", lambda _: ["10", "11", "12", "13", "14", "self", "version"])
    assert quiet_cores() == [2, 1, 0]


def test_without_permission_to_look_all_are_alike(monkeypatch):
    monkeypatch.setattr(os, "listdir", lambda _: [])
    assert quiet_cores() == sorted(os.sched_getaffinity(0))


@pytest.mark.parametrize("core", sorted(os.sched_getaffinity(0)))
def test_a_bound_process_is_counted(core: int):
    pid = os.fork()
    if pid == 0:
        os.sched_setaffinity(0, {core})
        assert quiet_cores() == [core]
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
