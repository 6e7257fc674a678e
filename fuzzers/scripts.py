"""The two programs of a finding folder: templates (real modules, so that they are linted and tested), filled with the facts of a case."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fuzzers import repro_script
from fuzzers.case_file import CaseFile
from fuzzers.escape import printable
from fuzzers.model import USUAL, Conduct
from fuzzers.report_page import plugin_words
from fuzzers.targets.config import TargetConfig
from workbench.api import ProtocolSpec

__all__ = ["acts_of", "regression_test", "reproducer"]

_REGRESSION = Path(__file__).with_name("regression_script.py")
"""Read, and never imported: it needs pytest, which a user of the workbench need not have."""


def reproducer(spec: ProtocolSpec, case: CaseFile, evidence: str, probe: Sequence[bytes], *, secret: bool) -> str:
    """`repro.py`. `evidence` is a pattern of `fuzzers.evidence`; `secret` says that somebody else's session was played before."""
    other = spec.hints.secret if secret and case.oracle == "leak" else None
    target = case.target
    facts = {
        "summary": printable(case.summary),
        "oracle": case.oracle,
        "acts": acts_of(case.messages, case.conduct),
        "secret": acts_of(other.session.messages) if other is not None else [],
        "evidence": re.escape(other.token.decode("latin-1")) if other is not None else evidence,
        "probe": acts_of(probe),
        "link": _link(spec, target),
        "command": _command(case),
        "environment": dict(target.environment),
        "files": dict(target.files),
        "port": target.port if target.kind == "command" else 0,
        "address": [target.host, target.port] if target.kind == "address" else [],
        "plugins": plugin_words(case.plugins),
    }
    return _filled(Path(repro_script.__file__), {"CASE": f'json.loads(r"""{json.dumps(facts, indent=1)}""")'})


def regression_test(slug: str, case: CaseFile) -> str:
    """`test_repro.py`."""
    source = _filled(_REGRESSION, {"SUMMARY": repr(printable(case.summary))})
    return source.replace("check_finding", f"test_{slug}", 1)


def acts_of(messages: Sequence[bytes], conduct: Conduct = USUAL) -> list[tuple[str, int, str | None]]:
    """What `repro.py` does: each message in hex, the connection that it goes over, and how that is left behind it."""
    acts = conduct.acts(len(messages))
    return [(messages[act.message].hex(), act.lane, act.parting.value if act.parting is not None else None) for act in acts]


def _link(spec: ProtocolSpec, target: TargetConfig) -> dict[str, Any]:
    """What the bytes travel in: "tcp", "tls" or "udp", or what the standard library does not speak."""
    inside_tls = target.tls and spec.transport == "tcp"
    return {"kind": "tls" if inside_tls else spec.transport, "alpn": list(target.alpn or spec.alpn), "name": target.sni}


def _command(case: CaseFile) -> list[str]:
    """The words that start the server; one that lives in this program is served by it, over sockets."""
    if not case.target.in_process:
        return list(case.target.command)
    training = ["--training"] if case.target.kind == "training" else []
    words = ["workbench", "serve", case.protocol, *training, "--abort-on-crash", "--port", "{port}"]
    return [*words, *plugin_words(case.plugins)]


def _filled(template: Path, values: dict[str, Any]) -> str:
    """A script's source with other values for some of its constants, each assigned on one line."""
    source = template.read_text(encoding="utf-8")
    for name, value in values.items():
        found = re.search(rf"^{name} = .*$", source, re.MULTILINE)
        assert found, "the template has no such constant"
        source = source[: found.start()] + f"{name} = {value}" + source[found.end() :]
    return source
