import pytest

from support.certificates import pair_of
from support.quic_world import credentials_of
from workbench.api import Credentials, UsageError
from workbench_quic.carrier.identity import KeyLog, identity_of


def test_certificate_and_key():
    identity = identity_of(credentials_of())
    assert identity.certificate.public_key() == identity.key.public_key()
    assert identity.chain == []


def test_a_chain():
    one = credentials_of()
    identity = identity_of(Credentials(one.chain + pair_of("ca").certificate, one.key))
    assert len(identity.chain) == 1


@pytest.mark.parametrize(
    ("credentials", "why"),
    [
        (Credentials(b"", b""), "no certificate"),
        (Credentials(pair_of("localhost").certificate, b"rubbish"), "no certificate with its key"),
        (Credentials(pair_of("localhost").certificate, pair_of("client-alice").key), "not the certificate's"),
    ],
)
def test_what_cannot_be_used(credentials, why):
    with pytest.raises(UsageError, match=why):
        identity_of(credentials)


def test_lines_of_a_key_log_lose_their_ends():
    lines = []
    log = KeyLog(lines.append)
    assert log.write("CLIENT_TRAFFIC_SECRET_0 aa bb\n") == 30
    log.flush()
    assert lines == ["CLIENT_TRAFFIC_SECRET_0 aa bb"]
