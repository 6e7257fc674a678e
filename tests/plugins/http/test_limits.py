"""The bounds as they are meant; `test_bodies.py` and `test_codings.py` reach each of them."""

from pathlib import Path

from workbench_http import limits


def test_every_bound_is_listed_and_has_a_reason():
    assert set(limits.__all__) == {name for name in vars(limits) if name.isupper()}
    text = Path(limits.__file__).read_text("utf-8")
    for name in limits.__all__:
        assert text.split(f"\n{name} = ")[1].split("\n")[1].startswith('"""'), name
