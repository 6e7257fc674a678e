"""Connection IDs and path challenges."""

from support.quic_packets import CLIENT, SERVER
from workbench_quic.frame_items import NewConnectionId, PathData
from workbench_quic.frame_types import Type
from workbench_quic.id_rules import MOST_CHALLENGES, MOST_ISSUED, IdRules, PathRules


def new_id(sequence: int, cid: bytes, prior_to: int = 0) -> NewConnectionId:
    return NewConnectionId(0x18, 0, 1, sequence, prior_to, cid, bytes(16))


def issues(rules: IdRules, sequence: int, cid: bytes, prior_to: int = 0) -> list[str]:
    return [section for _, section, _ in rules.issue(new_id(sequence, cid, prior_to))]


def retires(rules: IdRules, sequence: int, dcid: bytes = b"") -> list[str]:
    return [section for _, section, _ in rules.retire(sequence, dcid)]


class TestIssuing:
    def test_repeating_one_is_no_breach(self):
        rules = IdRules()
        rules.began(b"zero")
        assert issues(rules, 1, b"one") == []
        assert issues(rules, 1, b"one") == []

    def test_a_number_has_one_id_and_an_id_one_number(self):
        rules = IdRules()
        rules.began(b"zero")
        issues(rules, 1, b"one")
        assert issues(rules, 1, b"two") == ["RFC 9000 19.15"]
        assert issues(rules, 2, b"one") == ["RFC 9000 19.15"]
        assert issues(rules, 3, b"zero") == ["RFC 9000 19.15"]

    def test_a_side_without_ids_gives_none(self):
        rules = IdRules()
        rules.began(b"")
        assert issues(rules, 1, b"one") == ["RFC 9000 19.15"]

    def test_only_so_many_are_active(self):
        rules = IdRules()
        rules.began(b"zero")
        rules.limit = 2
        assert issues(rules, 1, b"one") == []
        assert issues(rules, 2, b"two") == ["RFC 9000 5.1.1"]
        assert issues(rules, 3, b"three", 2) == [], "two that are to be retired do not count"
        assert retires(rules, 2) == []
        assert issues(rules, 4, b"four", 2) == []

    def test_only_so_many_are_remembered(self):
        rules = IdRules()
        for number in range(3 * MOST_ISSUED):
            issues(rules, number, b"%d" % number)
        assert len(rules) == MOST_ISSUED

    def test_a_side_that_changes_its_first_id_all_the_time_fills_nothing(self):
        rules = IdRules()
        for number in range(1000):
            rules.began(b"%d" % number)
        assert len(rules) == len(rules._sequences) == 1


class TestRetiring:
    def test_of_one_that_was_never_given_out(self):
        rules = IdRules()
        rules.began(b"zero")
        issues(rules, 1, b"one")
        assert retires(rules, 1) == []
        assert retires(rules, 2) == ["RFC 9000 19.16"]

    def test_of_the_one_in_use(self):
        rules = IdRules()
        rules.began(b"zero")
        assert retires(rules, 0, b"zero") == ["RFC 9000 19.16"]
        assert retires(rules, 0, b"other") == []


class TestPaths:
    def see(self, paths: PathRules, role: int, kind: int, data: bytes) -> list[str]:
        who = CLIENT if role == CLIENT else SERVER
        return [section for _, section, _ in paths.see(who, PathData(kind, 0, 1, data))]

    def test_an_answer_needs_a_challenge_of_the_other_side(self):
        paths = PathRules()
        assert self.see(paths, CLIENT, Type.PATH_CHALLENGE, b"12345678") == []
        assert self.see(paths, SERVER, Type.PATH_RESPONSE, b"12345678") == []
        assert self.see(paths, SERVER, Type.PATH_RESPONSE, b"87654321") == ["RFC 9000 19.18"]
        assert self.see(paths, CLIENT, Type.PATH_RESPONSE, b"12345678") == ["RFC 9000 19.18"]

    def test_only_so_many_challenges_wait(self):
        paths = PathRules()
        for number in range(10 * MOST_CHALLENGES):
            self.see(paths, CLIENT, Type.PATH_CHALLENGE, number.to_bytes(8, "big"))
        assert paths.waiting == MOST_CHALLENGES
