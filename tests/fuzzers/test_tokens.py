from fuzzers.tokens import EACH, MOST, learnt, words_of
from workbench.api import Direction

ASK, ANSWER = Direction.TO_SERVER, Direction.TO_CLIENT


def test_words_are_what_the_server_said_and_the_client_did_not():
    turns = [(ASK, b"GET /page"), (ANSWER, b"Set-Cookie: sid=4f1a\r\n/page \x00\xffab"), (ANSWER, b"sid=4f1a again")]
    assert words_of(turns) == (b"Set-Cookie", b"sid=4f1a", b"again")


def test_one_case_adds_few_words_and_long_ones_are_cut():
    many = b" ".join(b"word%03d" % number for number in range(100))
    assert words_of([(ANSWER, many)]) == tuple(b"word%03d" % number for number in range(EACH))
    assert all(len(word) <= 32 for word in words_of([(ANSWER, b"x" * 1000)]))


def test_the_newest_words_are_kept():
    cases = [(b"case%d" % number, b"common") for number in range(1000)]
    kept = learnt(reversed(cases))
    assert len(kept) == MOST
    assert kept[:3] == (b"case999", b"common", b"case998")
    assert learnt([]) == ()
