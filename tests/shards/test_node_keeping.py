"""Favourites, ratings and notes of sounds at nodes: kept in the catalog, as of one library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap import SearchOptions
from sqlclap.errors import PartialAnswerError, SetError, UnknownSoundError
from sqlclap.labels.votes import CastVote
from sqlclap.shards import SetOptions, ShardSet, open_set, selection
from sqlclap.shards.answers import SaidRows
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins


@pytest.fixture
def nodes(tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    twins = Twins(tmp_path, fake_bundle)
    twins.add(60, seed=8)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    made = Nodes(twins, tmp_path / "elsewhere")
    yield made
    made.close()
    twins.close()


@pytest.fixture
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    with nodes.open() as there:
        yield there


def keep(made: Any, path: Any) -> list[int]:
    """Keep something of several sounds; return how many each step changed."""
    kept = made.curation
    return [
        kept.add_favourites([path(at) for at in range(8)]),
        kept.add_favourites([path(at) for at in range(6, 10)]),
        kept.remove_favourites([path(1), path(20)]),
        kept.rate([path(at) for at in (3, 4, 30)], 4),
        kept.rate([path(4)], 5),
        kept.rate([path(3), path(5)], None),
        kept.note([path(7)], " hiss "),
        kept.record_use([path(9)], "play"),
    ]


def told(rows: Any) -> list[tuple[Any, ...]]:
    fields = ("path", "favourite", "rating", "note", "last_action")
    return sorted(tuple(getattr(one, name) for name in fields) for one in rows)


def test_what_is_kept_is_that_of_one_library(nodes: Nodes, opened: ShardSet) -> None:
    library = nodes.twins.library

    def path(at: int) -> str:
        return nodes.twins.sounds[at].path

    assert keep(opened, path) == keep(library, path)
    for name in ("favourites", "rated", "noted", "recent"):
        found, wanted = getattr(opened.curation, name)(), getattr(library.curation, name)()
        assert told(found) == told(wanted)
        assert found.reach.is_whole
    for made in (opened, library):
        made.collections.add("Track 7", [path(at) for at in (4, 7, 9, 40)])
    shown, wanted = (made.collections.sounds("Track 7") for made in (opened, library))
    assert told(shown) == told(wanted)
    assert [one.path for one in opened.curation.rated()] == [path(4), path(30)]
    assert opened.curation.of(path(4)).rating == 5
    for options in (
        SearchOptions(favourite=True),
        SearchOptions(min_rating=5),
        SearchOptions(favourite=True, min_rating=4, where="duration_s > 0"),
    ):
        found, wanted = opened.search("rain", 60, options), library.search("rain", 60, options)
        assert [one.path for one in found] == [one.path for one in wanted]
        assert found
        counts = opened.facets("rating,format", 5, options)
        assert counts == library.facets("rating,format", 5, options)
    assert opened.facets("rating") == library.facets("rating")


def test_what_a_node_keeps_itself_stands_where_nothing_else_is_said(
    nodes: Nodes, opened: ShardSet
) -> None:
    first, second, third = (nodes.twins.sounds[at].path for at in range(3))
    nodes.twins.set.curation.rate([first, second], 2)
    nodes.twins.set.curation.add_favourites([third])
    kept = opened.curation
    assert [(one.path, one.rating) for one in kept.rated()] == [
        *sorted([(first, 2), (second, 2)], key=lambda one: kept.of(one[0]).sample_id)
    ]
    assert kept.rate([first], 1) == 1
    assert [(one.path, one.rating) for one in kept.rated()] == [(second, 2), (first, 1)]
    found = opened.search("rain", 60, SearchOptions(min_rating=2))
    assert [one.path for one in found] == [second]
    assert [one.path for one in opened.search("rain", 60, SearchOptions(favourite=True))] == [third]
    assert kept.add_favourites([third]) == 0
    with pytest.raises(SetError, match="lies at a node, whose own library keeps its favourite"):
        kept.remove_favourites([third])
    with pytest.raises(SetError, match="keeps its rating: take it away there"):
        kept.rate([first, third], None)
    assert kept.of(first).rating == 1


def test_it_is_undone(opened: ShardSet, nodes: Nodes) -> None:
    path, session = nodes.twins.sounds[4].path, opened.session
    database = session.catalog.database
    _, change = session.journal.record(database, lambda: opened.curation.rate([path], 4))
    assert change is not None
    assert opened.curation.of(path).rating == 4
    session.journal.undo(database, change.change_id)
    assert opened.curation.rated() == []


def test_commands_and_who_is_missing(nodes: Nodes) -> None:
    file, sounds = nodes.opener / "set.toml", nodes.twins.sounds
    assert succeed("rate", file, "4", *(one.path for one in sounds[:20])) == "20 sounds rated 4\n"
    assert rows_of("favourite", "list", file) == []
    nodes.processes["left"].terminate()
    nodes.processes["left"].wait(30)
    listed = run("rate", file, "list")
    assert (listed.exit_code, "1 of 3 shards answered" in listed.stderr) == (0, True)
    with (
        nodes.open(require_all=True) as opened,
        pytest.raises(PartialAnswerError, match="shard 1"),
    ):
        opened.curation.rated()
    assert "missing: shard 1" in fail("rate", file, "4", sounds[0].path, "gone.wav")
    with (
        open_set(file, SetOptions(mode="read")) as opened,
        pytest.raises(SetError, match="open for reading only"),
    ):
        opened.curation.rate([sounds[0].path], 4)


def test_nothing_comes_back_with_a_node_that_was_gone(
    nodes: Nodes, opened: ShardSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that goes once its sounds were named: what it keeps of them is not known."""
    nodes.twins.set.curation.add_favourites([nodes.twins.sounds[0].path])
    paths = [one.path for one in nodes.twins.sounds[:12]]
    asked = selection.select_whole

    def gone(*named: Any) -> Any:
        found = asked(*named)
        for one in nodes.processes.values():
            one.terminate()
            one.wait(30)
        return found

    monkeypatch.setattr("sqlclap.shards.keeping.select_whole", gone)
    with pytest.raises(SetError, match="what nodes keep of 12 of the sounds is not known; missing"):
        opened.curation.remove_favourites(paths)
    with pytest.raises((SetError, UnknownSoundError)):
        opened.curation.add_favourites(paths)


