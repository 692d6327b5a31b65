"""A set whose shards lie at nodes answers as one whose shards lie here; real server processes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap import Query, SearchOptions
from sqlclap.errors import (
    PartialAnswerError,
    QueryError,
    SetError,
    SqlclapError,
    UnknownFolderError,
)
from sqlclap.search.neighbors import BATCH
from sqlclap.shards import ShardSet, neighbors
from sqlclap.shards.ids import SetId
from sqlclap.shards.protocol import ASK, KIND, MOST_QUESTION, TOKEN_VARIABLE, entry_of, find_token
from sqlclap.shards.set_file import read_set, write_set
from sqlclap.shards.wire import KINDS, READERS, WireError, pack, unpack
from tests.shards.test_searching import OPTIONS, told
from tests.support.held_processes import hold
from tests.support.served_nodes import TOKEN, Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins
from tests.support.vector_library import unit_vectors


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("nodes")
    with served_twins(folder, fake_bundle, 160) as made:
        yield made


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    with opened_afar(nodes) as there:
        yield there


def assert_same(found: Any, wanted: Any) -> None:
    assert told(found) == told(wanted)
    assert [one.score for one in found] == [one.score for one in wanted]
    assert [one.weak for one in found] == [one.weak for one in wanted]
    assert [one.sample_id for one in found] == [one.sample_id for one in wanted]
    assert [one.heard_share for one in found] == [one.heard_share for one in wanted]
    assert found.reach == wanted.reach
    assert found.reach.is_whole
    assert found.kind is wanted.kind
    assert found.doubts == wanted.doubts
    assert all(str(one.file) == one.path for one in found)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nodes_answer_as_the_set_does_in_process(
    nodes: Nodes, opened: ShardSet, options: SearchOptions
) -> None:
    here = nodes.twins.set
    assert_same(opened.search("rain", 12, options), here.search("rain", 12, options))
    vector = unit_vectors(1, nodes.twins.model.dim, 99)[0]
    assert_same(opened.similar(vector, 9, options), here.similar(vector, 9, options))
    query = Query().more("rain").less("wind", 0.5)
    assert_same(opened.find(query, 9, options), here.find(query, 9, options))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 30),
    offset=st.integers(0, 20),
    moments=st.booleans(),
    format=st.sampled_from([None, "wav", "flac"]),
    folder=st.sampled_from([None, "site-0", "site-2"]),
)
def test_any_question_is_answered_alike(
    nodes: Nodes, opened: ShardSet, seed: int, n: int, **options: Any
) -> None:
    vector = unit_vectors(1, nodes.twins.model.dim, seed)[0]
    asked = SearchOptions(**options)
    assert_same(opened.similar(vector, n, asked), nodes.twins.set.similar(vector, n, asked))


@pytest.mark.parametrize("exact", [False, True])
def test_neighbours_are_those_of_the_set_in_process(
    nodes: Nodes, opened: ShardSet, monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    here = nodes.twins.set
    asked = [one.sample_id for one in here.search("x", 40)]
    found, wanted = opened.similar_many(asked, 6, exact), here.similar_many(asked, 6, exact)
    monkeypatch.setattr(neighbors, "PAGE", 7)  # the node's pages stay long
    (all_found,), (all_wanted,) = opened.neighbors_of(None, 3), here.neighbors_of(None, 3)
    assert len(all_found.sample_ids) == len(nodes.twins.sounds)
    for one, other in ((found, wanted), (all_found, all_wanted)):
        assert one.sample_ids.tolist() == other.sample_ids.tolist()
        assert one.neighbor_ids.tolist() == other.neighbor_ids.tolist()
        assert one.scores.tolist() == other.scores.tolist()


def test_neighbours_of_too_many_sounds_at_once_are_no_question() -> None:
    many = BATCH + 1
    with pytest.raises(ValueError, match="at most 2,048"):
        neighbors.OwnVectorsOf(tuple(range(many)))
    with pytest.raises(ValueError, match="a vector of each"):
        neighbors.NearestTo(np.arange(2), np.zeros((1, 4), np.float32), 3, exact=False)


def test_sounds_are_named_by_ids_and_paths(nodes: Nodes, opened: ShardSet) -> None:
    here = nodes.twins.set
    for sound in (str(SetId(2, 3)), SetId(3, 1).whole, nodes.twins.sounds[0].path):
        assert_same(opened.similar(sound, 7), here.similar(sound, 7))
    assert opened.backlog() == here.backlog() == 0


def test_errors_of_questions_are_theirs(opened: ShardSet) -> None:
    with pytest.raises(UnknownFolderError, match="nowhere"):
        opened.search("rain", 3, SearchOptions(folder="nowhere"))
    with pytest.raises(QueryError, match="no such column"):
        opened.search("rain", 3, SearchOptions(where="nothing_such = 1"))


def test_a_node_of_another_version_is_named_so(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.search.request import Request
    from sqlclap.shards.wire import TAGS

    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    monkeypatch.setitem(TAGS, Request, "Request.000000")
    with nodes.open() as there, pytest.raises(PartialAnswerError, match="another version"):
        there.search("rain")


def test_shards_that_lie_elsewhere_are_named_so(opened: ShardSet) -> None:
    for one in opened.info().shards:
        assert one.problem is not None
        assert f"lies at node {one.node!r}" in one.problem
    with pytest.raises(SetError, match="lies at node 'left'"):
        opened.shard(1).open()


def post(nodes: Nodes, body: bytes, path: str = ASK, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(nodes.urls["left"].removeprefix("http://"), timeout=30)
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": KIND} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.request("POST", path, body, sent)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def test_a_wrong_token_is_refused(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ("Bearer wrong", "", f"Bearer {TOKEN}x", "Bearer \xff", TOKEN):
        assert post(nodes, b"{}", Authorization=token)[0] == 401
    monkeypatch.setenv(TOKEN_VARIABLE, "another-token-0123456789")
    with nodes.open() as there, pytest.raises(PartialAnswerError, match="refuses the token"):
        there.search("rain")
    monkeypatch.delenv(TOKEN_VARIABLE)
    with nodes.open() as there, pytest.raises(PartialAnswerError, match=f"set {TOKEN_VARIABLE}"):
        there.search("rain")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content_Type": "text/plain"}, 415),
        (b"", {"Content_Length": str(MOST_QUESTION + 1)}, 413),
        (b"", {"Content_Length": "9" * 30}, 413),
        (b"", {"Content_Length": "-1"}, 411),
        (b"not JSON", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"~": "map", "of": []}', {}, 400),
        (b'{"~": "Popen", "args": "ls"}', {}, 400),
        (pack({"shards": [], "job": "anything", "known": {}}), {}, 400),
        (pack({"shards": 1, "job": None, "known": 2}), {}, 400),
    ],
)
def test_other_questions_are_refused(
    nodes: Nodes, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert post(nodes, body, **headers)[0] == status
    assert post(nodes, b"{}", "/etc/passwd")[0] == 404


def test_nothing_of_a_nodes_folders_is_told(nodes: Nodes, opened: ShardSet) -> None:
    from sqlclap.search.request import Request
    from sqlclap.shards.jobs import JOBS, Answer, ByIds, ByPath
    from sqlclap.shards.questions import Question

    vector = unit_vectors(1, nodes.twins.model.dim, 1)[0]
    jobs: list[Any] = [Answer(Question(one.request(5), vector), True) for one in OPTIONS]
    jobs += [ByIds((SetId(1, 1).whole,)), ByPath(nodes.twins.sounds[0].path)]
    jobs += [
        Answer(Question(Request(only=SearchOptions(folder="x").request(1).only), vector), True)
    ]
    entries = [entry_of(one) for one in opened.shards]
    for job in jobs:
        assert isinstance(job, JOBS)
        _, answer = post(nodes, pack({"shards": entries, "job": job, "known": {}}))
        assert str(nodes.twins.folder).encode() not in answer
        assert b"/archive" not in answer


def test_a_shard_of_another_set_file_is_missing(nodes: Nodes, opened: ShardSet) -> None:
    from sqlclap.shards.jobs import Knock

    entry = entry_of(opened.shards[0])
    entry[1] = "0" * 32
    _, answer = post(nodes, pack({"shards": [entry], "job": Knock(), "known": {}}))
    assert "copy the set's file" in unpack(answer)["missing"][1]


def test_what_is_of_no_kind_does_not_travel() -> None:
    for value in (object(), Path("/etc"), {1, 2}, ValueError("x"), open):
        with pytest.raises(WireError):
            pack(value)


def test_a_late_or_dead_node_is_a_named_missing_part(
    tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    twins = Twins(tmp_path, fake_bundle)
    twins.add(40)
    nodes = Nodes(twins, tmp_path / "elsewhere")
    right = nodes.processes["right"]
    with nodes.open(deadline_s=2.0) as there, nodes.open(2.0, require_all=True) as strict:
        assert there.search("rain", 40).reach.is_whole
        hold(right)
        late = there.search("rain", 40)
        assert (late.answered, [one.shard for one in late.missing]) == (2, [3])
        assert "node 'right'" in late.missing[0].reason
        right.send_signal(signal.SIGCONT)
        right.kill()
        right.wait(30)
        found = there.search("rain", 40)
        wanted = [one for one in twins.set.search("rain", 160) if one.sample_id >> 40 != 3]
        assert [one.sample_id for one in found] == [one.sample_id for one in wanted]
        assert [one.score for one in found] == [one.score for one in wanted]
        assert "node 'right'" in found.remarks()[0]
        with pytest.raises(PartialAnswerError, match="node 'right'"):
            strict.search("rain")
    nodes.processes.pop("right").stdout.close()  # type: ignore[union-attr]
    nodes.close()
    twins.close()


def test_a_node_needs_a_token_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    with pytest.raises(SetError, match="a node needs a token"):
        find_token(None)
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    with pytest.raises(SetError, match="chmod 600"):
        find_token(str(file))
    file.chmod(0o600)
    assert find_token(str(file)) == TOKEN
    for short in ("short", "with spaces in between", "ümlaut-ümlaut-ümlaut"):
        monkeypatch.setenv(TOKEN_VARIABLE, short)
        with pytest.raises(SetError, match="16 to 512 ASCII"):
            find_token(None)


@pytest.mark.parametrize(
    "url", ["10.0.0.5:8451", "ftp://there", "http://", "http://me:secret@there", "http://x:99999"]
)
def test_addresses_of_nodes_are_checked(nodes: Nodes, tmp_path: Path, url: str) -> None:
    content = read_set(nodes.opener / "set.toml")
    file = tmp_path / "set.toml"
    write_set(file, content)
    assert read_set(file) == content
    write_set(file, replace(content, nodes=(("left", url),)))
    with pytest.raises(SetError, match=r"address|[Pp]ort"):
        read_set(file)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.sampled_from(["~", "of", "dtype"]), some),
    max_leaves=12,
)


@given(value=JSON_VALUES, kind=st.sampled_from([*KINDS, *READERS]))
def test_whatever_comes_is_read_or_refused(value: Any, kind: str) -> None:
    for sent in (value, {"~": kind, "of": value}, {"~": kind, "of": [value]}):
        with suppress(WireError, SqlclapError):
            unpack(json.dumps(sent).encode())
