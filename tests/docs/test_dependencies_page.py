"""The page on dependencies names every package that pip or npm is told to install."""

from __future__ import annotations

import json
import re
import tomllib

from tests.docs.console import REPOSITORY

PAGE = (REPOSITORY / "docs" / "dependencies.md").read_text(encoding="utf-8")
FRONTEND = REPOSITORY / "datasette_plugins" / "datasette_sqlclap" / "frontend" / "package.json"
NAME = re.compile(r"[A-Za-z0-9._-]+")


def first_cells() -> set[str]:
    """Return the packages that rows of the page's tables are about."""
    rows = re.findall(r"^\| (.*) \|$", PAGE, re.MULTILINE)
    cells = {cell for row in rows for cell in row.split(" | ")[:2]}
    return {part.partition(" (")[0].strip() for cell in cells for part in cell.split(",")}


def test_every_package_has_its_row() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for some in extras.values() for one in some)]
    names = {NAME.match(one).group() for one in wanted}  # type: ignore[union-attr]  # all have one
    assert names - {"sqlclap"} - first_cells() == set()
    npm = json.loads(FRONTEND.read_text(encoding="utf-8"))
    assert {*npm["dependencies"], *npm["devDependencies"]} - first_cells() == set()


def test_every_extra_is_named() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cells = {cell.strip("`") for cell in first_cells()}
    assert {*project["optional-dependencies"]} - {"all", "test", "docs"} <= cells
