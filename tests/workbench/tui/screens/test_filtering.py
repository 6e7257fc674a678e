"""The search behind the filter bar, with a made-up language: a filter is a function of the packet's number."""

from support.terminal import drive, quiet, show, synthetic, until
from workbench.tui.filter_state import FilterState, Judgement


class Every:
    """Matches every n-th packet."""

    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, number: int) -> bool:
        return number % self.step == 0


async def search(pilot, step: int) -> None:
    """Have the screen search as if a person had typed a valid filter."""
    filtering = pilot.app.screen.filtering
    wanted = Every(step)
    filtering._text, filtering.judgement = f"every {step}", Judgement(FilterState.BUSY, wanted)
    filtering._search(wanted, None)
    await until(pilot, lambda: filtering.judgement.state is FilterState.VALID)


def test_matches_are_rows():
    app, session = synthetic(5000)

    async def script(pilot):
        await show(pilot, session)
        await search(pilot, 7)
        rows = app.screen.list.rows
        assert rows.numbers(0, 3) == [7, 14, 21]
        assert len(rows) == 5000 // 7
        assert rows.total == 5000

    drive(app, script)


def test_a_search_goes_on_as_the_capture_grows():
    app, session = synthetic(1000)

    async def script(pilot):
        app.workspace.live = True
        await show(pilot, session)
        await search(pilot, 10)
        assert len(app.screen.list.rows) == 100
        session.total = 3000
        await until(pilot, lambda: len(app.screen.list.rows) == 300)
        assert app.screen.filtering.judgement.state is FilterState.VALID

    drive(app, script)


def test_the_result_stays_until_the_next_one_has_a_match():
    app, session = synthetic(1000)

    async def script(pilot):
        await show(pilot, session)
        await search(pilot, 10)
        shown = app.screen.list.rows
        screen = app.screen
        filtering = screen.filtering
        wanted = Every(2000)
        filtering.judgement = Judgement(FilterState.BUSY, wanted)
        found = filtering._coming = type(shown)(filtered=True)
        filtering._found(wanted, found, session.matching(wanted, 0, 500), 500, False)
        assert screen.list.rows is shown
        filtering._found(wanted, found, session.matching(wanted, 500, 1000), 1000, True)
        assert screen.list.rows is found
        assert len(found) == 0

    drive(app, script)


def test_an_empty_text_shows_everything():
    app, session = synthetic(1000)

    async def script(pilot):
        await show(pilot, session)
        await search(pilot, 10)
        app.screen.goto_packet(500)
        app.screen.filtering.read("")
        await quiet(pilot)
        assert not app.screen.list.rows.filtered
        assert app.screen.list.row_count == 1000
        assert app.screen.list.current == 500

    drive(app, script)
