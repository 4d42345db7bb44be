"""The id under which a storage folder is formatted."""

import uuid
from base64 import urlsafe_b64decode

from hypothesis import example, given
from hypothesis import strategies as st

from compose.brokers.apache import cluster_id


@given(st.uuids())
@example(uuid.UUID(bytes=b"\xf8" + bytes(15)))
def test_a_cluster_id_is_sixteen_bytes_and_never_looks_like_an_option(seed: uuid.UUID) -> None:
    found = cluster_id(seed)
    assert not found.startswith("-")
    assert urlsafe_b64decode(found + "==")[1:] == seed.bytes[1:]
