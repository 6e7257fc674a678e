import re
import subprocess
import sys

import pytest

from workbench.analysis import catalog
from workbench.api import UsageError


def test_every_section_is_where_the_catalog_says_and_explains_itself():
    found = catalog.sections()
    assert [section.name for section in found] == [name for name, _ in catalog.PLACES]
    assert len({section.name for section in found}) == len(found)
    for section in found:
        assert section.about.endswith(".")
        assert re.fullmatch(r"[a-z][a-z0-9_.-]*", section.name)


def test_the_usual_ones_exist():
    assert [catalog.find(name).name for name in catalog.DEFAULT] == list(catalog.DEFAULT)


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean latency"):
        catalog.find("latncy")


def test_naming_sections_costs_no_numpy():
    probe = "import sys, workbench.analysis.catalog; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "False\n"
