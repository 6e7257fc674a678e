import pytest

from support.spoilable import raising
from support.toy import TOY
from workbench.api import Direction, UsageError
from workbench.self_fuzzing.breaches import Breach, read_breach
from workbench.self_fuzzing.talks import Turn

BREACH = Breach(
    protocol="toy",
    speaks="toy",
    text="decoder: data: KeyError",
    seed=1,
    case=7,
    origin="seed 'one'",
    turns=(Turn(Direction.TO_SERVER, b"\xff", 3), Turn(Direction.TO_CLIENT, b"")),
    secrets=(b"CLIENT_RANDOM 00 11\n",),
    lying=True,
)


def test_a_breach_comes_back_as_it_was(tmp_path):
    path = BREACH.write(tmp_path / "new" / "folder")
    assert read_breach(path) == BREACH


def test_it_can_be_tried_again():
    assert "nobody thought of this" in BREACH.again((raising,))
    assert BREACH.again((TOY,)) == ""


def test_a_protocol_that_is_not_there():
    with pytest.raises(UsageError, match="toy is not installed"):
        BREACH.again(())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format":2}', '{"format":1,"protocol":"toy"}', "[" * 100_000])
def test_a_file_that_is_none(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="no breach that fuzz-self wrote"):
        read_breach(path)
