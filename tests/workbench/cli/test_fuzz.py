import json
import os
import subprocess
import sys

from support.commands import workbench


def test_a_campaign_finds_saves_and_goes_on(tmp_path):
    folder = tmp_path / "campaign"
    done = workbench("fuzz", "streambus", "--training", "--stop-after", 1, "--jobs", 1, "-o", folder, "--json")
    assert done.code == 1
    facts = json.loads(done.out)
    assert facts["reason"] == "findings"
    assert len(facts["findings"]) == 1
    again = workbench("fuzz", "streambus", "--training", "--stop-after", 1, "-o", folder)
    assert again.code == 2
    assert "--resume" in again.err
    resumed = workbench("fuzz", "streambus", "--stop-after", 1, "--jobs", 1, "-o", folder, "--resume")
    assert resumed.code == 1
    assert "going on with case" in resumed.err


def test_a_sound_server_has_no_findings(tmp_path):
    done = workbench("fuzz", "streambus", "--cases", 50, "--jobs", 1, "-o", tmp_path / "c")
    assert done.code == 0
    assert done.out.startswith("50 cases")


def test_a_target_elsewhere_is_refused(tmp_path):
    done = workbench("fuzz", "streambus", "--target", "192.0.2.1:9099", "--cases", 1, "-o", tmp_path / "c")
    assert done.code == 2
    assert done.err.count("\n") == 1


def test_an_unknown_protocol(tmp_path):
    assert workbench("fuzz", "nobody", "-o", tmp_path / "c").code == 2


def test_a_reader_who_leaves_does_not_change_the_exit_code(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    words = ("fuzz", "streambus", "--training", "--stop-after", "1", "--jobs", "1", "-o", str(tmp_path / "c"))
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run([sys.executable, "-m", "workbench", *words], stdout=gone, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "c" / "findings").is_dir()


def test_a_false_start_leaves_the_folder_free(tmp_path):
    folder = tmp_path / "c"
    assert workbench("fuzz", "streambus", "--command", "/no/such/server {port}", "--cases", 1, "-o", folder).code == 2
    assert workbench("fuzz", "streambus", "--cases", 5, "--jobs", 1, "-o", folder).code == 0
