"""HTTP in a library of two models: words by the one that has them, and each answer says whose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import sqlclap
from sqlclap.models.bundle import open_bundle
from tests.cli.running import succeed
from tests.page.visiting import Site, found_in
from tests.support.fake_bundle import WINDOW_S
from tests.support.sounds import noise, write_sound
from tests.support.two_models import EARS, WORDS, install_two_models, write_two_models_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQLCLAP_HOME", str(folder / "home"))
        install_two_models(folder / "home")
        yield write_two_models_library(folder)


@pytest.fixture(scope="module")
def site(library: Path) -> Iterator[Site]:
    opened = Site(library)
    yield opened
    opened.close()


def test_words_are_refused_in_a_line_and_found_by_the_other_model(
    site: Site, library: Path
) -> None:
    refused = site.anyone.get("api/search", params={"q": "deep kick"})
    assert refused.status_code == 400
    assert f"{EARS} has no words" in refused.json()["error"]
    assert f"{WORDS} has words" in refused.json()["error"]
    found = site.anyone.json("api/search", q="deep kick", model=WORDS, n=3)
    assert found["model"] == WORDS
    with sqlclap.open(library, mode="read", model=WORDS) as opened:
        wanted = opened.search("deep kick", 3)
    assert [match["sample_id"] for match in found["matches"]] == [one.sample_id for one in wanted]


def test_every_kind_of_search_takes_a_model_and_says_it(site: Site, library: Path) -> None:
    sound = next((library.parent / "sounds").rglob("*.wav")).read_bytes()
    site.local.post("api/anchors", {"label": "tone", "sample_ids": [1], "create": True})
    for model in (EARS, WORDS):
        assert site.anyone.json("api/similar", sample=1, model=model)["model"] == model
        assert site.anyone.json("api/matches", label="tone", model=model)["model"] == model
        sent = site.anyone.upload(f"api/similar-to?model={model}", sound)
        assert sent.json()["model"] == model
    assert site.anyone.json("api/similar", sample=1)["model"] == EARS
    assert site.anyone.json("api/matches", label="tone")["model"] == EARS


@pytest.mark.parametrize("model", ["nobody", "/etc", "../ears", "sqlclap-mini"])
def test_a_model_of_which_the_library_holds_nothing_is_refused(site: Site, model: str) -> None:
    refused = site.anyone.get("api/search", params={"q": "kick", "model": model})
    assert refused.status_code == 400
    assert f"expected one of {EARS}, {WORDS}" in refused.json()["error"]


def test_the_page_is_told_which_model_has_words(site: Site) -> None:
    config = json.loads(found_in(r'id="config">(.*?)</script>', site.anyone.get("map").text))
    assert (config["model"], config["words"], config["otherModels"]) == (EARS, WORDS, [WORDS])


def test_two_hops_of_a_model_are_told_apart_on_pages_and_the_command_line(
    tmp_path: Path, fake_bundle: Path
) -> None:
    """A sound that came with another hop is missed by searches, and that is said."""
    path, long, other = tmp_path / "sounds.db", tmp_path / "long", tmp_path / "other"
    write_sound(long / "a.wav", noise(1, 2.0))
    write_sound(other / "b.wav", noise(2, 2.0))
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([long])
        assert "windows of" not in succeed("similar", path, "1")
        library.ingest([other], sqlclap.IngestOptions(hop_s=0.25))
    told = f"(windows of {WINDOW_S:g} s, one every {WINDOW_S:g} s; 1 of the sounds has none)"
    assert succeed("similar", path, "1").startswith(
        f"Model: {open_bundle(fake_bundle).name} {told}"
    )
    with closing(Site(path)) as site:
        for page in ("map", "labels", "activity"):
            assert told in site.anyone.get(page).text
