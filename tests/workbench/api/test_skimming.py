"""What a skimmer is given and gives: plain values."""

from workbench.api import Dialogue, Direction, Skim, SkimmedSide


def test_a_dialogue_is_both_directions_whole():
    dialogue = Dialogue((b"up", b"down"), (True, False), lambda way, offsets: [10 * way + offset for offset in offsets])
    assert dialogue.data[Direction.TO_CLIENT] == b"down"
    assert dialogue.ended[Direction.TO_SERVER]
    assert dialogue.packet_at(Direction.TO_CLIENT, 3) == 13
    assert dialogue.facts == {}


def test_rows_alone_mean_that_nobody_goes_on():
    skim = Skim((SkimmedSide([2], ['"protocol":"x"']), SkimmedSide([], [])))
    assert (skim.rest, skim.protocol, dict(skim.facts)) == (None, None, {})
