from pathlib import Path

import pytest

from workbench.api import UsageError
from workbench.settings import Settings, load_settings, settings_path


def test_no_file_means_defaults(tmp_path):
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_values_are_read(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('plugins = ["/a/b.py"]\nkeymap = "wireshark"\ncache_mib = 7\n')
    assert load_settings(file) == Settings(plugins=(Path("/a/b.py"),), keymap="wireshark", cache_mib=7)


def test_tables_for_servers_are_left_to_those_who_serve(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[serve]\nidle = 5\n[serve.http1]\nport = 8080\n")
    assert load_settings(file).serve == {"idle": 5, "http1": {"port": 8080}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nonsense", "cannot be read"),
        ("colour = 1", "no setting 'colour'"),
        ("plugins = 'x'", "plugins is not a list"),
        ("keymap = 'vi'", "keymap is none of"),
        ("cache_mib = true", "cache_mib is not a number"),
        ("cache_mib = 0", "cache_mib is not a number"),
        ("serve = 0", "serve is not a table"),
    ],
)
def test_what_is_wrong_is_said_with_the_place(tmp_path, text, expected):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=expected) as caught:
        load_settings(file)
    assert str(file) in str(caught.value)


def test_where_the_file_lies():
    assert settings_path({"WORKBENCH_SETTINGS": "/x/y"}) == Path("/x/y")
    assert settings_path({"XDG_CONFIG_HOME": "/c"}) == Path("/c/workbench/settings.toml")
    assert settings_path({"HOME": "/h"}) == Path("/h/.config/workbench/settings.toml")
