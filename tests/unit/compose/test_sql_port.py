"""One stack of a machine has the well-known port for SQL, whenever the others start."""

from __future__ import annotations

import socket

import pytest

from compose.asking.sql_port import LOOPBACK, SqlPort
from compose.brokers.probe import free_port
from compose.errors import UserError
from schemas.settings import Settings


def chosen(stack: SqlPort, **sql: int) -> int:
    return stack.settle(Settings.model_validate({"sql": sql})).sql.port


def test_of_two_stacks_that_start_at_once_the_first_has_it() -> None:
    known = free_port()
    first, second = SqlPort(known), SqlPort(known)
    try:
        assert chosen(first) == known
        assert chosen(second) not in (0, known)
        first.release()
        assert chosen(second) == known
    finally:
        first.release()
        second.release()


def test_a_port_that_somebody_listens_on_is_nobodys() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        taken = int(listener.getsockname()[1])
        port = SqlPort(taken)
        assert chosen(port) not in (0, taken)
        with pytest.raises(UserError, match=rf"sql\.port {taken} cannot be used.*0 for a free one"):
            chosen(port, port=taken)
        port.release()
