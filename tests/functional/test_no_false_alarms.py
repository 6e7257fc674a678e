"""Nothing is wrong with the servers that come with the protocols: every oracle must be able to see that."""

import pytest

from fuzzers import Campaign, CampaignConfig, Ended
from fuzzers.targets.inproc import GROWTH_EVERY
from workbench.registry import load

CASES = GROWTH_EVERY + 8
"""All seeds, the beginning of the walk over their values, some hundred random cases, and one that is weighed."""


@pytest.mark.timeout(300)  # HTTP/2 and HTTP/3 in Python, on a busy machine
@pytest.mark.parametrize("spec", [spec for spec in load().specs if spec.server and spec.seeds], ids=lambda spec: spec.name)
def test_the_reference_server_is_found_to_be_fine(spec, tmp_path):
    config = CampaignConfig(protocol=spec.name, directory=tmp_path, seed=5, cases=CASES, jobs=1)
    *_, ended = Campaign(spec, config).run()
    assert isinstance(ended, Ended)
    assert [finding.summary for finding in ended.findings] == []
    assert ended.stats.cases == CASES
