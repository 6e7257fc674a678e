"""Public names explain themselves, and the project speaks of nothing but itself."""

import argparse
import ast
import re
import shlex
from collections.abc import Iterator

import pytest

import workbench.api
from support.source import ROOT, code_files, tree
from workbench.cli.main import build_parser
from workbench.registry import load

WORKPLACE = re.compile(r"/work/|/root/|/home/\w|\.\./shared/(?!captures)")

PAGES = ("README.md", "plugins/README.md")
AFTERWARDS = re.compile(r"\s{2,}|\s#|\s\||\s2?>|\s…")
"""What ends a command in an example: its explanation in the next column, a comment, a pipe, a redirection."""

ROW = re.compile(r"^\| \[`(\w+)`\].*\| (\d*) ?\|[^|]*\|$", re.MULTILINE)
"""Name and number of checks in the README's table of protocols."""


@pytest.mark.parametrize("path", [str(path) for path in code_files()])
def test_modules_and_public_definitions_have_docstrings(path: str):
    module = tree(path)
    if not module.body:
        return
    assert ast.get_docstring(module), f"{path} does not say what it is for"
    undocumented = [
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert undocumented == []


def test_the_public_door_lists_its_names():
    names = workbench.api.__all__
    assert len(names) == len(set(names))
    for name in names:
        value = getattr(workbench.api, name)
        assert not isinstance(value, type) or value.__doc__, f"{name} has no docstring"


def test_no_path_of_a_particular_machine():
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("workbench", "captures", "dissectors", "fuzzers", "plugins", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".toml", ".tsv", ".svg"} and path.name != "test_documentation.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORKPLACE.search(line)
    ]
    assert found == []


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)


def _examples() -> Iterator[str]:
    """Every `workbench …` that a page or a help text shows."""
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    helps = [parser.epilog or "" for parser in _parsers(build_parser([], everything=True))]
    for line in "\n".join([*pages, *helps]).splitlines():
        command = line.strip()
        if command.startswith("workbench ") and not command.startswith("workbench --help"):  # argparse leaves
            yield AFTERWARDS.split(command)[0]


@pytest.mark.parametrize("example", sorted(set(_examples())))
def test_examples_are_commands_that_exist(example: str):
    words = shlex.split(example)[1:]
    assert build_parser(words).parse_args(words).command is not None


def test_the_readme_counts_checks_right():
    rows = dict(ROW.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    counts = {spec.name: len(spec.checks) for spec in load().specs}
    assert {name: int(said or 0) for name, said in rows.items()} == {name: counts[name] for name in rows}
    # DNS over TCP is DNS's row; the rest, which has none, has no checks either
    assert {name for name, count in counts.items() if count} <= rows.keys() | {"dns-tcp"}
