import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers.targets.procstat import ProcessTree, cpu_s, is_asleep, runnable_s
from support.waiting import until

SLEEPER = "import threading; threading.Thread(target=threading.Event().wait).start(); threading.Event().wait()"
BUSY = "while True: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"


@pytest.fixture
def started():
    """Starts Python code in a process group that is killed afterwards."""
    running = []

    def start(code: str) -> int:
        process = subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)
        running.append(process)
        return process.pid

    yield start
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_quiet(tree: ProcessTree) -> bool:
    tree.refresh()
    return tree.is_quiet()


def test_a_process_whose_threads_all_sleep_is_quiet(started):
    with ProcessTree(started(SLEEPER)) as tree:
        until(lambda: is_quiet(tree) and len(list(Path(f"/proc/{tree.pid}/task").iterdir())) == 2)
        before = tree.cpu_ns()
        assert tree.is_quiet()
        assert tree.cpu_ns() == before


def test_a_busy_process_is_not_quiet_and_uses_time(started):
    with ProcessTree(started(BUSY)) as tree:
        until(lambda: tree.cpu_ns() > 50_000_000)
        assert not tree.is_quiet()


def test_children_count(started):
    with ProcessTree(started(PARENT)) as tree:
        until(lambda: not is_quiet(tree) and tree.cpu_ns() > 150_000_000)


CHANGING = """
import sys, threading

def wait_for_a_line():
    for line in sys.stdin:
        if line == "loop\\n":
            while True: pass
        if line == "next\\n":
            threading.Thread(target=wait_for_a_line).start()
            return

threading.Thread(target=wait_for_a_line).start()
threading.Event().wait()
"""


def test_a_thread_in_the_place_of_another_is_seen():
    process = subprocess.Popen([sys.executable, "-S", "-c", CHANGING], stdin=subprocess.PIPE, text=True, bufsize=1)
    try:
        with ProcessTree(process.pid) as tree:
            until(lambda: is_quiet(tree) and any(map(tree.waits().__contains__, (b"anon_pipe_read", b"pipe_read"))))
            before = tree.waits()
            for _ in range(5):
                process.stdin.write("next\n")
            until(lambda: is_quiet(tree) and tree.waits() == before)
            process.stdin.write("loop\n")
            until(lambda: not is_quiet(tree))
            assert tree.pids == (process.pid,)
    finally:
        process.kill()
        process.communicate()


def test_a_dead_process_is_quiet(started):
    pid = started(BUSY)
    with ProcessTree(pid) as tree:
        os.kill(pid, signal.SIGKILL)
        until(tree.is_quiet)
        tree.refresh()
        assert tree.is_quiet()


def test_processor_time_of_a_process():
    before = cpu_s(os.getpid())
    while cpu_s(os.getpid()) < before + 0.05:
        sum(range(10_000))
    assert cpu_s(2**22 + 1) == 0.0


def test_who_blocks_wants_no_processor(started):
    busy, idle = started(BUSY), started(SLEEPER)
    with ProcessTree(idle) as tree:
        until(lambda: is_quiet(tree) and len(tree) == 2)
    before = runnable_s(busy), runnable_s(idle)
    until(lambda: runnable_s(busy) > before[0] + 0.1)  # also when others have the processor
    assert runnable_s(idle) - before[1] < 0.05
    assert runnable_s(2**22 + 1) == 0.0
    until(lambda: is_asleep(idle))
    assert not is_asleep(busy)
    assert not is_asleep(2**22 + 1)
