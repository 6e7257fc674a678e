import pytest

from workbench.api import UsageError
from workbench.export.comparison import Difference
from workbench.export.explanations import KNOWN, Explanation, read_explanations, reason_for

TABLE = (Explanation("http.host", "one", 5), Explanation("http.*", "two", kind="range"), Explanation("tls", "three"))


@pytest.mark.parametrize(
    ("packet", "kind", "name", "reason"),
    [
        (5, "value", "http.host", "one"),
        (6, "value", "http.host", ""),
        (6, "range", "http.host", "two"),
        (1, "protocol", "tls", "three"),
        (1, "protocol", "tlsx", ""),
    ],
)
def test_the_first_that_fits(packet, kind, name, reason):
    assert reason_for(Difference(packet, kind, name, "", ""), TABLE) == reason


def test_a_table_of_the_user(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("packet\tfield\treason\n*\thttp.*\tbecause of this\n7\ttls\tand that\n")
    assert read_explanations(path) == (Explanation("http.*", "because of this"), Explanation("tls", "and that", 7))


@pytest.mark.parametrize(
    "text", ["", "a\tb\n", "packet\tfield\treason\nx\ty\tz\n", "packet\tfield\treason\n*\ty\n", "packet\tfield\treason\n*\t\tz\n"]
)
def test_what_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "x.tsv"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"x\.tsv"):
        read_explanations(path)


def test_known_reasons_are_sentences():
    assert all(each.reason.count(" ") >= 5 and each.kind for each in KNOWN)
