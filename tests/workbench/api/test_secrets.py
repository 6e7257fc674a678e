from workbench.api import NO_SECRETS


def test_without_secrets_nothing_is_found():
    assert NO_SECRETS.find("CLIENT_RANDOM", bytes(32)) is None
