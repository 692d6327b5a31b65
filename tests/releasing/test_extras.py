"""The README's table of extras: the extras that there are, with sizes; `all` is all of use."""

from __future__ import annotations

import json

import pytest
from packaging.requirements import Requirement

from releasing.extras import ADDS, BASE, FOR_DEVELOPERS, SIZES, declared, packages, size, table

EXTRAS = {*declared()} - {BASE, *FOR_DEVELOPERS}
APART = {"export", "laion", "msclap", "qdrant", "ray"}
"""Not in `all`: those that bring PyTorch, and clients of what runs on other machines."""


def test_the_table_has_every_extra_with_its_size() -> None:
    assert {*ADDS} == EXTRAS
    measured = json.loads(SIZES.read_text(encoding="utf-8"))["MB"]
    assert {*measured} <= {BASE, *EXTRAS}
    assert {BASE, *EXTRAS} - {*measured} <= APART
    rows = [line.split("|") for line in table().splitlines() if line.startswith("| `")]
    names = [row[1].strip(" `") for row in rows]
    assert names == [*ADDS]
    # `all` is told as everything down to `tags`.
    last = len(APART)
    assert (names[0], names[-last - 1], {*names[-last:]}) == ("all", "tags", APART)


def test_all_is_every_extra_but_those_apart() -> None:
    (every,) = map(Requirement, declared()["all"])
    assert every.name == BASE
    assert every.extras == EXTRAS - APART - {"all"}


@pytest.mark.parametrize("extra", sorted(declared()))
def test_requirements_have_bounds(extra: str) -> None:
    for requirement in map(Requirement, declared()[extra]):
        operators = {each.operator for each in requirement.specifier}
        bounded = {">=", "<"} <= operators or requirement.marker is not None
        assert bounded or requirement.name == BASE, str(requirement)


def test_what_all_needs_is_installed_for_the_tests_and_is_larger_than_the_base() -> None:
    base, everything = packages(BASE), packages("all")
    assert {"datasette", "numba", "av", "mutagen", "onnx", "sqlite-utils"} <= everything
    assert "torch" not in everything
    assert 0 < size(base) < size(base | everything)
