import numpy as np

from captures.capture import open_capture
from support.http_pairs import request
from support.surveys import spoken
from workbench.analysis.sections import FromColumns, Material


def test_a_filter_is_a_mask_over_rows(tmp_path):
    with open_capture(spoken(tmp_path / "x.pcap", [request()])) as capture:
        capture.grow()
        count = len(capture.index)
        mask = np.zeros(count, np.bool_)
        mask[[1, 3]] = True
        everything, some = Material(capture=capture), Material(capture=capture, mask=mask)
        assert everything.rows().tolist() == list(range(count))
        assert some.rows().tolist() == [1, 3]
        assert [some.passes(number) for number in (0, 1, 2, 4, count + 1)] == [False, False, True, True, False]
        assert everything.passes(count + 1)
        assert (Material(capture=capture, top=0).most, Material(capture=capture, top=3).most) == (None, 3)


def test_columns_are_read_when_they_are_asked_for():
    built = []
    collector = FromColumns(lambda: built.append(1) or ())
    assert built == []
    assert collector.parts() == ()
    assert built == [1]
