import json
import sys

from support.waiting import until
from workbench.cli import alert_commands
from workbench.cli.alert_commands import MOST_RUNNING, AlertCommands, environment_of

TOLD = {"alert": "x", "packet": 7, "summary": "GET /$(reboot)\\n"}
KEEP = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + '|' + os.environ['WORKBENCH_ALERT_PACKET'] + '|' + sys.argv[2])"
SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def test_a_program_gets_its_own_words_the_alert_and_no_shell(tmp_path):
    warnings = []
    commands = AlertCommands(warnings.append)
    target = tmp_path / "told"
    assert commands.start((sys.executable, "-c", KEEP, str(target), "$HOME; `x` {packet}"), TOLD)
    commands.finish()
    told, packet, words = target.read_text().split("|")
    assert (json.loads(told), packet, words) == (TOLD, "7", "$HOME; `x` {packet}")
    assert warnings == []


def test_what_came_from_the_wire_is_escaped_in_the_environment():
    variables = environment_of({"summary": "a\x1b[2J\0b", "time_ns": 5})
    assert variables == {"WORKBENCH_ALERT_SUMMARY": "a\\x1b[2J\\x00b", "WORKBENCH_ALERT_TIME_NS": "5"}


def test_programs_that_fail_or_are_not_there_are_told_about():
    warnings = []
    commands = AlertCommands(warnings.append)
    assert not commands.start(("/nonexistent/program",), TOLD)
    assert commands.start((sys.executable, "-c", "raise SystemExit(3)"), TOLD)
    commands.finish()
    assert "cannot be run" in warnings[0]
    assert "status 3" in warnings[1]


def test_only_so_many_run_at_once_and_none_for_ever():
    warnings, now = [], [0.0]
    commands = AlertCommands(warnings.append, lambda: now[0])
    started = [commands.start(SLEEP, TOLD) for _ in range(MOST_RUNNING + 1)]
    assert started == [True] * MOST_RUNNING + [False]
    now[0] = alert_commands.PATIENCE_S
    commands.tend()
    until(lambda: commands.start((sys.executable, "-c", ""), TOLD), "room for one more")
    commands.finish()
    assert sum("status" in warning for warning in warnings) == MOST_RUNNING