def test_what_files_say_is_told_of_sounds_at_nodes(nodes: Nodes, opened: ShardSet) -> None:
    """As one library tells it; each sound has an entry of its own."""
    said = """
        INSERT INTO metadata (sample_id, field, value, origin, said_by, trust)
        SELECT sample_id, 'title', 'Title of ' || path, 'info', 'INAM', 0 FROM samples
    """
    nodes.twins.library.connection.execute(said)
    for shard in nodes.twins.set.shards:
        with shard.open() as library:
            library.connection.execute(said)
    for match in opened.search("rain", 60):
        (entry,) = opened.metadata(match.sample_id)
        assert entry.value == f"Title of {match.path}"
    (own,) = nodes.twins.library.search("rain", 1)
    assert opened.metadata(opened.search("rain", 1)[0].sample_id) == (
        nodes.twins.library.metadata(own.sample_id)
    )
    (row,) = rows_of("metadata", str(nodes.opener / "set.toml"), own.path)
    assert row["value"] == f"Title of {own.path}"


def test_vectors_at_nodes_are_not_given_from_here(nodes: Nodes, tmp_path: Path) -> None:
    told = fail("export-vectors", str(nodes.opener / "set.toml"), str(tmp_path / "v.npy"))
    assert "shard 1 lies at node 'left': open it there" in told
    assert not (tmp_path / "v.npy").exists()


def test_lists_say_which_sounds_were_not_found(nodes: Nodes, opened: ShardSet) -> None:
    """Of them the catalog knows the name, but no id."""
    paths = [one.path for one in nodes.twins.sounds[:12]]
    labels, collections = opened.labels, opened.collections
    labels.add("kick")
    labels.add_anchors("kick", paths)
    labels.vote("kick", paths, CastVote("accept"))
    collections.add("Track 7", paths)

    def lists() -> list[SaidRows[Any]]:
        return [labels.anchors("kick"), labels.votes("kick"), collections.sounds("Track 7")]

    for rows in lists():
        assert rows.reach is None
        assert all(one.sample_id for one in rows)
        assert rows.remarks() == []
    right = nodes.processes.pop("right")
    right.terminate()
    assert right.wait(30) == 0
    file = str(nodes.opener / "set.toml")
    for rows in lists():
        assert len(rows) == len(paths)
        assert 0 < [one.sample_id for one in rows].count(0) < len(paths)
        (remark,) = rows.remarks()
        assert "2 of 3 shards answered" in remark
    for command in (
        ("anchor", "list", file, "kick", "--json"),
        ("vote", file, "kick", "list", "--json"),
        ("collection", "show", file, "Track 7", "--json"),
    ):
        ran = run(*command)
        assert "missing shard 3" in ran.stderr
        assert len(json.loads(ran.stdout)) == len(paths)
