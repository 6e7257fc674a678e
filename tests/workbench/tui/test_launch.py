import gc

from workbench.events import Start
from workbench.tui import app as app_module
from workbench.tui import launch


class FakeApp:
    """Stands where the application stands."""

    def __init__(self, code: int | None) -> None:
        self.code = code

    def run(self) -> int | None:
        assert gc.isenabled()
        return self.code


def test_it_runs_the_application_and_gives_its_exit_code(monkeypatch):
    started: list[Start] = []

    def make(start: Start, code: int | None = 3) -> FakeApp:
        started.append(start)
        return FakeApp(code)

    threshold = gc.get_threshold()
    monkeypatch.setattr(launch.sys, "setswitchinterval", lambda _: None)
    monkeypatch.setattr(app_module, "app_for", make)
    try:
        assert launch.run(Start(demo=True)) == 3
        monkeypatch.setattr(app_module, "app_for", lambda start: make(start, None))
        assert launch.run(Start()) == 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
    assert [start.demo for start in started] == [True, False]
