"""A small library with a map, copied for each test that writes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from datasette_sqlclap.conversions import CONVERSIONS

import sqlclap
from tests.page.visiting import Site
from tests.support.map_tables import draw_map
from tests.support.sounds import RATE, noise, tone, write_sound

FIRST_RECORDED = 1_714_539_600
"""When the first of the sounds ends: 2024-05-01, 5:00; the others follow by four hours."""


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of twelve sounds with a map; its sounds lie beside it. Not to be written to."""
    folder = tmp_path_factory.mktemp("page")
    for number, hz in enumerate((80, 110, 160, 220, 320, 440)):
        write_sound(folder / "sounds" / "tones" / f"tone-{number}.wav", tone(hz))
    said = folder / "sounds" / "tones" / "tone-4.wav"
    with soundfile.SoundFile(said, "w", RATE, 1) as file:  # the same sound, with a title
        file.title, file.comment = "Wine glass", "Rubbed with a wet finger"
        file.write(tone(320))
    for seed in range(4):
        write_sound(folder / "sounds" / "noises" / f"noise-{seed}.wav", noise(seed))
    write_sound(folder / "sounds" / "noises" / "long.flac", noise(9, seconds=2.0))
    name = '<img src=x onerror="alert(1)">.wav'
    write_sound(folder / "sounds" / name, np.concatenate([tone(300), noise(3)]))
    for number, file in enumerate(sorted((folder / "sounds").rglob("*.*"))):
        ended = FIRST_RECORDED + 4 * 3600 * number  # what tells their time is the file's own
        os.utime(file, (ended, ended))
    with sqlclap.open(folder / "sounds.db") as library:
        library.ingest([folder / "sounds"])
        library.deployments.by_folder(folder / "sounds")
    draw_map(folder / "sounds.db")
    return folder / "sounds.db"


@pytest.fixture(scope="session")
def reviewed(heard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a label, answers to a review of it, and a collection; not to be written to."""
    path = Path(shutil.copyfile(heard, tmp_path_factory.mktemp("reviewed") / "sounds.db"))
    site = Site(path)
    body = {"label": "noise", "sample_ids": [7, 8], "create": True}
    assert site.local.post("api/anchors", body).status_code == 200
    site.local.post("api/collections", {"name": "kept", "sample_ids": [1]})
    review = site.local.post("api/review", {"label": "noise", "n": 10}).json()
    for item in review["items"]:
        vote = {"label": "noise", "sample_ids": [item["sample_id"]], "verdict": "accept"}
        vote |= {"review_id": review["review_id"], "stratum": item["stratum"]}
        assert site.local.post("api/votes", vote).status_code == 201
    site.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return path


@pytest.fixture(scope="session", autouse=True)
def no_conversions_left() -> Iterator[None]:
    """Close the conversions that this process keeps: at its end it would complain of them."""
    yield
    CONVERSIONS.clear()


@pytest.fixture
def library(heard: Path, tmp_path: Path) -> Path:
    """A copy of the library, to be written to."""
    return Path(shutil.copyfile(heard, tmp_path / "sounds.db"))


@pytest.fixture
def open_site() -> Iterator[Callable[..., Site]]:
    """Makes sites that are closed when the test ends."""
    sites: list[Site] = []

    def make(*files: Path, **options: Any) -> Site:
        sites.append(Site(*files, **options))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def site(library: Path, open_site: Callable[..., Site]) -> Site:
    """A site over the copy."""
    return open_site(library)
