"""Models of other packages: real distributions on Python's path."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import BundleError, UnknownModelError
from sqlclap.models.bundle import find_bundle
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.example_site import write_distribution
from tests.support.fake_bundle import build_fake_bundle
from tests.support.sounds import tone, write_sound

Offer = Callable[[str, str], None]
POINTS = "[sqlclap.models]\n{name} = offering:folder\n"


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Offers a model by a package on Python's path, and nothing is installed."""
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))

    def make(name: str, body: str) -> None:
        sys.modules.pop("offering", None)
        module = f"def folder(name):\n    {body}\n"
        write_distribution(tmp_path / "site", "offering", module, POINTS.format(name=name))

    return make


def listed(name: str) -> dict[str, object]:
    (row,) = [row for row in rows_of("models", "list") if row["name"] == name]
    return row


def test_an_offered_model_works_by_its_name_everywhere(offer: Offer, tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundles" / "their-clap", "their-clap")
    offer("their-clap", f"return {str(bundle.parent)!r} + '/' + name")
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    path = tmp_path / "library.db"

    assert listed("their-clap")["state"] == "from offering 1.0"
    assert "their-clap is whole" in succeed("models", "verify", "their-clap")
    succeed("ingest", path, tmp_path / "sounds", "--model", "their-clap")
    with sqlclap.open(path) as library:  # it is the library's own by now
        assert [match.path for match in library.search("tone")] == ["tone.wav"]
    assert "uses sqlclap-mini" in succeed("models", "use", path, "sqlclap-mini")
    assert "uses their-clap" in succeed("models", "use", path, "their-clap")


def test_an_installed_model_wins_over_an_offered_one(offer: Offer, tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundles" / "their-clap", "their-clap")
    offer("their-clap", f"return {str(bundle)!r}")
    shutil.copytree(bundle, tmp_path / "home" / "models" / "their-clap")
    assert find_bundle("their-clap").place == tmp_path / "home" / "models" / "their-clap"
    assert listed("their-clap")["state"] == "installed"


def test_a_package_that_fails_is_named_and_the_others_are_listed(offer: Offer) -> None:
    offer("their-clap", "raise OSError('not downloaded yet')")
    with pytest.raises(BundleError, match=r"offering 1\.0 offers the model their-clap"):
        find_bundle("their-clap")
    row = listed("their-clap")
    assert row["state"] == "damaged"
    assert "OSError: not downloaded yet" in str(row["summary"])
    assert listed("sqlclap-mini")["state"] == "built in"
    assert "not downloaded yet" in fail("models", "verify", "their-clap")


@pytest.mark.parametrize("body", ["return None", "return '/nowhere/at/all'"])
def test_what_is_no_bundle_is_refused(offer: Offer, body: str) -> None:
    offer("their-clap", body)
    with pytest.raises(BundleError):
        find_bundle("their-clap")


def test_a_bundle_of_another_name_is_refused(offer: Offer, tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundle", "somebody-else")
    offer("their-clap", f"return {str(bundle)!r}")
    with pytest.raises(BundleError, match="whose contract calls it somebody-else"):
        find_bundle("their-clap")


def test_unknown_names_are_told_which_there_are(offer: Offer) -> None:
    offer("their-clap", "return name")
    with pytest.raises(UnknownModelError, match="'their-clap'"):
        find_bundle("nobodys-clap")
    assert run("models", "list").exit_code == 0
