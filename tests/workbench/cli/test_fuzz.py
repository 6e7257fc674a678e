import json
import os
import subprocess
import sys

from support.commands import workbench
from support.shared import ROOT


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
    assert list(folder.iterdir()) == []
    assert workbench("fuzz", "streambus", "--cases", 5, "--jobs", 1, "-o", folder).code == 0


def test_a_campaign_file_is_saved_run_and_resumed(tmp_path):
    file, folder = tmp_path / "c.toml", tmp_path / "campaign"
    options = ("--training", "--stop-after", 1, "--jobs", 1, "--seed", 3, "-o", folder)
    saved = workbench("fuzz", "streambus", *options, "--save", file)
    assert (saved.code, folder.exists()) == (0, False), "nothing was started"
    assert workbench("fuzz", "streambus", *options, "--save", file).code == 2, "nothing is overwritten"
    done = workbench("fuzz", file)
    assert done.code == 1
    assert "seed 3" in done.err
    again = workbench("fuzz", folder / "campaign.toml", "--resume", "--stop-after", 2, "--ndjson")
    records = [json.loads(line) for line in again.out.splitlines()]
    assert (records[0]["seed"], records[-1]["findings"]) == (3, 2)
    assert workbench("fuzz", "-o", folder, "--resume", "--stop-after", 2).code == 1, "the folder knows its protocol"


def test_what_is_typed_wins_over_the_file(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text(
        'protocol = "streambus"\noutput = "here"\n[target]\ncommand = "/no/such/server"\nport = 9\n[limits]\ncases = 5\n'
    )
    done = workbench("fuzz", "--reference", "--jobs", 1, file)
    assert (done.code, done.out[:7]) == (0, "5 cases")
    assert (tmp_path / "here" / "campaign.sqlite").exists()


def test_mistakes_in_a_campaign_file_are_one_sentence(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('protocol = "streambus"\n[target]\ncomand = "x"\n')
    done = workbench("fuzz", file)
    assert (done.code, done.out) == (2, "")
    assert f"{file}: there is no key 'target.comand'. Did you mean 'target.command'" in done.err
    assert workbench("fuzz").code == 2
    file.write_text("seed = 3\n")
    assert f"{file}: does not say which protocol" in workbench("fuzz", file).err


def test_a_resumed_campaign_needs_no_files_of_the_first_run(tmp_path):
    words, folder = tmp_path / "words.dict", tmp_path / "c"
    words.write_text('"HELLO"\n')
    first = workbench("fuzz", "streambus", "--dictionary", words, "--cases", 5, "--jobs", 1, "-o", folder)
    assert first.code == 0
    words.unlink()
    again = workbench("fuzz", folder / "campaign.toml", "--resume", "--cases", 10)
    assert (again.code, again.out[:8]) == (0, "10 cases")


def test_a_name_that_is_no_text_is_no_reason_not_to_fuzz(tmp_path):
    corpus = tmp_path / "\udcff"
    corpus.mkdir()
    (corpus / "one.raw").write_bytes(b"x")
    done = workbench("fuzz", "streambus", "--from-corpus", corpus, "--cases", 5, "--jobs", 1, "-o", tmp_path / "c")
    assert done.code == 0
    assert "there will be no campaign.toml" in done.err
    assert not (tmp_path / "c" / "campaign.toml").exists()


def test_a_capture_without_a_session_is_refused_before_anything_begins(tmp_path):
    sample = ROOT / "captures" / "samples" / "dns-dig-dnsmasq.pcapng"
    done = workbench("fuzz", "streambus", "--from-capture", sample, "-o", tmp_path / "c")
    assert done.code == 2
    assert "no client says anything in streambus here; there are messages:" in done.err
    assert not (tmp_path / "c").exists()
