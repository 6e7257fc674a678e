import pytest

from workbench.cli.plugin_template import render
from workbench.laws import check
from workbench.registry import load


@pytest.mark.parametrize("name", ["x", "my-proto", "a_long_name_with_9"])
def test_any_name_gives_a_sound_plugin(tmp_path, name):
    file = tmp_path / "plugin.py"
    file.write_text(render(name, str(file)))
    registry = load([file], entries=())
    assert [str(problem) for problem in registry.problems] == []
    (spec,) = registry.specs
    assert spec.name == name
    assert [law.detail for law in check(spec, (*load().specs, spec), rounds=5) if not law.kept] == []


def test_it_fits_on_a_page():
    text = render("mine", "mine.py")
    assert len(text.splitlines()) <= 60
    assert max(map(len, text.splitlines())) <= 130
    assert "@" not in text.replace("@dataclass", "")


def test_two_new_protocols_do_not_claim_each_other(tmp_path):
    files = []
    for name in ("one", "two"):
        files.append(tmp_path / f"{name}.py")
        files[-1].write_text(render(name, str(files[-1])))
    registry = load(files, entries=())
    assert len({spec.ports for spec in registry.specs}) == 2
    for spec in registry.specs:
        assert [law.detail for law in check(spec, registry.specs, rounds=1) if law.name == "probe"] == [""]
