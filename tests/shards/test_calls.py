"""A question to a node that is given up while its machine is still looked for."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from sqlclap.shards.calls import Call
from sqlclap.shards.jobs import Knock
from sqlclap.shards.nodes import NoAnswerError, Node
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.support.patience import PATIENCE_S
from tests.support.served_nodes import TOKEN

SWITCHED_OFF_S = 20.0
"""How long a machine is looked for that says nothing, where nobody gives up."""


def test_nobody_waits_for_a_machine_that_is_switched_off_after_giving_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_for, ended = Event(), Event()

    def look_for(*_: object, **__: object) -> socket.socket:
        looked_for.set()
        ended.wait(SWITCHED_OFF_S)
        raise TimeoutError("timed out")

    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    monkeypatch.setattr(socket, "create_connection", look_for)
    node, call = Node("http://127.0.0.1:9", PATIENCE_S), Call()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(node.ask, [], Knock(), call)
        assert looked_for.wait(PATIENCE_S)
        call.give_up()
        with pytest.raises(NoAnswerError, match="given up"):
            asked.result(PATIENCE_S)
    ended.set()
    node.close()


def test_a_question_that_was_given_up_before_looks_for_no_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    node, call = Node("http://127.0.0.1:9", PATIENCE_S), Call()
    call.give_up()
    with pytest.raises(NoAnswerError, match="given up"):
        node.ask([], Knock(), call)
