from fuzzers.targets.board import JUDGING, Board


def test_what_is_on_it():
    board = Board()
    assert (board.case, board.phase, board.group) == (0, 0, 0)
    before = board.snapshot()
    board.case, board.phase, board.group = (1 << 40) + 5, JUDGING, 4_194_303
    assert (board.case, board.phase, board.group) == ((1 << 40) + 5, JUDGING, 4_194_303)
    assert board.snapshot() != before
    seen = {board.snapshot()}
    for _ in range(255):
        board.beat()
        seen.add(board.snapshot())
    assert len(seen) == 256
    board.beat()
    assert board.snapshot() in seen
    assert (board.case, board.phase, board.group) == ((1 << 40) + 5, JUDGING, 4_194_303)
    board.clear()
    assert board.snapshot() == before
