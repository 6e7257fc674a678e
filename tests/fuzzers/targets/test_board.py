from fuzzers.targets.board import JUDGING, Board


def test_what_is_on_it():
    board = Board()
    assert (board.case, board.phase, board.group) == (0, 0, 0)
    before = board.snapshot()
    board.case, board.phase, board.group = (1 << 40) + 5, JUDGING, 4_194_303
    assert (board.case, board.phase, board.group) == ((1 << 40) + 5, JUDGING, 4_194_303)
    assert board.snapshot() != before
    board.clear()
    assert board.snapshot() == before
