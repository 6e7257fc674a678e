"""The two plain applications as plugins."""

import pytest

from workbench.laws import check
from workbench_quic.hq import PROTOCOL_ECHO, PROTOCOL_HQ


@pytest.mark.parametrize("spec", [PROTOCOL_HQ, PROTOCOL_ECHO], ids=lambda spec: spec.name)
def test_laws(spec):
    assert [f"{law.name}: {law.detail}" for law in check(spec) if not law.kept] == []
