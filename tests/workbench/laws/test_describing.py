import dataclasses

from support.toy import TOY, changed
from workbench.api import Confidence
from workbench.laws import Subject
from workbench.laws.describing import loads, seeds_are_recognised


def _other(**slots):
    return changed(**{"name": "other", "title": "Another", **slots})


def test_a_sound_plugin():
    assert list(loads(Subject(TOY))) == []
    assert list(seeds_are_recognised(Subject(TOY, (_other(probe=None),)))) == []


def test_an_unusable_spec_does_not_load():
    assert any("title is empty" in text for text in loads(Subject(changed(title=""))))


def test_names_and_prefixes_belong_to_one():
    stranger = _other(frame=lambda data: len(data))
    assert any("same name" in text for text in loads(Subject(TOY, (dataclasses.replace(stranger, prefix="toy"),))))
    assert any("same name" in text for text in loads(Subject(changed(prefix="other"), (stranger,))))
    assert any("same name" in text for text in loads(Subject(TOY, (changed(title="Another"),))))


def test_parts_of_one_package_may_share_their_prefix():
    assert list(loads(Subject(TOY, (_other(prefix="toy"),)))) == []


def test_seeds_must_look_like_the_protocol():
    shy = changed(probe=lambda *_: Confidence.WEAK)
    assert any("probes WEAK" in text for text in seeds_are_recognised(Subject(shy)))


def test_nobody_may_claim_the_seeds_more_strongly():
    bold = _other(probe=lambda *_: Confidence.CERTAIN)
    assert any("other claims" in text for text in seeds_are_recognised(Subject(TOY, (bold,))))
    elsewhere = dataclasses.replace(bold, transport="udp")
    assert list(seeds_are_recognised(Subject(TOY, (elsewhere,)))) == []


def test_a_protocol_that_goes_by_ports_must_not_be_likely_somebody_else():
    likely = _other(probe=lambda *_: Confidence.LIKELY)
    assert any("other claims" in text for text in seeds_are_recognised(Subject(changed(probe=None), (likely,))))


def test_a_probe_must_answer_with_a_confidence():
    told = list(seeds_are_recognised(Subject(changed(probe=lambda *_: True))))
    assert any("the probe of the toy plugin gives True, which is no Confidence" in text for text in told)


def test_the_udp_half_of_a_protocol_may_share_its_prefix_but_not_its_name():
    relay = dataclasses.replace(_other(), transport="udp", prefix="toy")
    assert any("same name" in text for text in loads(Subject(TOY, (dataclasses.replace(relay, name="toy"),))))
    tcp = changed(name="toy-tcp", prefix="shared")
    assert list(loads(Subject(tcp, (dataclasses.replace(relay, prefix="shared"),)))) == []
    assert any("same name" in text for text in loads(Subject(tcp, (_other(prefix="shared", frame=lambda data: len(data)),))))
