from dissectors.term_error import TermError


def test_it_says_what_where_and_what_to_do():
    error = TermError("no", remedy="Do", offset=3)
    assert (str(error), error.sentence, error.remedy, error.offset) == ("no", "no", "Do", 3)
    assert (TermError("no").remedy, TermError("no").offset) == ("", 0)
