import pytest

from support.commands import workbench


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nobody",), "there is no protocol named 'nobody'"),
        (("http1", "--port", "70000"), "there is no port 70000"),
        (("http1", "--host", "0.0.0.0"), "can be reached from elsewhere"),
        (("streambus", "--training", "--allow-remote"), "full of holes"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(words, expected):
    done = workbench("serve", *words)
    assert done.code == 2
    assert done.out == ""
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_a_protocol_without_server(tmp_path):
    workbench("plugins", "new", "mine", "-o", tmp_path / "mine.py")
    done = workbench("--plugin", tmp_path / "mine.py", "serve", "mine", "--training")
    assert done.code == 2
    assert "no training server" in done.err


def test_a_server_that_cannot_begin_is_the_plugins_fault(tmp_path):
    file = tmp_path / "mine.py"
    workbench("plugins", "new", "mine", "-o", file)
    text = file.read_text().replace("server=framed(length_prefixed(2), answer)", "server=begin")
    file.write_text(text.replace("PROTOCOL =", "def begin(options):\n    raise OSError('no database')\n\n\nPROTOCOL ="))
    done = workbench("--plugin", file, "serve", "mine")
    assert done.code == 2
    assert "plugin mine: its server cannot begin: OSError: no database (mine.py:" in done.err
