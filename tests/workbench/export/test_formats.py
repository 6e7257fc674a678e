import io
from pathlib import Path

import pytest

from support.exported import toy_source
from workbench.api import UsageError
from workbench.export.formats import FORMATS, format_for


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_writes_and_counts(tmp_path, known):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        count = known.write(source, out)
        expected = len(source.packets) if known.unit == "packets" else 3
    assert count == expected
    assert out.getvalue()


def test_names_and_suffixes():
    assert format_for("csv").name == "csv"
    assert format_for("", Path("x/Y.PCAPNG")).name == "pcapng"
    assert format_for("", Path("x.txt")).name == "text"
    assert format_for("pcap", Path("x.csv")).name == "pcap"


def test_an_unknown_format_suggests_the_nearest():
    with pytest.raises(UsageError, match="Did you mean ndjson"):
        format_for("ndjsn")
    with pytest.raises(UsageError, match="pcapng, pcap, ndjson, csv, text"):
        format_for("", Path("x.doc"))
