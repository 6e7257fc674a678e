from fuzzers.differential.player import several
from fuzzers.model import USUAL, Ending, Execution
from fuzzers.targets.board import Board
from fuzzers.targets.player import Post


class Fake:
    def __init__(self, post: Post, coverage: tuple[int, ...] = ()):
        self.post = post
        self.coverage = coverage
        self.restarts = 0
        self.done: list[str] = []

    def play(self, messages, conduct, *, patient, number):
        self.done.append(f"played {len(messages)} {patient}")
        self.restarts += 1
        return Execution((), Ending.OPEN, coverage=self.coverage)

    def renew(self):
        self.done.append("renewed")

    def close(self):
        self.done.append("closed")


def test_every_server_meets_every_case():
    made: list[Fake] = []

    def make(coverage):
        def fake(post):
            made.append(Fake(post, coverage))
            return made[-1]

        return fake

    post = Post(0, Board(), lambda _: exit())
    player = several([make((3, 5)), make(()), make((3,))])(post)
    execution = player.play((b"a", b"b"), USUAL, patient=True)
    player.renew()
    player.close()
    assert [each.done for each in made] == [["played 2 True", "renewed", "closed"]] * 3
    assert player.restarts == 3
    assert len(execution.others) == 2
    assert execution.coverage[:2] == (3, 5)  # equal numbers of different servers are different places
    assert len(set(execution.coverage)) == 3
    assert [each.post.board is post.board for each in made] == [True, False, False]
