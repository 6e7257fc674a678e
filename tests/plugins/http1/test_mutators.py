import pytest

from support.mutating import outcomes, said
from workbench_http1.mutators import MUTATORS
from workbench_http1.seeds import HINTS, SEEDS

GET = (b"GET /a HTTP/1.1\r\nHost: workbench.test\r\nX-B: c\r\n\r\n",)


def test_the_hints_offer_them():
    assert [mutator.name for mutator in HINTS.mutators] == [mutator.name for mutator in MUTATORS]
    assert all(mutator.rule.startswith("RFC ") for mutator in MUTATORS)


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.name)
def test_every_one_changes_one_message_of_a_session(mutator):
    seed = next(seed for seed in SEEDS if seed.name == "put-get-delete")
    for change in outcomes(MUTATORS, mutator.name, seed.messages, 50):
        assert [raw for at, raw in enumerate(change.messages) if at != change.message] == [
            raw for at, raw in enumerate(seed.messages) if at != change.message
        ]


def test_a_fold_keeps_every_byte_of_the_field():
    for raw in said(MUTATORS, "folded", GET):
        assert raw.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").replace(b"\n ", b"").replace(b"\r\n", b"") == GET[0].replace(
            b"\r\n", b""
        )


def test_line_ends_are_bare_at_one_line_or_at_all():
    raws = said(MUTATORS, "line-ends", GET)
    assert GET[0].replace(b"\r\n", b"\n") in raws
    assert b"GET /a HTTP/1.1\nHost: workbench.test\r\nX-B: c\r\n\r\n" in raws


def test_hosts_are_missing_doubled_or_odd():
    counts = {raw.lower().count(b"\r\nhost:") for raw in said(MUTATORS, "host", GET)}
    assert counts == {0, 1, 2}


def test_targets_take_every_form():
    targets = {raw.split(b" ")[1] for raw in said(MUTATORS, "target", GET, 1000)}
    assert {b"*", b"http://elsewhere.test/a", b"elsewhere.test:80", b""} <= targets


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("ranges", b"Range: bytes=0-,0-,0-"),
        ("connection", b"Upgrade: h2c"),
        ("expect", b"Expect: 100-continue"),
        ("version", b" HTTP/0.9"),
        ("request-line", b"CONNECT"),
        ("condition", b"If-Modified-Since: "),
        ("preference", b"q=-1"),
        ("credentials", b"Authorization: Basic QQ=="),
        ("odd-field", b"Host : elsewhere.test"),
        ("before-request", b"\r\n\r\n\r\nGET"),
        ("pipelined", b"\r\n\r\nGET /a HTTP/1.1"),
    ],
)
def test_what_they_are_for_occurs(name, token):
    assert any(token in raw for raw in said(MUTATORS, name, GET, 1000))


def test_many_fields_are_really_many():
    raws = said(MUTATORS, "many-fields", GET)
    assert max(raw.count(b"\r\n") for raw in raws) > 4_000
    assert max(len(line) for raw in raws for line in raw.split(b"\r\n")) > 65_536


def test_a_request_of_the_first_version_is_one_line():
    assert b"GET /a\r\n" in said(MUTATORS, "version", GET)
