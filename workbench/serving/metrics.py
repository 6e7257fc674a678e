"""Counters for a monitoring system: the text format of Prometheus, and a small HTTP server that gives it out.

`GET /metrics` has the counters, `GET /health` says that there is somebody to count.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from workbench.api import ServerFactory, delimited, framed
from workbench.serving.counters import Counters

__all__ = ["CONTENT_TYPE", "Totals", "exposition", "metrics_factory", "totals_of"]

Totals = Mapping[str, int]
"""Numbers by name; facts of the protocol are named `fact NAME`."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

METRICS: tuple[tuple[str, str, str, str], ...] = (
    ("accepted", "workbench_connections_total", "counter", "Connections accepted."),
    ("open", "workbench_connections_open", "gauge", "Connections open now."),
    ("refused", "workbench_refused_total", "counter", "Peers turned away."),
    ("crashed", "workbench_crashes_total", "counter", "Exceptions out of the protocol's server code."),
    ("cut", "workbench_cut_total", "counter", "Connections unfinished at the end of a drain."),
    ("received", "workbench_received_bytes_total", "counter", "Bytes from peers, after decryption."),
    ("sent", "workbench_sent_bytes_total", "counter", "Bytes to peers, before encryption."),
    ("handshakes", "workbench_tls_handshakes_total", "counter", "TLS handshakes that succeeded."),
    ("resumed", "workbench_tls_resumed_total", "counter", "TLS handshakes that took up an earlier session."),
    ("insecure", "workbench_tls_failures_total", "counter", "TLS handshakes that failed."),
    ("links", "workbench_links_total", "counter", "Links that proxies opened."),
    ("links_open", "workbench_links_open", "gauge", "Links open now."),
    ("links_refused", "workbench_links_refused_total", "counter", "Links that could not be opened or were not allowed."),
)
"""Name in `Counters`, name for the monitoring system, its kind, and what it says."""

FACTS = ("workbench_facts_total", "counter", 'What the protocol told, by event; event "request" counts requests.')

LONGEST_REQUEST = 8192
"""Bytes of a request's head: what a scraper sends is a tenth of that."""


def totals_of(counters: Counters) -> dict[str, int]:
    """The counters as flat numbers."""
    values = asdict(counters)
    facts = values.pop("facts")
    return values | {f"fact {name}": count for name, count in facts.items()}


def exposition(servers: Iterable[tuple[str, Totals]]) -> str:
    """The counters of several servers in the text format; those of equal names (workers) are added up."""
    sums: dict[str, dict[str, int]] = {}
    for server, totals in servers:
        known = sums.setdefault(server, {})
        for name, value in totals.items():
            known[name] = known.get(name, 0) + value
    lines = []
    for name, metric, kind, text in METRICS:
        lines += [f"# HELP {metric} {text}", f"# TYPE {metric} {kind}"]
        lines += [f'{metric}{{server="{_escaped(server)}"}} {totals.get(name, 0)}' for server, totals in sums.items()]
    metric, kind, text = FACTS
    lines += [f"# HELP {metric} {text}", f"# TYPE {metric} {kind}"]
    for server, totals in sums.items():
        for name in sorted(name for name in totals if name.startswith("fact ")):
            event = _escaped(name.removeprefix("fact "))
            lines.append(f'{metric}{{server="{_escaped(server)}",event="{event}"}} {totals[name]}')
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def metrics_factory(read: Callable[[], Iterable[tuple[str, Totals]]]) -> ServerFactory:
    """A server of HTTP/1.1 that answers each request with what `read` gives at that moment."""

    def answer(head: bytes) -> bytes:
        line = re.match(rb"(GET|HEAD) (/metrics|/health)(?:\?[!-~]*)? HTTP/1\.[01]\r\n", head)
        status, kind, body = "404 Not Found", "text/plain; charset=utf-8", "there are /metrics and /health\n"
        if line is not None:
            status = "200 OK"
            kind, body = (CONTENT_TYPE, exposition(read())) if line[2] == b"/metrics" else (kind, "ok\n")
        content = body.encode()
        fields = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        return fields.encode() + (b"" if head.startswith(b"HEAD ") else content)

    return framed(delimited(b"\r\n\r\n", longest=LONGEST_REQUEST), answer)
