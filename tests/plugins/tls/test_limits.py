"""Every limit says why; that each is kept is tested where it is used."""

import ast
import itertools
from pathlib import Path

from workbench_tls import limits


def test_each_limit_has_a_reason_beside_it():
    body = ast.parse(Path(limits.__file__).read_text(encoding="utf-8")).body
    named = {}
    for statement, following in itertools.pairwise(body):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            reason = following.value.value if isinstance(following, ast.Expr) else ""
            named[statement.targets[0].id] = len(reason)
    assert {name for name in limits.__all__ if named[name] < 40} == set()
    assert all(isinstance(getattr(limits, name), int) for name in limits.__all__)
