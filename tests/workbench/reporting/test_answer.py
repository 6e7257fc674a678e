import dataclasses

import pytest

from workbench.reporting.answer import Answer


def test_an_answer_is_a_value_and_was_walked_unless_said():
    answer = Answer(section="a", title="A", about="An a.", parts=())
    assert answer.walked
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.walked = False
