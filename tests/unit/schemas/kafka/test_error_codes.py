"""Answers of a broker whose codes the client does not know."""

from aiokafka.errors import NotLeaderForPartitionError, for_code

from schemas.kafka.client_options import client_options
from schemas.kafka.error_codes import NAMES
from schemas.settings import KafkaSettings

NEWER_THAN_ALL = 9_999


def told(code: int) -> str:
    client_options(KafkaSettings())
    return str(for_code(code)())


def test_a_code_of_the_protocol_is_told_in_words() -> None:
    assert told(82) == (
        "FENCED_INSTANCE_ID (code 82): another worker has the same instance id (worker.instance_id)"
    )


def test_a_code_of_the_future_keeps_its_number() -> None:
    assert told(NEWER_THAN_ALL).startswith(f"unknown error (code {NEWER_THAN_ALL}): ")


def test_what_the_client_knows_stays() -> None:
    assert told(6).startswith("[Error 6]")
    assert for_code(6) is NotLeaderForPartitionError
    assert "UnknownError" in told(-1)


def test_no_code_has_two_names() -> None:
    names = [name for name, _ in NAMES.values()]
    assert len(set(names)) == len(names)
    assert all("CodedError" in str(for_code(code).__mro__) for code in NAMES)
