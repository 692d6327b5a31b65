"""Every command that prints a table, on a terminal of 80 columns: nothing wider, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.cells import cell_len

import sqlclap
from tests.cli.terminal import on_a_terminal
from tests.support.command_tree import leaves
from tests.support.sounds import tone, write_sound

WIDTH = 80
TABLES = {
    one.name: one
    for one in leaves()
    if any(
        "--table" in each.opts and getattr(each, "is_flag", False) for each in one.command.params
    )
}
NO_TABLE = {"activity", "note", "rate"}
"""They take --table, and print a picture or a sentence."""

REFUSED = {"density", "models compare"}
"""They take more votes than these sounds are worth, or another model."""

BESIDES = {
    "moments": ["similar", "LIBRARY", "1", "--moments", "--explain"],
    "events": ["search", "LIBRARY", "tone", "--events"],
    "facets": ["find", "LIBRARY", "--facet", "folder,format,key,label", "-n", "1"],
    "either": ["search", "LIBRARY", "tone", "--or-text", "kick OR noise"],
    "runs": ["tags", "LIBRARY", "--runs"],
    "events of a label": ["matches", "LIBRARY", "kick", "--moments", "--confidence", "low"],
    "two copies": ["duplicates", "LIBRARY"],
    "all columns": ["query", "LIBRARY", "SELECT * FROM samples"],
    "chosen fields": ["search", "LIBRARY", "x", "--fields", "file,path,score,rank,weak"],
    "info": ["info", "LIBRARY"],
}


@pytest.fixture(scope="module")
def stocked(scene: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that has something for each table, with a path that fits into no terminal."""
    folder = tmp_path_factory.mktemp("terminal")
    path = Path(folder, *["a long folder name " * 4] * 3, "kick.wav")
    write_sound(path, tone(111))
    write_sound(folder / "copy of kick.wav", tone(111))
    library = folder / "sounds.db"
    library.write_bytes(scene["library"].read_bytes())
    with sqlclap.open(library) as opened:
        opened.ingest([folder])
        opened.labels.vote("kick", [3, 4], sqlclap.CastVote("accept"))
        opened.labels.tag(sqlclap.TagRequest(labels=("kick",), confidence="low", force=True))
        opened.collections.add("sqlclap-mini", [1, 5])
        opened.curation.add_favourites([1, 5])
    return library


def call_of(name: str, library: Path, scene: Mapping[str, Path]) -> list[str]:
    if name in BESIDES:
        return [str(library) if one == "LIBRARY" else one for one in BESIDES[name]]
    return TABLES[name].call(dict(scene) | {"library": library})


@pytest.mark.parametrize("name", [*TABLES, *BESIDES])
def test_it_fits_into_80_columns_without_colour(
    name: str, stocked: Path, scene: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    code, printed = on_a_terminal(call_of(name, stocked, scene), monkeypatch, WIDTH)
    assert code == (1 if name in REFUSED else 0), printed
    assert "\x1b" not in printed
    is_table = "─" in printed
    assert is_table == (name not in NO_TABLE | REFUSED | {"all columns"}), printed
    # The terminal folds sentences; what has columns would lose its shape.
    laid_out = [line for line in printed.splitlines() if "  " in line or "──" in line]
    assert [line for line in laid_out if cell_len(line.rstrip()) > WIDTH] == []
    head = next((at for at, line in enumerate(laid_out) if "───" in line), 0) - 1
    assert head < 0 or "…" not in laid_out[head]  # no heading is cut


def test_cut_cells_say_so(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    call = ["query", str(stocked), "SELECT path FROM samples ORDER BY length(path) DESC LIMIT 1"]
    _, printed = on_a_terminal(call, monkeypatch, WIDTH)
    assert re.search(r"^a long folder name .*….*/kick\.wav *$", printed, re.MULTILINE)


def test_what_has_too_many_columns_comes_in_blocks(
    stocked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    _, printed = on_a_terminal(["query", str(stocked), "SELECT * FROM samples"], monkeypatch)
    blocks = printed.strip().split("\n\n")
    with sqlclap.open(stocked, mode="read") as library:
        asked = library.connection.execute("SELECT * FROM samples")
        names = [one[0] for one in asked.description]
        assert len(blocks) == len(asked.fetchall())
    assert [line.split()[0] for line in blocks[0].splitlines()] == names


def test_headings_are_bold_where_nobody_objects(
    stocked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in on_a_terminal(["sources", "list", str(stocked)], monkeypatch)[1]
