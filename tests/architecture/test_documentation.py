"""Public names explain themselves, and the project speaks of nothing but itself."""

import ast
import re

import pytest

import workbench.api
from support.source import ROOT, code_files, tree

WORKPLACE = re.compile(r"/work/|/root/|/home/\w|\.\./shared/(?!captures)")


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
