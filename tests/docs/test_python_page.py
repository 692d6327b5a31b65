"""The Python page has a signature and words for every public name, and for a library's parts."""

from __future__ import annotations

import re

import pytest

import sqlclap
from docs_site.python_api import INSIDE, parts_of_library
from sqlclap.index.handle import LibraryIndex
from sqlclap.ingest.sources import LibrarySources
from sqlclap.labels.calibrations import Calibrations
from sqlclap.labels.labels import Labels
from sqlclap.map.clusters import LibraryClusters
from sqlclap.map.maps import LibraryMap
from tests.docs.console import REPOSITORY

PAGE = (REPOSITORY / "docs" / "python-api.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^#{3,4} (\S+)\n\n```python\n(.*?)(?=^#{1,4} |\Z)", re.MULTILINE | re.DOTALL)
ENTRIES = dict(ENTRY.findall(PAGE))
PARTS = {
    "calibrations": Calibrations,
    "clusters": LibraryClusters,
    "index": LibraryIndex,
    "labels": Labels,
    "map": LibraryMap,
    "sources": LibrarySources,
}


def public_members(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


def is_told(entry: str) -> bool:
    """Whether an entry has a signature, and words below it."""
    signature, _, words = ENTRIES.get(entry, "").partition("```\n")
    return entry.rpartition(".")[2] in signature and bool(words.strip())


@pytest.mark.parametrize("name", sorted({*sqlclap.__all__} - {"SqlclapError", "__version__"}))
def test_public_names_have_an_entry(name: str) -> None:
    assert is_told(name)


@pytest.mark.parametrize("kind", [sqlclap.Library, *PARTS.values()], ids=lambda kind: kind.__name__)
def test_members_of_a_library_and_its_parts_have_an_entry(kind: type) -> None:
    assert is_told(kind.__name__)
    entries = [f"{kind.__name__}.{name}" for name in public_members(kind)]
    assert [entry for entry in entries if not is_told(entry)] == []


def test_no_part_of_a_library_is_left_out() -> None:
    assert {*parts_of_library()} >= {*PARTS}
    for name in parts_of_library():
        given = ENTRIES[f"Library.{name}"].partition(f"{name}: ")[2].partition("\n")[0]
        assert is_told(given)
        assert any(entry.startswith(f"{given}.") for entry in ENTRIES)


def test_errors_are_all_in_the_tree() -> None:
    tree = PAGE.partition("## Errors")[2]
    waiting: list[type] = [sqlclap.SqlclapError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ == "sqlclap.errors":
            assert re.search(rf"\b{kind.__name__}\b", tree)


def test_what_is_sqlclaps_own_working_is_not_told() -> None:
    assert not {*INSIDE} & {*ENTRIES}
