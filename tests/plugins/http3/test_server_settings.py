"""Options as users type them, and the SETTINGS that follow."""

import pytest

from workbench.api import ServerOptions, UsageError
from workbench_http3.names import Setting, is_reserved
from workbench_http3.server_settings import LARGEST_TABLE, Settings, read_settings


def read(**given: str) -> Settings:
    return read_settings(ServerOptions(settings={name.replace("_", "-"): value for name, value in given.items()}))


def test_defaults():
    said = dict(read().pairs())
    assert said[Setting.QPACK_MAX_TABLE_CAPACITY] == 4096
    assert said[Setting.ENABLE_CONNECT_PROTOCOL] == said[Setting.H3_DATAGRAM] == 1
    assert any(is_reserved(name) for name in said)


def test_values():
    found = read(qpack_table=str(LARGEST_TABLE), qpack_blocked="0", qpack_use="7", datagrams="no")
    assert found == Settings(table=LARGEST_TABLE, blocked=0, used=7, datagrams=False)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("color", "red", "is no setting of http3"), ("qpack-table", "many", "is no number"), ("qpack-table", "65537", "is no number"),
        ("qpack-blocked", "-1", "is no number"), ("qpack-blocked", "²", "is no number"), ("datagrams", "maybe", "neither yes nor no"),
    ],
)  # fmt: skip
def test_mistakes(name, value, text):
    with pytest.raises(UsageError, match=text):
        read_settings(ServerOptions(settings={name: value}))
