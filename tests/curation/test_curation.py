"""What people keep of their sounds: the same in Python, on the command line, in SQL and HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sqlclap
from sqlclap.db.samples import merge_samples
from sqlclap.db.statements import write_transaction
from sqlclap.errors import (
    CollectionExistsError,
    CurationError,
    QueryError,
    UnknownCollectionError,
    UnknownSoundError,
)
from tests.cli.running import fail, rows_of, succeed
from tests.page.visiting import Site


def ids(rows: list[dict]) -> list[int]:
    return [row["sample_id"] for row in rows]


@pytest.fixture
def curated(filled: sqlclap.Library) -> sqlclap.Library:
    """The six sounds: one is a favourite, two are rated, three are in a collection."""
    filled.curation.add_favourites([2])
    filled.curation.rate([1, 2], 5)
    filled.curation.rate([2], 3)
    filled.curation.note([4], "from the stairwell")
    filled.collections.add("Track 7", ["tones/*"])
    return filled


def test_what_is_kept_is_told_by_sound(curated: sqlclap.Library) -> None:
    kept = curated.curation.of(2)
    assert (kept.favourite, kept.rating, kept.note) == (True, 3, None)
    names = {one.sample_id: list(one.collections) for one in curated.collections.sounds("track 7")}
    assert set(map(tuple, names.values())) == {("Track 7",)}
    assert [one.sample_id for one in curated.curation.rated()] == [1, 2]
    assert curated.curation.of(4).note == "from the stairwell"
    (listed,) = curated.collections.list()
    assert (listed.name, listed.sounds) == ("Track 7", 4)
    assert len(curated.collections.list().to_pandas()) == 1


def test_a_pattern_for_one_sound_is_refused_in_words_and_shows_all_notes(
    curated: sqlclap.Library,
) -> None:
    curated.curation.note(["tones/*"], "a tone")
    with pytest.raises(QueryError, match=r"'tones/\*' names 4 sounds, expected one"):
        curated.curation.of("tones/*")
    assert [one.note for one in curated.curation.of_sounds(["tones/*"])] == ["a tone"] * 4
    assert [row["note"] for row in rows_of("note", curated.path, "tones/*")] == ["a tone"] * 4
    assert fail("metadata", curated.path, "tones/*").endswith("names 4 sounds, expected one")


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({"favourite": True}, lambda kept: kept.favourite),
        ({"min_rating": 4}, lambda kept: (kept.rating or 0) >= 4),
        ({"collection": "TRACK 7"}, lambda kept: "Track 7" in kept.collections),
        ({"collection": "Track 7", "min_rating": 1}, lambda kept: kept.collections and kept.rating),
    ],
)
def test_searches_are_narrowed_alike_everywhere(
    curated: sqlclap.Library, fake_bundle: Path, fields: dict, passes: object
) -> None:
    assert callable(passes)
    wanted = {one for one in range(1, 7) if passes(curated.curation.of(one))}
    found = curated.search("tone", 6, sqlclap.SearchOptions(**fields))
    assert {match.sample_id for match in found} == wanted
    flags = [
        part
        for name, value in fields.items()
        for part in (f"--{name.replace('_', '-')}", *([] if value is True else [str(value)]))
    ]
    model = ("--model", fake_bundle)
    assert ids(rows_of("search", curated.path, "tone", *flags, *model)) == [
        match.sample_id for match in found
    ]
    sqlclap.register_functions(curated.connection)
    call = "SELECT clap_neighbors(clap_vector(1), 6, ?)"
    told = json.loads(curated.connection.execute(call, (json.dumps(fields),)).get)
    assert set(ids(told)) == wanted
    site = Site(curated.path)
    try:
        root = site.visitor({"id": "root"}, "library")
        answer = root.json("api/similar", sample=6, n=6, **fields)
    finally:
        site.close()
    assert set(ids(answer["matches"])) == wanted - {6}


def test_what_can_not_be_kept_is_refused_and_changes_nothing(curated: sqlclap.Library) -> None:
    before = curated.connection.total_changes()
    kept, collections = curated.curation, curated.collections
    with pytest.raises(CurationError, match="from 1 to 5 stars, got 6"):
        kept.rate([1], 6)
    with pytest.raises(UnknownSoundError):
        kept.add_favourites([1, 99])
    with pytest.raises(UnknownSoundError):
        collections.add("new", [99])
    for empty in (lambda: kept.note([1], "  "), lambda: collections.add(" ", [1])):
        with pytest.raises(CurationError, match="empty"):
            empty()
    with pytest.raises(UnknownCollectionError, match="the library has Track 7"):
        collections.sounds("Track 8")
    with pytest.raises(QueryError, match="no collection 'Track 8': there are Track 7"):
        curated.search("tone", 1, sqlclap.SearchOptions(collection="Track 8"))
    with pytest.raises(QueryError, match="from 1 to 5 stars, got 0"):
        sqlclap.SearchOptions(min_rating=0).request(1)
    collections.add("other", [])
    with pytest.raises(CollectionExistsError):
        collections.rename("other", "TRACK 7")
    collections.delete("other")
    assert [one.name for one in collections.list()] == ["Track 7"]
    assert kept.of(1).rating == 5
    assert curated.connection.total_changes() > before  # of the collection alone


def test_it_outlives_moves_and_reingests_and_goes_with_its_sound(
    curated: sqlclap.Library, sounds: Path
) -> None:
    moved = sounds.with_name("elsewhere")
    file = curated.curation.of(2).file
    sounds.rename(moved)
    curated.sources.relocate(sounds, moved)
    curated.ingest([moved])
    assert curated.curation.of(2).rating == 3
    (moved / file.relative_to(sounds)).unlink()
    curated.ingest([moved], sqlclap.IngestOptions(prune=True))
    left = curated.connection.execute("SELECT count(*) FROM favourites").get
    assert left == 0
    assert [one.sample_id for one in curated.curation.rated()] == [1]
    curated.collections.delete("Track 7")
    assert curated.connection.execute("SELECT count(*) FROM collection_samples").get == 0


def test_merged_samples_keep_what_was_kept_of_both(curated: sqlclap.Library) -> None:
    curated.curation.note([3], "from the roof")
    curated.curation.add_favourites([4])
    curated.curation.record_use([4], "play")
    with write_transaction(curated.connection) as connection:
        merge_samples(connection, keep=3, drop=4)
    kept = curated.curation.of(3)
    assert (kept.favourite, kept.note) == (True, "from the roof\nfrom the stairwell")
    assert (kept.last_action, list(kept.collections)) == ("play", ["Track 7"])


def test_the_commands_keep_and_list(filled: sqlclap.Library) -> None:
    library = filled.path
    assert rows_of("favourite", "add", library, "1", "tones/*") == {"changed": 5}
    assert rows_of("favourite", "add", library, "1") == {"changed": 0}
    assert "1 sound taken out" in succeed("favourite", "remove", library, "1")
    found = succeed("favourite", "list", library, "--nl")
    assert len(found.splitlines()) == 4
    added = rows_of("collection", "add", library, "Loud", "-", stdin=found.encode())
    assert added == {"changed": 4}
    assert rows_of("collection", "remove", library, "loud", "tones/tone-110.wav") == {"changed": 1}
    succeed("collection", "rename", library, "loud", "Quiet")
    assert len(rows_of("collection", "show", library, "quiet")) == 3
    assert [row["sounds"] for row in rows_of("collection", "list", library)] == [3]
    succeed("collection", "delete", library, "Quiet")
    assert "no collection 'Quiet'" in fail("collection", "show", library, "Quiet")
    assert "2 sounds rated 4" in succeed("rate", library, "4", "1", "2")
    succeed("rate", library, "none", "1")
    assert ids(rows_of("rate", library, "list")) == [2]
    succeed("note", library, "2", "in the rain")
    assert "in the rain" in succeed("note", library)
    assert rows_of("note", library, "2")[0]["note"] == "in the rain"
    succeed("note", library, "2", "--remove")
    assert rows_of("note", library) == []
    filled.curation.record_use([3], "play")
    filled.curation.record_use([2], "open")
    assert [(row["sample_id"], row["last_action"]) for row in rows_of("recent", library)] == [
        (2, "open"), (3, "play"),
    ]  # fmt: skip
    view = rows_of("query", library, "SELECT sample_id, favourite, uses FROM curated_samples")
    assert {"sample_id": 3, "favourite": 0, "uses": 1} in [row | {"favourite": 0} for row in view]
