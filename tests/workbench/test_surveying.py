import pytest

from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from workbench.analysis import catalog
from workbench.api import UsageError
from workbench.registry import load
from workbench.session import Session
from workbench.surveying import Setting, choose, parse_setting, survey


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("interval=1s", "SECTION.OPTION=VALUE"),
        ("latency.interval", "SECTION.OPTION=VALUE"),
        ("latency.interval=1s", "no option 'interval'"),
        ("latncy.x=1", "Did you mean latency"),
    ],
)
def test_settings_that_make_no_sense_are_refused(text, remedy):
    with pytest.raises(UsageError, match=remedy):
        parse_setting(text)


def test_without_names_the_usual_sections_are_asked():
    assert tuple(section.name for section in choose(())) == catalog.DEFAULT
    # whatever is usual can be filtered
    assert all(section.filtered for section in choose((), filtered=True))


def test_what_was_named_and_cannot_be_is_refused():
    with pytest.raises(UsageError, match="Leave --fast away"):
        choose(("latency",), fast=True)
    unfiltered = next(section.name for section in catalog.sections() if not section.filtered)
    with pytest.raises(UsageError, match="whole connections"):
        choose((unfiltered,), filtered=True)


def test_a_setting_asks_for_its_section():
    assert [section.name for section in choose(("hosts",), [Setting("latency", "x", "1")])] == ["hosts", "latency"]


def test_one_walk_serves_all_sections(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", tcp_frames([request(), response()]))
    with Session.open(path, load()) as session:
        session.grow()
        walks = []

        def heard(messages):
            walks.append(list(messages))
            return ()

        answers = survey(session, choose(("latency", "hosts", "remarks")), heard=heard)
        assert [answer.section for answer in answers] == ["latency", "hosts", "remarks"]
        assert [len(messages) for messages in walks] == [2]
        survey(session, choose(("hosts",)), heard=heard)
        assert len(walks) == 1
        (hosts, latency) = survey(session, [catalog.find("hosts"), catalog.find("latency")], fast=True, heard=heard)
        assert (hosts.walked, latency.walked, len(walks)) == (True, False, 1)
