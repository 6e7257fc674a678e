from support.toy import TOY, changed
from workbench.laws import LAWS, Subject, check
from workbench.laws.law import LawText, examine


def test_a_sound_plugin_keeps_all_laws():
    results = list(check(TOY, [TOY]))
    assert [law.name for law in results] == [law.name for law in LAWS]
    assert [(law.name, law.detail) for law in results if not law.kept] == []


def test_names_of_laws_are_unique():
    assert len({law.name for law in LAWS}) == len(LAWS)


def test_a_law_that_is_broken_says_how():
    (broken,) = [law for law in check(changed(states={("start", "nothing"): "start"}), rounds=2) if not law.kept]
    assert broken.name == "states"
    assert "'ping' is not legal in state 'start'" in broken.detail


def test_raising_is_no_way_around_a_law():
    def explode(subject):
        raise RuntimeError("boom")

    told = examine(LawText("x", "x", explode), Subject(TOY))
    assert "raised RuntimeError: boom" in told
    assert "test_law.py" in told
