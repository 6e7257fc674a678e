import dataclasses
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
        source = dataclasses.replace(source, secrets=(b"A 1 2\n",))
        count = known.write_folder(source, tmp_path) if known.folder else known.write(source, out)
        expected = {"packets": len(source.packets), "messages": 3, "secrets": 1, "exchanges": 0, "connections": 1}
    assert count == expected[known.unit]
    assert out.getvalue() or known.folder


def test_names_and_suffixes():
    assert format_for("csv").name == "csv"
    assert format_for("", Path("x/Y.PCAPNG")).name == "pcapng"
    assert format_for("", Path("x.txt")).name == "text"
    assert format_for("pcap", Path("x.csv")).name == "pcap"


def test_an_unknown_format_suggests_the_nearest():
    with pytest.raises(UsageError, match="Did you mean ndjson"):
        format_for("ndjsn")
    with pytest.raises(UsageError, match=", ".join(known.name for known in FORMATS)):
        format_for("", Path("x.doc"))
