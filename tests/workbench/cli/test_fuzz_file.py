import argparse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.fuzz import configure
from workbench.cli.fuzz_file import PLUGIN, PROTOCOL, TYPED_ONLY, Keys, file_or_word, read_campaign, written


def parser_and_keys() -> tuple[argparse.ArgumentParser, Keys]:
    parser = argparse.ArgumentParser()
    parser.add_argument("protocol", nargs="?")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides every case")
    parser.add_argument("--resume", action="store_true")
    target = parser.add_argument_group("target")
    which = target.add_mutually_exclusive_group()
    which.add_argument("--command", dest="shell_command")
    which.add_argument("--training", action="store_true", help="has faults")
    target.add_argument("--port", "--old-port", type=int, default=0, metavar="N")
    target.add_argument("--how", choices=("live", "fork"))
    target.add_argument("--i-own-this-target", default="")
    seeds = parser.add_argument_group("seeds")
    seeds.add_argument("--from-capture", dest="captures", type=Path, action="append", default=[], metavar="FILE")
    seeds.add_argument("--rate", type=float, nargs="+")
    target.add_argument("--memory", type=lambda text: int(text) << 20, metavar="MB")
    target.add_argument("--with", dest="others", nargs="+", type=file_or_word, default=[], metavar="SERVER")
    return parser, Keys(parser)


def settled(tmp_path: Path, text: str, *words: str) -> argparse.Namespace:
    file = tmp_path / "c.toml"
    file.write_text(text, encoding="utf-8")
    parser, keys = parser_and_keys()
    args = parser.parse_args(words)
    args.values = read_campaign(file, keys)
    keys.complete(args, args.values)
    return args


def test_the_file_counts_where_nothing_was_typed(tmp_path):
    text = """
protocol = "tiny"
plugin = "mine.py"
seed = 7
[target]
command = "server {port}"
port = 80
how = "fork"
[seeds]
from-capture = ["a.pcap", "/b.pcap"]
rate = [1, 2.5]
"""
    args = settled(tmp_path, text)
    assert (args.seed, args.shell_command, args.port, args.how, args.training) == (7, "server {port}", 80, "fork", False)
    assert args.captures == [tmp_path / "a.pcap", Path("/b.pcap")]
    assert args.rate == [1.0, 2.5]
    assert (args.values[PROTOCOL], args.values[PLUGIN]) == ("tiny", [tmp_path / "mine.py"])
    typed = settled(tmp_path, text, "--seed", "0", "--old-port", "81", "--from-capture", "c.pcap")
    assert (typed.seed, typed.port, typed.shell_command, typed.captures) == (0, 81, "server {port}", [Path("c.pcap")])


def test_another_server_on_the_command_line_replaces_all_about_the_files(tmp_path):
    args = settled(tmp_path, 'seed = 3\n[target]\ncommand = "x"\nport = 80\nhow = "fork"', "--training")
    assert (args.seed, args.training, args.shell_command, args.port, args.how) == (3, True, None, 0, None)


def test_without_a_file_everything_is_as_usual():
    parser, keys = parser_and_keys()
    args = parser.parse_args(["--port", "5"])
    keys.complete(args, {})
    assert (args.port, args.seed, args.captures, args.training, args.i_own_this_target) == (5, 0, [], False, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 3", "there is no key 'sede'. Did you mean 'seed'"),
        ("port = 3", "there is no key 'port'. Did you mean 'target.port'"),
        ("[targets]\ncommand = 'x'", "there is no key 'targets.command'. Did you mean 'target.command'"),
        ("[target]\ncomand = 'x'", "there is no key 'target.comand'. Did you mean 'target.command'"),
        ("comand = 'x'", "there is no key 'comand'. Did you mean 'target.command'"),
        ("[x]\ny = 1", "there is no key 'x.y'. Known keys are protocol, plugin, seed, target.command"),
        ("seed = 'x'", "seed cannot be 'x': invalid literal.* --seed: decides every case"),
        ("seed = true", "seed is not a text or a number"),
        ("seed = [1]", "seed is not a text or a number"),
        ("[target]\nport = {a = 1}", "target.port is not a text or a number"),
        ("[target]\ntraining = 1", "target.training is not true or false. --training: has faults"),
        ("[target]\nhow = 'frok'", "target.how is none of live, fork. Did you mean 'fork'"),
        ("[target]\ncommand = 'x'\ntraining = true", "target.command and target.training exclude each other"),
        ("[target]\ni-own-this-target = 'x'", "target.i-own-this-target is for the command line only. Type --i-own-this-target"),
        ("resume = true", "resume is for the command line only"),
        ("[seeds]\nfrom-capture = 3", "seeds.from-capture is not the name of a file"),
        ("plugin = 3", "plugin is not the name of a file"),
        ("seed = ", "cannot be read: Invalid value"),
        ("protocol = 3", "there is no key 'protocol'"),
    ],
)
def test_errors_name_file_key_and_the_nearest_name(tmp_path, text, message):
    with pytest.raises(UsageError, match=f"c.toml: {message}"):
        settled(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"none.toml: cannot be read: No such file.*--print-config"):
        read_campaign(tmp_path / "none.toml", parser_and_keys()[1])


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.integers(-5, 1 << 40),
    st.lists(st.text("ab /.'\"\\\n\x7f", min_size=1, max_size=8), max_size=3),
)
def test_what_is_written_reads_back(tmp_path_factory, command, seed, names):
    folder = tmp_path_factory.getbasetemp() / "written"
    folder.mkdir(exist_ok=True)
    parser, keys = parser_and_keys()
    args = parser.parse_args([f"--command={command}", f"--seed={seed}", *(f"--from-capture={name}" for name in names)])
    keys.complete(args, {})
    args.protocol, args.plugins = "tiny", [Path("p.py")]
    file = folder / "x.toml"
    file.write_text(written(args, keys, folder), encoding="utf-8", newline="")
    values = read_campaign(file, keys)
    assert values.pop(PROTOCOL) == "tiny"
    assert [path.resolve() for path in values.pop(PLUGIN)] == [Path("p.py").resolve()]
    assert [path.resolve() for path in values.pop("captures", [])] == [Path(name).resolve() for name in names]
    assert values == {"shell_command": command} | ({"seed": seed} if seed else {})


