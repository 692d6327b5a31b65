"""The wheel holds every package that there is: each is listed in pyproject.toml."""

from __future__ import annotations

import tomllib

from tests.docs.console import REPOSITORY


def test_every_package_is_listed() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    listed = {*project["tool"]["setuptools"]["packages"]}
    folders = [
        file.parent.relative_to(REPOSITORY)
        for top in ("sqlclap", "sqlclap_export")
        for file in (REPOSITORY / top).rglob("__init__.py")
    ]
    there = {".".join(folder.parts) for folder in folders}
    assert there == {name for name in listed if name not in {"sqlclap.sql", "datasette_sqlclap"}}
