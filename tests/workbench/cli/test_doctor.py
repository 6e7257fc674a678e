import json

from support.commands import workbench


def test_for_people_and_for_machines():
    done = workbench("doctor")
    assert "python" in done.out
    checks = {check["name"]: check for check in json.loads(workbench("doctor", "--json").out)}
    assert checks["plugins"]["status"] == "ok"
    assert done.code == int(any(check["status"] == "broken" for check in checks.values()))


def test_something_broken_has_an_exit_code(tmp_path):
    (tmp_path / "bad.py").write_text("1/0")
    done = workbench("--plugin", tmp_path / "bad.py", "doctor")
    assert done.code == 1
    assert f"plugin {tmp_path}/bad.py" in done.out
    assert "→ Mend it" in done.out
    assert done.err == ""
