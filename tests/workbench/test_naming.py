import pytest

from support.naming import ADDRESS, NAME, capture_with_names
from workbench.analysis.parts import Column, Table
from workbench.naming import names_of, with_names
from workbench.registry import load
from workbench.reporting.answer import Answer
from workbench.session import Session


@pytest.fixture
def book(tmp_path):
    with Session.open(capture_with_names(tmp_path), load()) as session:
        session.grow()
        yield names_of(session)


def test_answers_in_the_capture_are_read(book):
    assert book.name_of(ADDRESS) == NAME
    assert book.name_of("10.0.0.1") == ""


def test_names_stand_beside_addresses(book):
    columns = (Column("who", "who", "address"), Column("count", "times", "count"))
    rows = ((f"{ADDRESS}:80", 1), (f"tcp {ADDRESS}:80", 2), (ADDRESS, 3), ("[::1]:80", 4), ("::1", 5), (None, 6))
    table = Table(name="t", title="t", columns=columns, rows=rows)
    plain = Table(name="p", title="p", columns=columns[1:], rows=((1,),))
    (answer,) = with_names([Answer(section="s", title="", about="", parts=(table, plain))], book)
    named, untouched = answer.parts
    assert [column.name for column in named.columns] == ["who", "who_name", "count"]
    assert [row[1] for row in named.rows] == [NAME, NAME, NAME, None, None, None]
    assert [row[2] for row in named.rows] == [1, 2, 3, 4, 5, 6]
    assert untouched is plain
