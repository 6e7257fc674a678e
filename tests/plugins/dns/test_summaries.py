import pytest

from support.dns import asked
from workbench_dns.message import read_message
from workbench_dns.queries import opt_record, query
from workbench_dns.seeds import MULTICAST_SEEDS, SEEDS
from workbench_dns.summaries import label_of, summary_of

Z = "workbench.test"


@pytest.mark.parametrize(
    ("question", "said", "answered"),
    [
        ((f"www.{Z}.", "A"), f"A www.{Z}", f"A www.{Z} → 192.0.2.80, 192.0.2.81"),
        ((f"{Z}.", "MX"), f"MX {Z}", f"MX {Z} → 10 mail.{Z}, 20 mail.backup.{Z}"),
        ((f"alias.{Z}.", "AAAA"), f"AAAA alias.{Z}", f"AAAA alias.{Z} → CNAME www.{Z}, 2001:db8::80"),
        ((f"missing.{Z}.", "A"), f"A missing.{Z}", f"A missing.{Z} → nxdomain"),
        ((f"lost.{Z}.", "A"), f"A lost.{Z}", f"A lost.{Z} → nxdomain, CNAME missing.{Z}"),
        ((f"www.{Z}.", "MX"), f"MX www.{Z}", f"MX www.{Z} → no data"),
        ((f"x.sub.{Z}.", "A"), f"A x.sub.{Z}", f"A x.sub.{Z} → referral to ns.sub.{Z}"),
        ((f"big.{Z}.", "TXT"), f"TXT big.{Z}", f"TXT big.{Z} → truncated"),
        (("example.com.", "A"), "A example.com", "A example.com → refused"),
    ],
)
def test_questions_and_answers(question, said, answered):
    raw = query(*question)
    assert summary_of(read_message(raw)) == said
    assert summary_of(asked(raw)) == answered


def test_many_records_are_counted():
    raw = query(f"big.{Z}.", "TXT", records=[opt_record()])
    assert summary_of(asked(raw, stream=True)).endswith(" and 10 more")


def test_other_classes_are_named():
    raw = query("version.bind.", "TXT", klass=3)
    assert summary_of(asked(raw)) == "TXT version.bind CH → workbench"


@pytest.mark.parametrize(
    ("seed", "said", "label"),
    [("notify", f"notify SOA {Z}", "notify"), ("update", f"update {Z}, 2 changes", "update"), ("two questions", None, "query")],
)
def test_other_opcodes(seed, said, label):
    [raw] = next(it.messages for it in SEEDS if it.name == seed)
    parsed = read_message(raw)
    assert said is None or summary_of(parsed) == said
    assert label_of(parsed) == label


def test_announcements_have_no_question():
    [raw] = next(it.messages for it in MULTICAST_SEEDS if it.name == "I am")
    assert summary_of(read_message(raw)).startswith("→ _http._tcp.local PTR Bench._http._tcp.local, ")


def test_labels_of_answers_are_their_codes():
    assert label_of(asked(query("missing.workbench.test."))) == "nxdomain"
    assert label_of(asked(query("a.", records=[opt_record(version=3)]))) == "badvers"
