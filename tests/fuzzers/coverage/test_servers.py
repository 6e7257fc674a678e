import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fuzzers.coverage import CoverageMap, ServerProbes
from workbench.api import call_on_demand, framed, length_prefixed

SERVER = """
from functools import lru_cache
from probed_library import helped
import probed_stranger
from workbench.api import Direction

def decorated(function):
    def wrapper(data):
        if data: return function(data)
    return wrapper

class Server:
    @staticmethod
    def still(data):
        return 1 if data else 2

    @property
    def name(self):
        if self.data: return "some"

    @decorated
    def closed(data):
        if data == b"z": return 1

    def __init__(self, data):
        self.data = data
        self.name, self.still(data), Server.closed(data), helped(data), probed_stranger.free(data)
        import probed_server.late
        probed_server.late.later(data)

def serve(data):
    return Server(data)
"""
LIBRARY = """
from workbench.api import Direction
def helped(data):
    if data: pass
"""
STRANGER = """
def free(data):
    if data: pass
"""
LATE = """
def later(data):
    if data: pass
"""


@pytest.fixture
def factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], Any]]:
    """A plugin's server with a library for plugins and one that knows nothing of them."""
    (tmp_path / "probed_server").mkdir()
    for name, text in {"probed_server/__init__": "", "probed_server/server": SERVER, "probed_server/late": LATE}.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "probed_library.py").write_text(LIBRARY)
    (tmp_path / "probed_stranger.py").write_text(STRANGER)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield call_on_demand("probed_server.server:serve")
    for name in [name for name in sys.modules if name.startswith("probed_")]:
        del sys.modules[name]


def in_child(what: Callable[[], Any]) -> Any:
    """The result of a call in a fork, where it may change whatever it likes."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(theirs, json.dumps(what()).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as file:  # noqa: PTH123 - a descriptor
        told = file.read()
    os.waitpid(child, 0)
    return json.loads(told)


def features(coverage: CoverageMap, serve: Callable[[bytes], Any], data: bytes) -> list[int]:
    coverage.clear()
    serve(data)
    return list(coverage.features())


def test_what_belongs_to_the_server_is_found(factory: Callable[[bytes], Any]):
    assert ServerProbes(factory).packages == {"probed_server", "probed_library"}


def test_what_was_wrapped_counts_and_what_wraps_it_for_all_does_not(factory: Callable[[bytes], Any]):
    factory(b"")
    serve = sys.modules["probed_server.server"].serve
    for wrapped in (partial(partial(serve), b""), framed(length_prefixed(2), serve)):
        assert ServerProbes(wrapped).packages == {"probed_server", "probed_library"}


def test_what_is_loaded_already_counts_from_then_on(factory: Callable[[bytes], Any]):
    factory(b"")
    probes = ServerProbes(factory)

    def told() -> list[list[int]]:
        coverage = probes.placed()
        return [features(coverage, factory, data) for data in (b"", b"x", b"z", b"x", b"")]

    empty, other, magic, again, last = in_child(told)
    assert empty == last != other == again != magic
    # both ends of: the property, the static method, the wrapper, the library and what was loaded late; and the wrapped function
    assert len(set(other) - set(empty)) >= 6
    assert len(set(magic) - set(other)) == 1


def test_what_is_loaded_later_counts_too(factory: Callable[[bytes], Any]):
    probes = ServerProbes(factory)
    assert "probed_server.late" not in sys.modules

    def told() -> list[Any]:
        coverage = probes.placed()
        factory(b"")
        late = sys.modules["probed_server.late"]
        coverage.clear()
        late.later(b"x")
        return [
            len(coverage.features()),
            "probed_stranger" in sys.modules and hasattr(sys.modules["probed_stranger"], "__coverage_map__"),
        ]

    assert in_child(told) == [2, False]


def test_this_process_goes_on_without(factory: Callable[[bytes], Any]):
    server = factory(b"x")
    code = type(server).still.__code__
    finders = list(sys.meta_path)
    ServerProbes(factory)
    assert type(server).still.__code__ is code
    assert sys.meta_path == finders


def test_objects_stay_what_they_are(factory: Callable[[bytes], Any]):
    before = factory(b"x")
    probes = ServerProbes(factory)

    def told() -> bool:
        coverage = probes.placed()
        before.still(b"x")
        return isinstance(factory(b"x"), type(before)) and bool(coverage.features())

    assert in_child(told)


def test_each_process_has_a_map_of_its_own(factory: Callable[[bytes], Any]):
    probes = ServerProbes(factory)

    def told() -> str:
        return probes.placed().environment()["__AFL_SHM_ID"]

    assert in_child(told) != in_child(told)


def test_a_file_that_changed_into_nonsense_is_left_alone(factory: Callable[[bytes], Any], tmp_path: Path):
    factory(b"x")
    (tmp_path / "probed_library.py").write_text("def (")
    probes = ServerProbes(factory)
    assert in_child(lambda: bool(features(probes.placed(), factory, b"x")))
