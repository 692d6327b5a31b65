"""Counts by facets: those of the filters, by every way in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap import SearchOptions
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.records import records
from sqlclap.search.facets import FACETS
from sqlclap.search.fields import FIELDS
from sqlclap.search.request import Filter
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import fail, rows_of, run, succeed
from tests.page.visiting import Site

ALL = ",".join(FACETS)
NARROWED: tuple[dict[str, Any], ...] = ({}, {"folder": "tones"}, {"min_length": 1, "text": "noise"})

KEPT = """
    INSERT INTO sample_collections (name) VALUES ('Mix'), ('set');
    INSERT INTO collection_samples (collection_id, sample_id) VALUES (1, 2), (2, 2), (1, 7);
    INSERT INTO sample_ratings (sample_id, rating) VALUES (1, 5), (2, 3), (9, 5);
    UPDATE sound_descriptions SET category = 'GLASS', musical_key = 'A minor' WHERE sample_id < 4;
    UPDATE sound_descriptions SET category = 'Glass' WHERE sample_id = 4;
    UPDATE samples SET "key" = 'C major', format = 'WAVEX/PCM_16' WHERE sample_id IN (3, 6)
"""


@pytest.fixture
def kept(library: Path) -> Path:
    """A library with labels, collections, stars, and with what names and metadata say."""
    with sqlclap.open(library) as opened:
        opened.labels.ensure("low", [1, 2, 3])
        opened.labels.ensure("high", [3, 4])
        opened.labels.add_anchors("low", [5], "negative")
        for sql in KEPT.split(";"):
            opened.connection.execute(sql)
    return library


def test_every_way_in_gives_the_same_counts(kept: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(kept)
    for given in NARROWED:
        flags = [
            part
            for name, one in given.items()
            for part in (f"--{name.replace('_', '-')}", str(one))
        ]
        with sqlclap.open(kept, mode="read") as opened:
            counts = records(opened.facets(ALL, 3, SearchOptions(**given)))
        assert [one["facet"] for one in counts] == [*FACETS]
        assert site.anyone.json("api/facets", facet=ALL, n=3, **given)["facets"] == counts
        asked = ("--facet", ALL, "-n", "3", *flags)
        assert rows_of("find", kept, *asked) == counts
        assert rows_of("search", kept, "whatever", *asked) == counts
        assert rows_of("similar", kept, "3", *asked) == counts


def test_a_value_has_as_many_sounds_as_its_filter_lets_through(kept: Path) -> None:
    seen = set()
    with sqlclap.open(kept, mode="read") as opened:
        register_functions(opened.connection)

        def count(only: Filter) -> int:
            ids: str | None = opened.connection.execute(only.sql(), only.bindings()).get
            return len(ids.split(",")) if ids else 0

        for one in opened.facets(ALL, 1_000):
            assert one.counted == 12
            assert one.other_values == 0
            if one.facet not in ("label", "collection"):  # a sound has several
                assert one.without + sum(value.sounds for value in one.values) == 12
            placed = [(-value.sounds, str(value.value).lower()) for value in one.values]
            assert placed == sorted(placed)
            if one.facet in {field.name for field in FIELDS}:
                for value in one.values:
                    assert count(Filter(**{one.facet: value.value})) == value.sounds  # type: ignore[arg-type]
                    seen.add(one.facet)
    assert seen == {one.name for one in FIELDS if one.facet}


def test_what_a_sound_has_several_of(kept: Path) -> None:
    with sqlclap.open(kept, mode="read") as opened:
        label, collection, category = opened.facets("label,collection,category")
    assert [(one.value, one.sounds) for one in label.values] == [("low", 3), ("high", 2)]
    assert (label.without, collection.without) == (8, 10)
    assert [(one.value, one.sounds) for one in collection.values] == [("Mix", 2), ("set", 1)]
    assert [one.sounds for one in category.values] == [4]


def test_folders_are_those_right_below(heard: Path) -> None:
    with sqlclap.open(heard, mode="read") as opened:
        root = str(heard.parent / "sounds")
        (below,) = opened.facets("folder", 9, SearchOptions(folder=root))
        assert [(one.value, one.sounds) for one in below.values] == [
            (f"{root}/tones", 6),
            (f"{root}/noises", 5),
        ]
        assert below.without == 1
        (within,) = opened.facets("folder", 9, SearchOptions(folder="tones"))
        assert (within.counted, within.without, within.values) == (6, 6, ())
        with pytest.raises(UnknownFolderError):
            opened.facets("folder", 9, SearchOptions(folder="tonse"))


def test_where_folders_lie_is_told_to_the_local_user_alone(
    heard: Path, open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, root = open_site(heard), heard.parent / "sounds"
    monkeypatch.chdir(root.parent)
    for above in (str(root), str(root.parent), f"/{root.parts[1]}", "."):
        answer = site.anyone.get("api/facets", params={"facet": "folder", "folder": above})
        assert (answer.status_code, root.name in answer.text) == (403, False)
    (told,) = site.local.json("api/facets", facet="folder", folder=root.parent)["facets"]
    assert told["values"] == [{"value": str(root), "sounds": 12}]


def test_others_are_told(heard: Path) -> None:
    shown = succeed("find", heard, "--facet", "folder,channels", "-n", "1")
    assert "folder: of 12 sounds that pass the filters; 1 without; 1 more values with 5" in shown
    rows = run("find", heard, "--facet", "folder", "-n", "1", "--csv")
    assert rows.stdout == "facet,value,sounds\nfolder,tones,6\n"
    assert "1 more values" in rows.stderr


def test_what_is_refused(heard: Path, open_site: Callable[..., Site]) -> None:
    with sqlclap.open(heard, mode="read") as opened:
        for option in ({"min_score": 0.0}, {"offset": 1}, {"moments": True}, {"sort": "path"},
                       {"or_text": "a"}, {"measures": True}):  # fmt: skip
            with pytest.raises(QueryError, match="a ranking has no end"):
                opened.facets("folder", 9, SearchOptions(**option))
        with pytest.raises(QueryError, match="at least 1"):
            opened.facets("folder", 0)
    assert "expected facets of folder, format," in fail("find", heard, "--facet", "colour")
    assert "drop --between, --sql" in fail("find", heard, "--between", "1", "2", "--facet", "key")
    site = open_site(heard, hidden_table="labels")
    assert site.anyone.get("api/facets?facet=colour").status_code == 400
    assert site.anyone.get("api/facets?facet=format").status_code == 200
    assert site.anyone.get("api/facets?facet=format,label").status_code == 403
    assert site.anyone.get("api/facets?facet=format&label=a").status_code == 403
    assert site.local.get("api/facets?facet=format,label").status_code == 200
