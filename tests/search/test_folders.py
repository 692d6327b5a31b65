"""A filter's folder: accents spelled either way, sources within sources, folders that aren't."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap.errors import UnknownFolderError
from sqlclap.search.request import SearchOptions
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import fail, rows_of, run
from tests.support.sounds import tone, write_sound

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Caf\u00e9") for form in ("NFC", "NFD"))


@pytest.fixture
def cafe(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library with a folder whose accent stands beside its letter."""
    for number in range(2):
        write_sound(sounds / "Packs" / DECOMPOSED / f"{COMPOSED}{number}.wav", tone(300 + number))
    filled.ingest([sounds])
    return filled


def found(library: sqlclap.Library, **options: object) -> set[str]:
    matches = library.similar(1, 20, SearchOptions(**options))  # type: ignore[arg-type]
    return {match.path for match in matches}


@pytest.mark.parametrize("name", [COMPOSED, DECOMPOSED])
def test_accents_may_be_spelled_either_way(cafe: sqlclap.Library, sounds: Path, name: str) -> None:
    wanted = {f"Packs/{DECOMPOSED}/{COMPOSED}{number}.wav" for number in range(2)}
    for folder in (f"Packs/{name}", f"Packs/{name}/", f"{sounds}/Packs/{name}", f"./Packs/{name}"):
        assert found(cafe, folder=folder) == wanted, folder
    (sample,) = sqlclap.db.samples.samples_by_path(cafe.connection, f"Packs/{name}/{name}0.wav")
    assert sample.path in wanted
    cafe.labels.add("a")
    assert cafe.labels.add_anchors("a", [f"Packs/{name}/*"]) == 2
    assert run("similar", cafe.path, f"Packs/{name}/{name}0.wav").exit_code == 0


def test_twins_in_both_spellings_are_told_apart(cafe: sqlclap.Library, sounds: Path) -> None:
    write_sound(sounds / "Packs" / COMPOSED / "other.wav", tone(500))
    cafe.ingest()
    assert found(cafe, folder=f"Packs/{COMPOSED}") == {f"Packs/{COMPOSED}/other.wav"}
    assert len(found(cafe, folder=f"Packs/{DECOMPOSED}")) == 2
    assert found(cafe, folder=f"Packs/{COMPOSED}", min_length=99) == set()


def test_a_source_within_another_is_found_by_the_path_below_that_one(
    library: sqlclap.Library, sounds: Path
) -> None:
    library.ingest([sounds / "tones"])
    library.ingest([sounds])
    assert len(found(library, folder="tones")) == 3
    assert len(found(library, folder=str(sounds / "tones"))) == 3
    assert len(found(library, folder="noises")) == 2


@pytest.mark.parametrize(
    ("folder", "nearest"),
    [("tone", "tones"), ("Tones", "tones"), ("packs/cafe", f"Packs/{DECOMPOSED}"),
     (f"{COMPOSED}", f"Packs/{DECOMPOSED}")],
)  # fmt: skip
def test_a_folder_that_holds_nothing_says_so_everywhere(
    cafe: sqlclap.Library, fake_bundle: Path, folder: str, nearest: str
) -> None:
    said = f"below the folder '{folder}'; nearest: {nearest}"
    with pytest.raises(UnknownFolderError) as caught:
        found(cafe, folder=folder)
    assert said in str(caught.value)
    assert said in fail("similar", cafe.path, "1", "--folder", folder)
    connection = apsw.Connection(str(cafe.path))
    register_functions(connection, model=str(fake_bundle))
    with pytest.raises(UnknownFolderError) as told:
        connection.execute(
            "SELECT clap_neighbors(clap_vector(1), 4, ?)", (json.dumps({"folder": folder}),)
        ).fetchall()
    assert said in str(told.value)


def test_a_folder_whose_sounds_are_filtered_out_is_another_thing(cafe: sqlclap.Library) -> None:
    ended = run("similar", cafe.path, "1", "--folder", "tones", "--min-length", "99", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)) == (0, [])
    assert ended.stderr == "the filter lets no sound through\n"
    assert len(rows_of("similar", cafe.path, "1", "--folder", "tones")) == 4


@pytest.mark.parametrize("folder", ["%", "tones%", "' OR 1=1 --", "*", "caf\udce9", "x" * 5000])
def test_odd_folders_are_only_names(cafe: sqlclap.Library, folder: str) -> None:
    with pytest.raises(UnknownFolderError):
        found(cafe, folder=folder)
