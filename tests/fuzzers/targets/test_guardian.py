import os
import signal
import subprocess
import sys

from fuzzers.targets.guardian import Guardian
from support.processes import is_gone
from support.waiting import until

SLEEPER = [sys.executable, "-S", "-c", "import threading; threading.Event().wait()"]

CAMPAIGN = f"""
import subprocess, sys, threading
from fuzzers.targets.guardian import Guardian
guardian = Guardian()
server = subprocess.Popen({SLEEPER!r}, start_new_session=True)
guardian.guard(server.pid)
print(server.pid, flush=True)
threading.Event().wait()
"""


def test_groups_die_with_a_campaign_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", CAMPAIGN], stdout=subprocess.PIPE) as campaign:
        assert campaign.stdout is not None
        server = int(campaign.stdout.readline())
        assert not is_gone(server)
        campaign.send_signal(signal.SIGKILL)
        campaign.wait()
    until(lambda: is_gone(server), "the end of the server")


def test_forgotten_groups_are_left_alone_and_closing_ends_the_rest():
    guardian = Guardian()
    kept, dropped = (subprocess.Popen(SLEEPER, start_new_session=True) for _ in range(2))
    guardian.guard(kept.pid)
    guardian.guard(dropped.pid)
    guardian.forget(kept.pid)
    guardian.close()
    guardian.close()
    assert dropped.wait(10) == -signal.SIGKILL
    assert kept.poll() is None
    os.killpg(kept.pid, signal.SIGKILL)
    kept.wait()
