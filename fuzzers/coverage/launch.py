"""Starts a server written in Python with probes in it: `python launch.py server.py ARGUMENTS…` or `python launch.py -m server ARGUMENTS…`.

It runs in the server's own Python, which need know nothing of us, and the server finds everything as if it had been started without it:
its arguments, its path, its `__main__`. Without a map (`__AFL_SHM_ID`) the server simply runs. Probes go into the program itself, into
what lies in its folder (or its package, with -m), and into packages that WORKBENCH_COVER names, with commas between them.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import runpy
import sys
import sysconfig
from collections.abc import Callable
from types import ModuleType
from typing import Any

__all__ = ["main"]

COVER = "WORKBENCH_COVER"
_FOREIGN = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
"""Folders of what was installed, which is not what is attacked unless it is named."""


def main(words: list[str]) -> None:
    """Run the program that `words` name; returns when it does."""
    module = words[0] == "-m"
    program, arguments = words[1 if module else 0], words[2 if module else 1 :]
    named = [name.strip() for name in os.environ.get(COVER, "").split(",") if name.strip()]
    if module:
        named.append(program.partition(".")[0])
    sys.path[0] = os.getcwd() if module else os.path.dirname(os.path.realpath(program))  # noqa: PTH109, PTH120 - as Python has it
    finder = _finder(named, "" if module else sys.path[0])
    if finder is not None:
        sys.meta_path.insert(0, finder)
    if module:
        sys.argv = ["-m", *arguments]
        known = (
            _probes().names(finder.counters) if finder is not None else None
        )  # runpy runs the code that our loader makes itself
        runpy.run_module(program, known, "__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        _run_file(program, finder)


def _finder(named: list[str], folder: str) -> Any:
    """Puts probes in; None without a map to count in."""
    counters = _attached()
    if counters is None:
        return None
    return _probes().Finder(_chosen(named, folder), counters)


def _chosen(named: list[str], folder: str) -> Callable[[str, str], bool]:
    """Which modules get probes."""
    standard = sysconfig.get_paths()["stdlib"]

    def chosen(name: str, file: str) -> bool:
        if any(name == each or name.startswith(each + ".") for each in named):
            return True
        path = os.path.realpath(file)
        inside = bool(folder) and path.startswith(folder.rstrip(os.sep) + os.sep)
        return inside and not path.startswith(standard + os.sep) and not any(part in path for part in _FOREIGN)

    return chosen


def _attached() -> Any:
    """The map, as a buffer of bytes; None where there is none."""
    number, size = os.environ.get("__AFL_SHM_ID", ""), os.environ.get("AFL_MAP_SIZE", "65536")
    if not number.isdigit() or not size.isdigit():
        return None
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
    address = libc.shmat(int(number), None, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        return None
    return memoryview((ctypes.c_uint8 * int(size)).from_address(address)).cast("B")


def _probes() -> Any:
    """`probes.py`, which lies beside this file; not by name, for the server may have a module of that name."""
    spec = importlib.util.spec_from_file_location("_workbench_probes", os.path.join(os.path.dirname(__file__), "probes.py"))  # noqa: PTH118, PTH120
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run_file(program: str, finder: Any) -> None:
    """What Python does with a script, but with probes."""
    with open(program, "rb") as file:  # noqa: PTH123 - as Python has it
        source = file.read()
    main_module = ModuleType("__main__")
    vars(main_module).update(__file__=program, __builtins__=__builtins__, __cached__=None)
    if finder is None:
        code = compile(source, program, "exec", dont_inherit=True)
    else:
        probes = _probes()
        vars(main_module).update(probes.names(finder.counters))
        code = probes.instrumented(source, program, "__main__", len(finder.counters))
    sys.modules["__main__"] = main_module
    exec(code, vars(main_module))  # noqa: S102 - running the server is what this is for


if __name__ == "__main__":
    main(sys.argv[1:])
