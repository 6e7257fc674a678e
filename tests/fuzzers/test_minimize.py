from hypothesis import given
from hypothesis import strategies as st

from fuzzers.minimize import MAX_ATTEMPTS, Minimizer
from fuzzers.model import USUAL, Conduct, Parting
from support.tiny import PACKET, SEEDS, TINY, packet


def kinds(messages: tuple[bytes, ...]) -> list[int]:
    """Kinds of the messages that parse."""
    found = []
    for message in messages:
        try:
            found.append(int(PACKET.parse(message).kind))
        except Exception:
            continue
    return found


def test_keeps_the_one_message_that_matters_and_empties_it():
    messages = (*SEEDS[0].messages, packet(700, 99, (1, 2, 3), b"a long text"), *SEEDS[0].messages)
    minimizer = Minimizer(TINY, lambda tried, _: 99 in kinds(tried))
    assert minimizer.minimize(messages) == (packet(0, 99),)
    assert minimizer.kept == (3,)


def test_keeps_what_two_messages_need_together():
    messages = tuple(packet(number, "sum" if number % 10 else 50, (number,)) for number in range(1, 41))

    def fails(tried: tuple[bytes, ...], _: Conduct) -> bool:
        return kinds(tried).count(50) >= 2

    minimizer = Minimizer(TINY, fails)
    assert minimizer.minimize(messages) == (packet(0, 50), packet(0, 50))
    assert minimizer.attempts < 400


def test_values_go_down_to_the_border_that_fails():
    def fails(tried: tuple[bytes, ...], _: Conduct) -> bool:
        return any(sum(PACKET.parse(each)["items"]) >= 10 for each in tried if kinds((each,)))

    (message,) = Minimizer(TINY, fails).minimize((packet(40_000, "sum", (500, 3, 77), b"text"),))
    parsed = PACKET.parse(message)
    assert (parsed.id, parsed.text, list(parsed["items"])) == (0, b"", [10])


def test_bytes_of_what_is_no_message():
    (message,) = Minimizer(TINY, lambda tried, _: b"!!" in tried[0]).minimize((b"junk before !! and after",))
    assert message == b"!!"


@given(st.lists(st.sampled_from([*SEEDS[0].messages, b"junk", packet(5, 200, (9, 9), b"zzz")]), min_size=1, max_size=8))
def test_the_result_fails_and_is_not_larger(messages: list[bytes]):
    def fails(tried: tuple[bytes, ...], _: Conduct) -> bool:
        return b"zzz" in b"".join(tried)

    given_case = tuple(messages)
    if not fails(given_case, USUAL):
        return
    smallest = Minimizer(TINY, fails).minimize(given_case)
    assert fails(smallest, USUAL)
    assert sum(map(len, smallest)) <= sum(map(len, given_case))
    assert smallest == (b"zzz",)


def test_the_budget_holds():
    minimizer = Minimizer(TINY, lambda tried, _: len(b"".join(tried)) > 100, attempts=25)
    smallest = minimizer.minimize((bytes(3000),))
    assert minimizer.attempts == 25
    assert 100 < len(smallest[0]) < 3000


def test_equal_runs_give_equal_results():
    messages = (*SEEDS[0].messages, packet(700, 99, (1, 2, 3), b"a long text"))
    results = {Minimizer(TINY, lambda tried, _: 99 in kinds(tried)).minimize(messages) for _ in range(3)}
    assert len(results) == 1


def test_candidates_may_count_more():
    hung = 0

    def fails(tried: tuple[bytes, ...], _: Conduct) -> bool:
        nonlocal hung
        found = len(b"".join(tried)) > 100
        hung += found
        return found

    Minimizer(TINY, fails, price=lambda: 40).minimize((bytes(range(256)) * 12,))
    assert hung <= MAX_ATTEMPTS // 40 + 1


def test_the_border_of_a_length_is_found_in_few_steps():
    shown = 0

    def fails(tried: tuple[bytes, ...], _: Conduct) -> bool:
        nonlocal shown
        found = any(len(PACKET.parse(each).text) >= 65 for each in tried if kinds((each,)))
        shown += found
        return found

    (message,) = Minimizer(TINY, fails).minimize((packet(7, "echo", (), b"k" * 200),))
    assert PACKET.parse(message).text == b"a" * 65
    assert shown <= 16


def test_what_was_not_said_any_more_goes_first_then_all_but_the_last_message():
    messages = tuple(packet(number, "sum", (number,)) for number in range(1, 41))
    tried = []

    def fails(candidate: tuple[bytes, ...], _: Conduct) -> bool:
        tried.append(candidate)
        return messages[20] in candidate

    minimizer = Minimizer(TINY, fails, attempts=2)
    assert minimizer.minimize(messages, said=21) == (messages[20],)
    assert tried == [messages[:21], (messages[20],)]
    assert minimizer.kept == (20,)


def test_connections_go_with_their_messages():
    messages = (b"a", b"b", b"c", b"d")
    conduct = Conduct.of([0, 1, 2, 1], [Parting.CLOSE, Parting.RESET, Parting.ABANDON])

    def fails(candidate: tuple[bytes, ...], how: Conduct) -> bool:
        lanes = {how.lane_of(place): raw for place, raw in enumerate(candidate)}
        return b"b" in candidate and any(how.parting_of(lane) is Parting.RESET for lane in lanes)

    minimizer = Minimizer(TINY, fails)
    assert minimizer.minimize(messages, conduct) == (b"b",)
    assert minimizer.conduct == Conduct.of((), [Parting.RESET])
    assert minimizer.kept == (1,)


def test_the_usual_conduct_is_best_where_it_fails_as_well():
    minimizer = Minimizer(TINY, lambda candidate, _: b"b" in candidate)
    conduct = Conduct.of([0, 1], [Parting.HALF_CLOSE, Parting.RESET])
    assert minimizer.minimize((b"a", b"b"), conduct) == (b"b",)
    assert minimizer.conduct == USUAL
