"""Our reference servers, as processes behind real sockets, pass all checks of level MUST; in memory the laws see to that."""

import pytest

from workbench.conformance import Finished, SocketTarget, Verdict, examine, reference_process
from workbench.registry import load

SPECS = {spec.name: spec for spec in load().specs}
WITH_CHECKS = [spec for spec in SPECS.values() if spec.checks and spec.server is not None]
INSIDE_TLS = [spec for spec in WITH_CHECKS if spec.alpn and spec.transport not in SPECS]


def wrong(spec, *, tls: bool) -> dict[str, str]:
    """What does not conform, with the reason."""
    carrier = SPECS[spec.transport].carrier if spec.transport in SPECS else None
    with reference_process(spec.name, tls=tls) as endpoint:
        target = SocketTarget(
            host=endpoint.host,
            port=endpoint.port,
            transport=spec.wire,
            tls=tls,
            alpn=spec.alpn,
            carry=None if carrier is None else carrier.client,
        )
        *_, last = examine(spec.checks, target, jobs=2)
    assert isinstance(last, Finished)
    assert last.totals.passed > last.totals.total // 3  # SOCKS5 needs options for many
    bad = (Verdict.ERROR, Verdict.NOT_RUN)
    return {result.check.name: result.detail for result in last.results if result.breach or result.verdict in bad}


def keep_certificates(path, monkeypatch) -> None:
    """Servers inside TLS and QUIC make certificates at their first start; let it be here."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(path))


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
def test_over_sockets(spec, tmp_path, monkeypatch):
    keep_certificates(tmp_path, monkeypatch)
    assert wrong(spec, tls=False) == {}


@pytest.mark.parametrize("spec", INSIDE_TLS, ids=lambda spec: spec.name)
def test_inside_tls(spec, tmp_path, monkeypatch):
    keep_certificates(tmp_path, monkeypatch)
    assert wrong(spec, tls=True) == {}
