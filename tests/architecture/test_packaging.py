"""What is installed is what the checkout says: every plugin packaged and registered, no top-level name shared with a stranger."""

import importlib
import importlib.metadata
import re
import tomllib

import pytest

from support.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LIBRARIES = {"workbench_http"}
"""What several plugins share lies beside them and is packaged like them, but is no protocol: nothing is registered."""
PLUGINS = sorted({path.parent.name for path in (ROOT / "plugins").glob("workbench_*/__init__.py")} - LIBRARIES)
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_there_are_plugins():
    assert PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS)
def test_plugin_is_packaged_and_registered(plugin: str):
    assert f"plugins/{plugin}" in PACKAGES
    assert f"{plugin}:PROTOCOL" in PROJECT["project"]["entry-points"]["workbench.protocols"].values()


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_library_is_packaged_and_is_no_plugin(library: str):
    assert f"plugins/{library}" in PACKAGES
    assert not hasattr(importlib.import_module(library), "PROTOCOL")
    targets = PROJECT["project"]["entry-points"]["workbench.protocols"].values()
    assert not [target for target in targets if re.split("[.:]", target)[0] == library]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(package: str):
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_top_level_name_is_ours_alone(package: str):
    name = package.rsplit("/", 1)[-1]
    owners = {
        distribution.metadata["Name"]
        for distribution in importlib.metadata.distributions()
        for file in distribution.files or ()
        if file.parts[0] == name
    }
    assert owners <= {PROJECT["project"]["name"]}


def test_plugins_and_tests_are_not_packages():
    assert not (ROOT / "plugins" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_requirement_is_pinned_by_the_constraints():
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()}
    wanted = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]
    names = {requirement.replace("<", ">").split(">")[0].strip().lower() for requirement in wanted}
    assert names <= pinned
