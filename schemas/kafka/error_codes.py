"""Codes of the Kafka protocol that aiokafka 0.14 has no class for: it calls all of them `[Error -1]
UnknownError`, which tells nobody what to do.

Names and meanings: https://kafka.apache.org/protocol#protocol_error_codes
"""

from typing import Any, Final

from aiokafka.errors import BrokerResponseError

NAMES: Final = {
    73: ("TOPIC_DELETION_DISABLED", "the broker does not allow topics to be deleted"),
    74: ("FENCED_LEADER_EPOCH", "the partition has a newer leader; the client asks again"),
    75: ("UNKNOWN_LEADER_EPOCH", "the broker has not heard of the newest leader yet"),
    76: ("UNSUPPORTED_COMPRESSION_TYPE", "the broker cannot read it: change kafka.compression"),
    77: ("STALE_BROKER_EPOCH", "the broker has been started anew meanwhile"),
    78: ("OFFSET_NOT_AVAILABLE", "the new leader does not know the end of the log yet"),
    80: ("PREFERRED_LEADER_NOT_AVAILABLE", "the preferred leader is away"),
    81: ("GROUP_MAX_SIZE_REACHED", "the group has as many members as the broker allows"),
    82: ("FENCED_INSTANCE_ID", "another worker has the same instance id (worker.instance_id)"),
    83: ("ELIGIBLE_LEADERS_NOT_AVAILABLE", "no replica can lead the partition"),
    87: ("INVALID_RECORD", "the broker refuses what the record holds"),
    88: ("UNSTABLE_OFFSET_COMMIT", "a transaction is open on the offsets; it is asked again"),
    89: ("THROTTLING_QUOTA_EXCEEDED", "the quota of this user is used up: raise it, or wait"),
    90: ("PRODUCER_FENCED", "a newer producer has taken over"),
    97: ("PRINCIPAL_DESERIALIZATION_FAILURE", "the broker cannot tell who asks"),
    100: ("UNKNOWN_TOPIC_ID", "the topic was deleted and made anew"),
    103: ("INCONSISTENT_TOPIC_ID", "the topic was deleted and made anew"),
    106: ("FETCH_SESSION_TOPIC_ID_ERROR", "the topic was deleted and made anew"),
    108: ("NEW_LEADER_ELECTED", "the partition has a new leader"),
    109: ("OFFSET_MOVED_TO_TIERED_STORAGE", "the records lie in tiered storage"),
    110: ("FENCED_MEMBER_EPOCH", "the broker has given the member up; it joins again"),
    111: ("UNRELEASED_INSTANCE_ID", "another worker still has the same instance id"),
    113: ("STALE_MEMBER_EPOCH", "the member knows an older assignment; it asks again"),
}
"""Name, and what it means to those who run it."""


class CodedError(BrokerResponseError):  # type: ignore[misc]  # the library ships no types
    """An answer of the broker with a code that the client has no class for."""

    def __str__(self) -> str:
        """Return code, name and meaning."""
        return f"{self.message} (code {self.errno}): {self.description}"


class CodeBook(dict[int, type[BrokerResponseError]]):
    """The client's classes by code, and one for any other code."""

    def get(self, code: int, default: Any = None) -> Any:
        """Return the class of a code; never `default`."""
        if code not in self:
            name, words = NAMES.get(
                code, ("unknown error", "neither the client nor wallwatch knows this code")
            )
            self[code] = type(name, (CodedError,), _facts(code, name, words))
        return self[code]


def _facts(code: int, name: str, words: str) -> dict[str, Any]:
    return {"errno": code, "message": name, "description": words}
