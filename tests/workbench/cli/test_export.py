import json

import pytest

from captures.capture import open_capture
from support.commands import workbench
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([(Direction.TO_SERVER, REQUEST)]))


def test_the_suffix_decides(capture, tmp_path):
    done = workbench("export", capture, "-o", tmp_path / "y.pcapng")
    assert done.code == 0
    assert "packets written" in done.err
    with open_capture(tmp_path / "y.pcapng") as again:
        again.grow()
        assert again.format == "pcapng"
        assert len(again.index) == len(tcp_frames([(Direction.TO_SERVER, REQUEST)]))


def test_a_filter_and_a_format(capture, tmp_path):
    done = workbench("export", capture, "-o", tmp_path / "y", "--format", "ndjson", "--filter", "http", "--json")
    assert json.loads(done.out) == {"output": str(tmp_path / "y"), "format": "ndjson", "messages": 1}
    assert json.loads((tmp_path / "y").read_text())["protocol"] == "http1"


def test_a_key_log_goes_along(capture, tmp_path):
    keys = tmp_path / "keys.log"
    keys.write_text("CLIENT_RANDOM 00 11\n")
    assert workbench("export", capture, "--keylog", keys, "-o", tmp_path / "y.pcapng").code == 0
    with open_capture(tmp_path / "y.pcapng") as again:
        again.grow()
        assert again.secrets == [b"CLIENT_RANDOM 00 11\n"]


def test_the_source_is_never_overwritten(capture, tmp_path):
    before = capture.read_bytes()
    done = workbench("export", capture, "-o", capture)
    assert done.code == 2
    assert "would overwrite" in done.err
    assert capture.read_bytes() == before


def test_a_failure_leaves_no_half_file(capture, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workbench.export.ndjson.write", fail)
    done = workbench("export", capture, "-o", tmp_path / "y.ndjson")
    assert done.code == 2
    assert "No space left" in done.err
    assert {path.name for path in tmp_path.iterdir()} == {"x.pcap"}


def test_an_unknown_format(capture, tmp_path):
    assert workbench("export", capture, "-o", tmp_path / "y.doc").code == 2


def test_where_it_cannot_be_written_is_said(capture, tmp_path):
    done = workbench("export", capture, "-o", "-")
    assert (done.code, done.out) == (2, "")
    assert "stdout has no suffix" in done.err
    done = workbench("export", capture, "-o", tmp_path / "no" / "x.csv")
    assert done.code == 2
    assert f"{tmp_path}/no: there is no such folder" in done.err


def test_a_filter_that_means_nothing_leaves_the_old_file(capture, tmp_path):
    (tmp_path / "y.csv").write_text("old")
    assert workbench("export", capture, "-o", tmp_path / "y.csv", "--filter", "streambus.nosuch").code == 2
    assert (tmp_path / "y.csv").read_text() == "old"
    assert "nosuch was looked for as text" in workbench("export", capture, "-o", tmp_path / "z.csv", "--filter", "nosuch").err


def test_anonymised_captures(capture, tmp_path):
    one, other = tmp_path / "one.pcap", tmp_path / "other.pcap"
    assert workbench("export", capture, "-o", one, "--anonymise").code == 0
    assert workbench("export", capture, "-o", other, "--anonymise").code == 0
    assert b"Host: x" not in one.read_bytes()
    assert one.read_bytes() != other.read_bytes()
    for path in (one, other):
        assert workbench("export", capture, "-o", path, "--anonymise-key", "mine").code == 0
    assert one.read_bytes() == other.read_bytes()
    done = workbench("export", capture, "-o", tmp_path / "x.csv", "--anonymise")
    assert done.code == 2
    assert "csv cannot be anonymised" in done.err


def test_the_help_lists_all_formats():
    from workbench.export.formats import FORMATS

    told = workbench("export", "--help").out
    assert all(f"  {known.name} " in told and known.title in told for known in FORMATS)


def test_decrypted_captures(capture, tmp_path):
    assert workbench("export", capture, "-o", tmp_path / "y.pcapng", "--decrypted").code == 0
    done = workbench("export", capture, "-o", tmp_path / "y.pcapng", "--decrypted", "--anonymise")
    assert done.code == 2
    assert "nothing to decrypt" in done.err
    assert "ndjson cannot be decrypted" in workbench("export", capture, "-o", tmp_path / "y.ndjson", "--decrypted").err


def test_a_format_of_several_files_is_a_folder(capture, tmp_path):
    done = workbench("export", capture, "-o", tmp_path / "tables", "--format", "parquet", "--json")
    assert json.loads(done.out)["format"] == "parquet"
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {"packets.parquet", "flows.parquet", "messages.parquet"}
    done = workbench("export", capture, "-o", "-", "--format", "parquet")
    assert (done.code, done.out) == (2, "")
    assert "Name a folder with -o" in done.err
