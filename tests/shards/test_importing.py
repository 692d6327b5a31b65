"""Labels that are imported into a set: their sounds are found in all shards, as in one library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlclap.db.statements import write_transaction
from sqlclap.errors import TransferError
from sqlclap.labels.labels import Labels
from sqlclap.labels.transfer import as_json
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.cli.running import run
from tests.shards.test_reviews import NAMES, label_some
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    """The library has labels; in both there are copies of the same content."""
    made = Twins(tmp_path, fake_bundle)
    made.add(150, seed=4)
    shards = [one.open() for one in made.set.shards]
    for library in (made.library, *shards):
        with write_transaction(library.connection) as database:
            same = "UPDATE samples SET content_hash = 'hash-1' WHERE sample_id IN "
            same += "(SELECT sample_id FROM samples WHERE path LIKE '%/0002%')"
            database.execute(same)
    for library in shards:
        library.close()
    label_some(made.library.labels, made)
    made.library.labels.add_anchors("kick", ["site-*/00020.wav", "site-*/00025.wav"])
    yield made
    made.close()


def said(labels: Labels) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
    return {
        name: (
            sorted(f"{one.path} {one.polarity}" for one in labels.anchors(name)),
            sorted((str(one.path), str(one.verdict)) for one in labels.votes(name)),
        )
        for name in NAMES
    }


def test_what_one_library_says_is_said_of_the_set(twins: Twins) -> None:
    records = [*twins.library.labels.export()]
    report = twins.set.labels.take_in(records)
    assert report.unresolved == []
    assert (report.labels, report.reach.is_whole) == (2, True)
    assert said(twins.set.labels) == said(twins.library.labels)
    again = twins.set.labels.take_in(twins.set.labels.export())
    assert (again.labels, again.anchors, again.votes) == (0, 0, 0)
    wanted = [one.path for one in twins.library.labels.matches("kick", 30)]
    assert [one.path for one in twins.set.labels.matches("kick", 30)] == wanted


def test_shards_at_nodes_find_them(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(twins, twins.folder / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    monkeypatch.setattr("sqlclap.shards.importing.AT_ONCE", 3)
    with nodes.open() as opened:
        assert opened.labels.take_in(twins.library.labels.export()).unresolved == []
        assert said(opened.labels) == said(twins.library.labels)
    nodes.close()


def test_what_is_not_there_is_told(twins: Twins) -> None:
    records = [*twins.library.labels.export()]
    with pytest.raises(TransferError):
        twins.set.labels.take_in([*records, {"kind": "vote", "label": "kick", "verdict": "?"}])
    assert twins.set.labels.list() == []
    (twins.folder / "set-0002.db").rename(twins.folder / "away.db")
    file = twins.folder / "labels.json"
    file.write_text(as_json(records))
    told = run("label", "import", str(twins.folder / "set.toml"), str(file))
    assert "missing shard 2" in told.stderr
    assert "not in the library" in told.stderr
