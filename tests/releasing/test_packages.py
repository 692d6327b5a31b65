"""The wheel holds every package that there is: each is listed in pyproject.toml."""

from __future__ import annotations

import tomllib

from tests.docs.console import REPOSITORY

PLUGIN = REPOSITORY / "datasette_plugins"


def test_every_package_is_listed() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    listed = {*project["tool"]["setuptools"]["packages"]}
    tops = (REPOSITORY, "sqlclap"), (REPOSITORY, "sqlclap_export"), (PLUGIN, "datasette_sqlclap")
    folders = [
        file.parent.relative_to(root)
        for root, top in tops
        for file in (root / top).rglob("__init__.py")
    ]
    there = {".".join(folder.parts) for folder in folders}
    assert there == listed - {"sqlclap.sql"}
