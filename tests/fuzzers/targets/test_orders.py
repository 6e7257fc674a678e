import pickle

import pytest

from fuzzers.targets.orders import Broken, broken_by
from workbench.api import PluginError, TargetError, UsageError


@pytest.mark.parametrize("kind", [PluginError, TargetError, UsageError])
def test_a_deliberate_error_arrives_as_it_was(kind: type):
    sent = pickle.loads(pickle.dumps(broken_by(kind("it is", place="here", remedy="Do something"))))
    error = sent.error(7)
    assert type(error) is kind
    assert str(error) == "here: it is. Do something"


def test_where_no_place_is_known_the_case_is_one():
    assert str(broken_by(PluginError("it is")).error(7)) == "case 7: it is"


def test_our_own_errors_are_told_whole():
    error = Broken("Traceback: all of it").error(7)
    assert type(error) is RuntimeError
    assert str(error).endswith("case 7:\nTraceback: all of it")
