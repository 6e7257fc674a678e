from pathlib import Path

from fuzzers.config import CampaignConfig


def test_a_campaign_attacks_the_reference_server_until_it_is_stopped():
    config = CampaignConfig(protocol="tiny", directory=Path("x"))
    assert config.target.kind == "reference"
    assert (config.cases, config.seconds, config.stop_after, config.resume) == (None, None, None, False)
