import json

from support.commands import workbench

PLUGIN = """
from construct import Bytes, Int8ub, Struct, this
from workbench import api

FRAME = api.length_prefixed(1)

def probe(data, direction):
    return api.Confidence.LIKELY if data[:1] == b"\\2" else {nothing}

PROTOCOL = api.ProtocolSpec(
    name="shout", title="Shout", grammar=Struct("length" / Int8ub, "text" / Bytes(this.length)), frame=FRAME,
    server=api.framed(FRAME, {answer}), seeds=(api.Seed("one", (b"\\2a",)),), probe=probe,
)
"""


def shout(tmp_path, answer="bytes.upper"):
    file = tmp_path / "shout.py"
    file.write_text(PLUGIN.format(answer=answer, nothing="api.Confidence.NO"))
    return "--plugin", file, "-o", tmp_path / "out"


def test_a_sound_plugin(tmp_path):
    done = workbench("fuzz-self", "shout", "--cases", 100, *shout(tmp_path))
    assert done.code == 0
    assert "shout: 100 cases in" in done.out
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder_for_breaches(tmp_path):
    (tmp_path / "out").write_text("mine")
    done = workbench("fuzz-self", "shout", "--cases", 1, *shout(tmp_path))
    assert (done.code, "no folder" in done.err) == (2, True)


def test_a_breach_is_written_told_and_tried_again(tmp_path):
    broken = shout(tmp_path, "lambda frame: frame[1:].decode().encode() + bytes(1)")
    done = workbench("fuzz-self", "shout", "--cases", 200, "--json", *broken)
    assert done.code == 1
    told = json.loads(done.out)
    assert told["protocols"][0]["cases"] == 200
    breach = next(each for each in told["breaches"] if "UnicodeDecodeError" in each["breach"])
    again = workbench("fuzz-self", "--again", breach["file"], "--plugin", tmp_path / "shout.py")
    assert (again.code, "UnicodeDecodeError" in again.out) == (1, True)
    shout(tmp_path)
    mended = workbench("fuzz-self", "--again", breach["file"], "--plugin", tmp_path / "shout.py")
    assert (mended.code, mended.out) == (0, "everything holds now\n")


def test_every_installed_plugin_survives_a_few_cases(tmp_path):
    done = workbench("fuzz-self", "--cases", 120, "--seed", 11, "-o", tmp_path / "out")
    assert done.code == 0, done.out
    assert {"http1: 120 cases", "quic: 120 cases", "dns: 120 cases"} <= {
        line.partition(" in ")[0] for line in done.out.splitlines()
    }


def test_an_unknown_protocol(tmp_path):
    done = workbench("fuzz-self", "http9", "-o", tmp_path / "out")
    assert done.code == 2
    assert "http9" in done.err
