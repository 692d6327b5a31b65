"""What the page is told of work that goes on: to all without paths, and never after a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlclap
from sqlclap.progress import NullProgress
from sqlclap.running_work import ToldProgress
from tests.page.visiting import Site


def test_work_is_told_to_all_while_it_goes_on(site: Site, library: Path) -> None:
    idle = site.anyone.json("api/work")
    assert (idle["work"], idle["samples"]) == (None, 12)
    assert idle["layout"]
    with ToldProgress(library, NullProgress()) as told:
        told.started("ingest", 100)
        told.failed(str(library.parent / "kick.wav"), "no sound")
        told.advanced(100)
        answer = site.anyone.get("api/work")
        work = answer.json()["work"]
        assert (work["state"], work["phase"], work["done"], work["failed"]) == (
            *("running", "sounds", 100, 1),
        )
        assert str(library.parent) not in answer.text
    assert site.anyone.json("api/work")["work"]["state"] == "stopped"


def test_sounds_and_the_map_are_told_as_they_come(
    heard: Path, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    with sqlclap.open(tmp_path / "new.db") as opened:
        opened.ingest([heard.parent / "sounds" / "noises"])
    site = open_site(tmp_path / "new.db")
    told = site.visitor(database="new").json("api/work")
    assert (told["samples"], told["layout"]) == (5, None)


def test_who_may_not_see_the_samples_is_told_nothing(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, hidden_table="samples")
    assert site.anyone.get("api/work").status_code == 403
