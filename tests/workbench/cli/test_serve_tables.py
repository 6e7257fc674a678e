"""Tables for servers: what may stand in them, and which one wins."""

from pathlib import Path

import pytest

from workbench.api import UsageError
from workbench.cli.serve_tables import KEYS, read_config, table_for, tables_of, within


def test_tables_are_cut_and_checked():
    found = tables_of({"idle": 5, "http1": {"port": 80, "tls": True, "cert": "~/x.pem", "set": {"a": True, "b": 2}}}, "here")
    assert found == {
        "": {"idle": 5.0},
        "http1": {"port": 80, "tls": True, "cert": [Path("~/x.pem").expanduser()], "set": {"a": "true", "b": "2"}},
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"colour": 1}, "here: there is no key 'serve.colour'"),
        ({"http1": {"colour": 1}}, "there is no key 'serve.http1.colour'"),
        ({"port": 70_000}, "serve.port is not a port"),
        ({"port": True}, "serve.port is not a port"),
        ({"workers": 0}, "serve.workers is not a whole number"),
        ({"idle": "5"}, "serve.idle is not a number of seconds"),
        ({"idle": 0}, "serve.idle is not a number of seconds"),
        ({"tls": 1}, "serve.tls is not true or false"),
        ({"host": 1}, "serve.host is not a text"),
        ({"key": [1]}, "serve.key is not a text"),
        ({"set": 1}, "serve.set is not a table"),
    ],
)
def test_what_is_wrong_is_named(values, expected):
    with pytest.raises(UsageError, match=expected):
        tables_of(values, "here")


def test_a_file(tmp_path):
    file = tmp_path / "serve.toml"
    file.write_text("[serve]\nconnections = 5\n[serve.http1]\nmax-request = 10\n")
    assert read_config(file) == {"": {"connections": 5}, "http1": {"max-request": 10}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nonsense", "cannot be read"),
        ("", "nothing is not a"),
        ("x = 1\n[serve]\n", "x is not a"),
        ("serve = 1", "nothing is not a"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, text, expected):
    file = tmp_path / "serve.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=expected):
        read_config(file)


def test_the_nearest_word_wins():
    settings = {"": {"idle": 1.0, "host": "a"}, "http1": {"idle": 2.0, "set": {"x": "1", "y": "1"}}}
    config = {"": {"idle": 3.0}, "http1": {"port": 5, "set": {"y": "2"}}, "other": {"port": 6}}
    merged = table_for("http1", [settings, config], {"port": 7, "set": {"z": "3"}})
    assert merged == {"idle": 3.0, "host": "a", "port": 7, "set": {"x": "1", "y": "2", "z": "3"}}


def test_every_key_is_an_option():
    from workbench.cli.main import build_parser

    args = build_parser(("serve",)).parse_args(["serve", "http1"])
    assert {key.replace("-", "_") for key in KEYS} <= vars(args).keys()
    assert all(getattr(args, key.replace("-", "_")) is None for key in KEYS)  # not given: the tables decide


def test_tables_of_a_carrier_count_for_what_it_carries():
    source = {
        "": {"idle": 9.0},
        "quic": {"port": 1, "set": {"retry": "yes", "x": "1"}},
        "http3": {"idle": 5.0, "set": {"x": "2"}},
    }
    assert table_for("http3", [within(source, "quic", "http3")], {}) == {
        "idle": 5.0,
        "port": 1,
        "set": {"retry": "yes", "x": "2"},
    }
    assert table_for("hq", [within(source, "quic", "hq")], {"port": 7}) == {
        "idle": 9.0,
        "port": 7,
        "set": {"retry": "yes", "x": "1"},
    }
    assert within({}, "quic", "hq") == {"hq": {}}
