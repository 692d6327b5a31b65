"""Names of 0.1.0 that have moved still work, and say where they are now."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sqlclap
from sqlclap.deprecated import MOVED
from sqlclap.models.bundle import find_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.search.results import Plan

NAMES = [
    (package, old, home, new or old)
    for package, homes in MOVED.items()
    for home, names in homes.items()
    for old, _, new in (entry.partition("=") for entry in names.split())
]


@pytest.mark.parametrize(("package", "old", "home", "new"), NAMES)
def test_a_name_that_moved_is_found_with_a_warning(
    package: str, old: str, home: str, new: str
) -> None:
    former = import_module(f"sqlclap.{package}")
    with pytest.warns(DeprecationWarning, match=f"is sqlclap.{home}.{new} now"):
        found = getattr(former, old)
    assert found is getattr(import_module(f"sqlclap.{home}"), new)


def test_what_never_was_there_is_not() -> None:
    with pytest.raises(ImportError):
        import_module("sqlclap.nowhere")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        import_module("sqlclap.similarity").nothing  # noqa: B018
    assert callable(sqlclap.register_functions)


def test_former_fields_make_and_read_the_new_ones() -> None:
    from sqlclap.labels.calibration import CalibrationRequest

    with pytest.warns(DeprecationWarning, match="search_depth is called search_top_k") as told:
        request = CalibrationRequest(0.8, search_depth=False)  # type: ignore[call-arg]
    assert told[0].filename == __file__
    assert (request.target, request.search_top_k) == (0.8, False)
    with pytest.warns(DeprecationWarning, match="is called search_top_k now"):
        assert request.search_depth is False  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="search_depth"):
        CalibrationRequest(search_depth=True, search_top_k=True)  # type: ignore[call-arg]


LEFT_BEHIND = """
import sys
sys.path.insert(0, sys.argv[1])
import sqlclap
assert sqlclap.__file__.startswith(sys.argv[1]), sqlclap.__file__
from sqlclap.similarity import Filter
import sqlclap.search.request, sqlclap.labels
assert Filter is sqlclap.search.request.Filter
assert sqlclap.labels.__file__
"""


def test_a_folder_that_an_update_left_behind_hides_no_name(tmp_path: Path) -> None:
    """Python leaves ``__pycache__`` in packages that are gone: an empty namespace package."""
    source = Path(sqlclap.__file__).parent
    (tmp_path / "sqlclap").mkdir()
    for entry in source.iterdir():
        if entry.name != "__pycache__":
            (tmp_path / "sqlclap" / entry.name).symlink_to(entry)
    (tmp_path / "sqlclap" / "similarity" / "__pycache__").mkdir(parents=True)
    command = [sys.executable, "-W", "ignore", "-c", LEFT_BEHIND, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


FORMER_ATTRIBUTES = [(Plan, "width", "ef_search"), (Encoder, "windows_a_run", "windows_per_run")]


@pytest.mark.parametrize(("kind", "former", "present"), FORMER_ATTRIBUTES)
def test_an_attribute_under_its_former_name_is_given_with_a_warning(
    kind: type, former: str, present: str
) -> None:
    instance = kind("graph", "why") if kind is Plan else kind(find_bundle("sqlclap-mini"))
    with pytest.warns(DeprecationWarning, match=f"{kind.__name__}.{former} is called {present}"):
        found = getattr(instance, former)
    assert found == getattr(instance, present)
