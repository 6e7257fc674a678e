"""What is wrong with one term of a filter line."""

__all__ = ["TermError"]


class TermError(Exception):
    """A term that is none; `offset` is where in it the mistake lies."""

    def __init__(self, sentence: str, *, remedy: str = "", offset: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.offset = offset
