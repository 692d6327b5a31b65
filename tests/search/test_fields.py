"""The table of search fields is the one place that says what narrows a search."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlclap.cli.search import command
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.search.fields import FIELDS, FILTERS, QUANTITIES, fields_of, names_of
from sqlclap.search.request import Filter, SearchOptions
from sqlclap.search.search_field import Kind, SearchField

REPOSITORY = Path(__file__).parents[2]
PRODUCT = ("sqlclap/*.py", "datasette_plugins/*.py", "sql/*.sql")
TABLE = "sqlclap/search/fields.py"
COMMANDS = "sqlclap/cli/__init__.py"
"""Names of commands: some fields are called alike."""
DATACLASSES = "sqlclap/search/request.py"

ANNOTATIONS: dict[Kind, tuple[str, ...]] = {
    "expression": ("str | None",),
    "values": ("Mapping[str, Any]",),
    "text": ("str | None",),
    "number": ("float | None",),
    "whole": ("int",),
    "flag": ("bool",),
}


def product_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *PRODUCT], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return [path for path in listed.stdout.split() if (REPOSITORY / path).exists()]


@pytest.mark.parametrize("kind", [Filter, SearchOptions])
def test_the_dataclasses_hold_the_table(kind: type[Filter | SearchOptions]) -> None:
    table = FILTERS if kind is Filter else fields_of("python")
    held = {one.name: one for one in dataclasses.fields(kind)}
    assert set(held) == {one.name for one in table}
    for one in table:
        assert held[one.name].type in ANNOTATIONS[one.kind], one.name
        if one.kind != "values":
            assert held[one.name].default == one.default, one.name
    documented = kind.__doc__ or ""
    assert [one.name for one in table if not re.search(rf"\b{one.name}\b", documented)] == []


@pytest.mark.parametrize("one", FILTERS, ids=lambda one: one.name)
def test_a_condition_compares_with_the_fields_own_value(one: SearchField) -> None:
    if one.kind in ("expression", "values"):
        return
    assert bool(one.condition) != bool(one.statement)
    text = statement(one.statement) if one.statement else one.condition
    assert set(re.findall(r":(\w+)", text)) == {one.parameter}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "length",
            "at least 2 s and at most 1.5 s long: min_length is above max_length",
        ),
        (
            "pitch",
            "at least 2 Hz and at most 1.5 Hz high: min_pitch is above max_pitch",
        ),
    ],
)
def test_bounds_that_nothing_can_reach_are_refused(name: str, says: str) -> None:
    with pytest.raises(QueryError, match=f"^no sound is {re.escape(says)}$"):
        Filter(**{f"min_{name}": 2.0, f"max_{name}": 1.5})  # type: ignore[arg-type]
    (of,) = [one for one in QUANTITIES if one.name == name]
    for wrong in (math.nan, math.inf):
        with pytest.raises(QueryError, match=f"expected {of.plural} in {of.units}, got .* to None"):
            Filter(**{f"min_{name}": wrong})  # type: ignore[arg-type]


def test_the_command_line_takes_its_fields() -> None:
    taken = {one.name for one in command.params}
    assert set(names_of("cli")) <= taken
    assert taken & {one.name for one in FIELDS} == set(names_of("cli"))
    assert [one.name for one in fields_of("cli") if not one.help.endswith(".")] == []


def test_what_a_surface_leaves_out_has_a_reason() -> None:
    assert {"where", "params"} & set(names_of("http")) == set()  # no SQL from strangers
    assert all(reason.strip() for one in FIELDS for reason in one.not_on.values())
    assert {one.kind for one in fields_of("http")} <= {"text", "number", "whole", "flag"}
    names = [name for one in FIELDS for name in (one.name, *one.former)]
    assert len(names) == len(set(names))


def lists_of_fields(path: str) -> Iterator[str]:
    """Find literals and calls of a file that list three fields or more."""
    known = {one.name for one in FIELDS}
    for node in ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = node.keys
        texts = [one.value for one in parts if isinstance(one, ast.Constant)]
        named = {str(text) for text in texts} & known
        if isinstance(node, ast.Call):
            named = {str(one.arg) for one in node.keywords} & known
        if len(named) > 2:
            yield f"{path}:{getattr(node, 'lineno', 0)}: {', '.join(sorted(named))}"


def test_no_other_file_lists_the_fields() -> None:
    python = [path for path in product_files() if path.endswith(".py")]
    assert TABLE in python
    apart = {TABLE, COMMANDS}
    found = [line for path in python if path not in apart for line in lists_of_fields(path)]
    assert found == []


def test_bounds_are_named_in_the_dataclasses_alone() -> None:
    """The table makes `min_length` and `max_length`; no other file speaks of both."""
    assert QUANTITIES
    for quantity in QUANTITIES:
        holding = {
            path
            for path in product_files()
            if set(quantity.ends) <= words_of((REPOSITORY / path).read_text(encoding="utf-8"))
        }
        assert holding - {TABLE} == {DATACLASSES}


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
