from support.panes import Pane
from support.terminal import drive, screen_text
from workbench.tui.columns import Column
from workbench.tui.widgets.table_list import Row, TableList

COLUMNS = (Column("Name", 6, 10), Column("Size", 6, 6, right=True), Column("Rest", 5, 0, rank=1))
ROWS = [Row(f"k{number}", (f"name {number}", str(number), "…"), ("HTTP", "dim")) for number in range(30)]


def test_head_and_rows_share_their_columns():
    pane = Pane(TableList(COLUMNS))

    async def script(pilot):
        pane.widget.show(ROWS)
        await pilot.pause()
        lines = screen_text(pane).splitlines()
        assert lines[0].index("Name") == lines[1].index("name 0")
        assert lines[0].index("Size") + 4 == lines[1].index(" 0 ", 10) + 2

    drive(pane, script, (60, 10))


def test_the_cursor_stays_on_its_key():
    pane = Pane(TableList(COLUMNS))

    async def script(pilot):
        table = pane.widget
        table.show(ROWS)
        table.move(5)
        table.show(list(reversed(ROWS)))
        assert table.current.key == "k5"
        table.show([row for row in ROWS if row.key != "k5"])
        assert table.current is not None
        table.show(ROWS, follow=True)
        assert table.current.key == "k29"

    drive(pane, script, (60, 10))


def test_an_empty_table_says_why():
    pane = Pane(TableList(COLUMNS, empty="nothing found yet"))

    async def script(pilot):
        await pilot.pause()
        assert "nothing found yet" in screen_text(pane)
        assert pane.widget.current is None
        pane.widget.show(ROWS)
        await pilot.pause()
        assert "nothing found yet" not in screen_text(pane)

    drive(pane, script, (60, 10))


def test_markup_in_a_cell_is_text():
    pane = Pane(TableList(COLUMNS))

    async def script(pilot):
        pane.widget.show([Row("x", ("[b]hi[/]", "1", "[link=x]y"))])
        await pilot.pause()
        assert "[b]hi[/]" in screen_text(pane)
        assert "[link=x]y" in screen_text(pane)

    drive(pane, script, (60, 10))
