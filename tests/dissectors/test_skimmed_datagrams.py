"""The fast lane for datagrams. Invariant: whatever is in the capture, its lines are those of the decoders."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissectors.skimmed_datagrams
from captures import open_capture
from captures.synthesis import udp_frame
from dissectors import dissect
from dissectors.bulk import bulk_lines
from dissectors.decode_as import parse_decode_as
from dissectors.paths import message_line
from dissectors.skimmed_datagrams import skimmed_rows
from support.pcap import tcp_frames, write_pcap
from workbench import registry
from workbench.api import NO_SECRETS, Direction, Endpoint, ServerOptions
from workbench_dns.queries import opt_record, query
from workbench_dns.server import responder_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SPECS = registry.load().specs
SERVERS = Endpoint("10.0.0.53", 53), Endpoint("10.0.1.53", 53)
RESPONDER = responder_of(ServerOptions())
HTTP = [(UP, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (DOWN, b"HTTP/1.1 204 No Content\r\n\r\n")]


def client(number: int) -> Endpoint:
    return Endpoint("10.0.0.1", 40_000 + number)


def to_server(who: int, raw: bytes, server: Endpoint = SERVERS[0]) -> bytes:
    return udp_frame(client(who), server, raw)


def to_client(who: int, raw: bytes, server: Endpoint = SERVERS[0]) -> bytes:
    return udp_frame(client(who), server, raw, to_server=False)


def talk(who: int, raw: bytes, server: Endpoint = SERVERS[0]) -> list[bytes]:
    """A query and its answer."""
    return [to_server(who, raw, server), *(to_client(who, answer, server) for answer in RESPONDER.respond(raw, stream=False))]


def both_lanes(path, decode_as=()) -> tuple[list[str] | None, list[str]]:
    rules = [parse_decode_as(rule, SPECS) for rule in decode_as]
    with open_capture(path) as capture:
        capture.grow(1 << 20)
        found = bulk_lines(capture, SPECS, decode_as=rules, secrets=NO_SECRETS, progress=lambda _: None)
        fast = None if found is None else "\n".join(found).split("\n")
    with open_capture(path) as capture:
        slow = [message_line(message) for message in dissect(capture, SPECS, decode_as=rules)]
    return fast, slow


def taken(path, specs=SPECS) -> list[int]:
    """Packets that go through the fast lane."""
    with open_capture(path) as capture:
        capture.grow(1 << 20)
        return (skimmed_rows(capture, specs)[0] + 1).tolist()


def test_queries_and_answers_take_it(tmp_path):
    frames = [frame for number in range(5) for frame in talk(number, query("www.workbench.test.", number=number))]
    path = write_pcap(tmp_path / "x.pcap", frames)
    assert taken(path) == list(range(1, 11))
    fast, slow = both_lanes(path)
    assert fast == slow
    assert len(slow) == 10


def test_between_streams_of_other_protocols(tmp_path):
    frames = [*talk(1, query("ns1.workbench.test.")), *tcp_frames(HTTP), *talk(1, query("ns2.workbench.test.", number=2))]
    path = write_pcap(tmp_path / "x.pcap", frames)
    fast, slow = both_lanes(path)
    assert fast is not None
    assert sorted(fast) == sorted(slow)
    assert {"dns", "http1"} <= {line.split('"protocol":"')[1].split('"')[0] for line in fast}


def test_a_port_with_a_stranger_is_left_alone(tmp_path):
    """Nobody knows the stranger, so it is taken for what its server speaks elsewhere; who spoke first decides."""
    path = write_pcap(tmp_path / "x.pcap", [*talk(1, query("www.workbench.test.")), to_server(2, b"hello?")])
    assert taken(path) == []
    fast, slow = both_lanes(path)
    assert fast == slow
    assert len(slow) == 3


def test_a_flow_that_only_its_port_gives_away_is_decoded(tmp_path):
    spoilt = query("www.workbench.test.")[:-1]
    path = write_pcap(tmp_path / "x.pcap", [to_server(1, spoilt), *talk(2, query("www.workbench.test."))])
    assert taken(path) == [2, 3]
    fast, slow = both_lanes(path)
    assert fast == slow


def test_a_flow_on_another_port_is_decoded(tmp_path):
    frames = talk(1, query("www.workbench.test."), Endpoint("10.0.0.9", 5300)) + talk(2, query("www.workbench.test."))
    path = write_pcap(tmp_path / "x.pcap", frames)
    assert taken(path) == [3, 4]
    fast, slow = both_lanes(path)
    assert fast == slow


def test_decode_as_rules_close_it(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", talk(1, query("www.workbench.test.")))
    fast, slow = both_lanes(path, ["udp.port==53,mdns"])
    assert fast == slow
    assert all('"protocol":"mdns"' in line for line in slow)


def test_who_is_surer_keeps_it(tmp_path):
    """A protocol that is certain of everything, and one that always wants more."""
    from workbench.api import Confidence

    path = write_pcap(tmp_path / "x.pcap", talk(1, query("www.workbench.test.")))
    for answer in (Confidence.CERTAIN, Confidence.NEED_DATA):
        greedy = replace(SPECS[0], name="greedy", transport="udp", probe=lambda *_, answer=answer: answer)
        assert taken(path, (*SPECS, greedy)) == []


def test_cut_datagrams_are_decoded(tmp_path):
    frames = talk(1, query("www.workbench.test."))
    path = write_pcap(tmp_path / "x.pcap", [frames[0], frames[1][:-9], *talk(2, query("ns1.workbench.test."))])
    assert taken(path) == [3, 4] or taken(path) == [1, 2, 3, 4]
    fast, slow = both_lanes(path)
    assert fast == slow


def test_one_that_raises_costs_a_remark(tmp_path):
    def skim_datagrams():
        def skim(direction, data):
            raise RuntimeError(f"no {len(data)}")

        return skim

    specs = [replace(spec, skim_datagrams=skim_datagrams) if spec.name == "dns" else spec for spec in SPECS]
    raw = query("www.workbench.test.")
    with open_capture(write_pcap(tmp_path / "x.pcap", talk(1, raw))) as capture:
        capture.grow(1 << 20)
        found = bulk_lines(capture, specs, decode_as=[], secrets=NO_SECRETS, progress=lambda _: None)
        lines = [json.loads(line) for line in "\n".join(found or ()).split("\n")]
    assert [line["packet"] for line in lines] == [1, 2]
    assert lines[0]["protocol"] == "data"
    assert lines[0]["fields"] == {"data.data": raw.hex()}
    assert lines[0]["notes"][0]["section"] == "plugin contract"
    assert lines[0]["notes"][0]["text"].startswith(f"the skim_datagrams of the dns plugin raised RuntimeError: no {len(raw)}")


def test_flows_beyond_the_bound_begin_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(dissectors.skimmed_datagrams, "MOST_FLOWS", 2)
    frames = [to_server(number % 5, query("www.workbench.test.", number=number)) for number in range(20)]
    path = write_pcap(tmp_path / "x.pcap", frames)
    fast, slow = both_lanes(path)
    assert fast == slow


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_any_mixture(tmp_path, number):
    random = Random(number)
    names = ("www", "alias", "missing", "big")
    frames: list[bytes] = []
    for _ in range(random.randint(1, 12)):
        records = [opt_record([(10, random.randbytes(8))])] if random.random() < 0.5 else []
        raw = query(f"{random.choice(names)}.workbench.test.", number=random.randrange(4), records=records)
        spoilt = bytearray(raw)
        if random.random() < 0.3:
            spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
        frames += talk(random.randrange(4), bytes(spoilt), random.choice(SERVERS)) if random.random() < 0.8 else []
        frames += [to_client(random.randrange(4), raw)] if random.random() < 0.1 else []
        frames += [to_server(7, random.randbytes(30))] if random.random() < 0.05 else []
    if frames:
        fast, slow = both_lanes(write_pcap(tmp_path / f"{number}.pcap", frames))
        assert fast == slow


@pytest.mark.parametrize("name", ["dns-dig-dnsmasq.pcapng", "mdns-zeroconf.pcapng", "socks5-dante-microsocks.pcapng"])
def test_recorded_traffic(name):
    from support.shared import ROOT

    fast, slow = both_lanes(ROOT / "captures" / "samples" / name)
    assert sorted(fast or ()) == sorted(slow)
