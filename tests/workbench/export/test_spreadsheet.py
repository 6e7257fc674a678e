import csv
import io

import pytest

from support.exported import toy_source
from support.pcap import STEP_NS
from workbench.export.spreadsheet import COLUMNS, harmless, write, write_tsv


def test_one_row_per_packet(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        count = write(source, out)
    head, *rows = csv.reader(io.StringIO(out.getvalue().decode()))
    assert tuple(head) == COLUMNS
    assert len(rows) == count
    assert [row[0] for row in rows] == [str(number) for number in range(1, count + 1)]
    assert float(rows[3][1]) == pytest.approx(3 * STEP_NS / 1e9)
    assert rows[0][4] == "TCP"
    assert "[SYN]" in rows[0][6]
    ping = next(row for row in rows if row[4] == "toy")
    assert ping[6].startswith("toy: ping")
    assert out.getvalue().endswith(b"\r\n")
    assert not out.closed


def test_tabs_between_cells_and_none_in_them(tmp_path):
    out, other = io.BytesIO(), io.BytesIO()
    with toy_source(tmp_path) as source:
        count = write_tsv(source, out)
        write(source, other)
    rows = [line.split("\t") for line in out.getvalue().decode().splitlines()]
    assert len(rows) == count + 1
    assert rows == list(csv.reader(io.StringIO(other.getvalue().decode())))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1"])
def test_other_cells_stay(cell):
    assert harmless(cell) == cell