def test_what_a_type_makes_is_written_as_it_was_typed(tmp_path):
    for source in ("typed", "file"):
        parser, keys = parser_and_keys()
        args = parser.parse_args(["--memory", "64"] if source == "typed" else [])
        (tmp_path / "c.toml").write_text("[target]\nmemory = 64\n")
        keys.complete(args, read_campaign(tmp_path / "c.toml", keys) if source == "file" else {})
        assert args.memory == 64 << 20
        args.protocol, args.plugins = "", []
        assert "\nmemory = 64\n" in written(args, keys, tmp_path)


def test_files_among_words_are_found_from_the_files_folder(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    for name in ("deep/a.toml", "deep/m.py"):
        (tmp_path / name).touch()
    parser, keys = parser_and_keys()
    (tmp_path / "deep" / "c.toml").write_text('[target]\nwith = ["a.toml", "reference", "m.py:make", "x:y"]')
    values = read_campaign(tmp_path / "deep" / "c.toml", keys)
    assert values["others"] == [f"{tmp_path}/deep/a.toml", "reference", f"{tmp_path}/deep/m.py:make", "x:y"]
    monkeypatch.chdir(tmp_path)
    args = parser.parse_args(["--with", "deep/a.toml", "reference", "deep/m.py:make"])
    keys.complete(args, {})
    args.protocol, args.plugins = "", []
    assert 'with = ["deep/a.toml", "reference", "deep/m.py:make"]' in written(args, keys, tmp_path)
    assert 'with = ["a.toml", "reference", "m.py:make"]' in written(args, keys, tmp_path / "deep")


def test_a_name_that_is_no_text_cannot_be_written(tmp_path):
    parser, keys = parser_and_keys()
    args = parser.parse_args(["--from-capture", "\udcff.pcap"])
    keys.complete(args, {})
    args.protocol, args.plugins = "tiny", []
    with pytest.raises(UsageError, match="no text"):
        written(args, keys, tmp_path)


def test_every_key_of_the_command_stands_in_its_file_with_its_meaning(tmp_path):
    """What is printed is a campaign file, and stays one when every comment before a key is taken away that needs no value of its own."""
    printed = workbench("fuzz", "tiny", "--print-config").out
    assert 'protocol = "tiny"' in printed
    for key in ("#command =", "#from-capture =", "#seconds =", "#jobs =", "#dictionary ="):
        assert key in printed
    file = tmp_path / "all.toml"
    file.write_text(
        printed.replace("#training = true", "training = true").replace('#keylog = "FILE"', 'keylog = "k"'), encoding="utf-8"
    )
    done = workbench("fuzz", file, "--print-config")
    assert "\ntraining = true" in done.out
    assert "\nkeylog = " in done.out


def test_every_option_of_the_command_survives_being_written_and_read(tmp_path):
    """Whatever options there are by now; what has rivals is tried alone."""
    parser = argparse.ArgumentParser()
    configure(parser)
    keys = parser.get_default("keys")
    for key in keys.all.values():
        if key.name in TYPED_ONLY:
            continue
        action = key.action
        choices = [choice for choice in action.choices or () if choice != key.default]
        word = choices[0] if choices else "7"
        typed = parser.parse_args([f"--{key.name}"] if action.nargs == 0 else [f"--{key.name}", str(word)])
        keys.complete(typed, {})
        typed.protocol, typed.plugins = "tiny", []
        file = tmp_path / "c.toml"
        file.write_text(written(typed, keys, Path()), encoding="utf-8")
        values = read_campaign(file, keys)
        read = parser.parse_args([])
        keys.complete(read, values)
        expected, found = getattr(typed, action.dest), getattr(read, action.dest)
        assert expected != key.default, key.shown
        if action.type is Path:
            expected, found = str(expected), str(found).replace(f"{tmp_path}/", "")
        assert str(found) == str(expected) or found == [tmp_path / path for path in expected], key.shown
