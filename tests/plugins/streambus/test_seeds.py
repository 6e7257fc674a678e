"""The seeds cover the protocol: every type, every status, most errors; and the builder of requests."""

import pytest
from construct import ConstructError

from workbench.api import ServerOptions
from workbench_streambus.grammar import REQUEST, REQUEST_TYPES, RESPONSE, frame
from workbench_streambus.seeds import SECRET, SEEDS, TOKENS, request
from workbench_streambus.server import server


def exchanges():
    """Each seed's requests with the replies of a fresh server."""
    for seed in SEEDS:
        connection = server(ServerOptions())()
        for message in seed.messages:
            asked = REQUEST.parse(message, surplus=0)
            answer = connection.receive(message)
            assert frame(answer) == len(answer)
            yield asked, RESPONSE.parse(answer, surplus=0, request_type=message[12])


def test_every_request_type_and_status_occurs():
    seen = list(exchanges())
    assert {str(asked.type) for asked, _ in seen} == set(REQUEST_TYPES)
    assert {str(answer.status) for _, answer in seen} == {"ok", "error", "partial"}
    assert all(not isinstance(asked.payload, bytes) for asked, _ in seen)


def test_names_are_unique_and_messages_whole():
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert all(frame(message) == len(message) for seed in SEEDS for message in seed.messages)


def test_the_secret_is_in_its_session_and_nowhere_else():
    assert SECRET.token in b"".join(SECRET.session.messages)
    assert all(SECRET.token not in message for seed in SEEDS for message in seed.messages)


def test_tokens_are_distinct():
    assert len(set(TOKENS)) == len(TOKENS)


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(ConstructError):
        request(1, "Fetch", {"partition": -1, "offset": 0, "max_bytes": 0})
