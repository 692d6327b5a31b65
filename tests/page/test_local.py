"""What is for who sits at this machine: showing files, and the files that ingest refused."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.page.visiting import Site
from tests.support.patience import PATIENCE_S


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A file manager that notes what it is called with."""
    told, program = tmp_path / "told", tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{told}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr("sys.platform", "linux")
    return lambda: told.read_text() if told.exists() else ""


def test_a_file_is_shown_in_its_folder_and_kept_as_used(
    site: Site, heard: Path, shown: Callable[[], str]
) -> None:
    path = site.local.json("sample/5")["path"]
    assert site.local.post("api/reveal", {"sample_id": 5}).status_code == 200
    assert shown() == str((heard.parent / "sounds" / path).parent)
    (used,) = site.anyone.json("api/recent")["samples"]
    assert (used["sample_id"], used["last_action"]) == (5, "reveal")
    assert site.local.post("api/reveal", {"sample_id": 999}).status_code == 404


def test_a_file_manager_that_stays_open_is_not_waited_for(
    site: Site, tmp_path: Path, shown: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.desktop.WAITED_S", 0.2)
    stays = tmp_path / "bin" / "xdg-open"
    stays.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec sleep {PATIENCE_S:.0f}\n')
    assert site.local.post("api/reveal", {"sample_id": 5}).status_code == 200
    opened = tmp_path / "pid"
    while not (opened.exists() and opened.read_text().strip()):
        time.sleep(0.01)
    os.kill(int(opened.read_text()), 9)


@pytest.mark.parametrize("headers", [{"host": "192.168.1.5:8001"}, {"host": "sounds.example"}])
def test_nothing_is_shown_to_who_is_elsewhere(
    headers: dict[str, str], site: Site, shown: Callable[[], str]
) -> None:
    answer = site.local.post("api/reveal", {"sample_id": 5}, **headers)
    assert answer.status_code == 403
    assert "this machine" in answer.json()["error"]
    assert shown() == ""
    assert site.local.get("api/failures", headers=headers).status_code == 403


def test_a_path_is_never_taken_from_a_request(site: Site, shown: Callable[[], str]) -> None:
    for body in ({"path": "/etc"}, {"sample_id": "/etc"}, {"sample_id": [5]}):
        sent: dict[str, Any] = body
        assert site.local.post("api/reveal", sent).status_code == 400
    assert shown() == ""


def test_who_may_label_but_is_another_is_shown_nothing(
    library: Path, open_site: Callable[..., Site], shown: Callable[[], str]
) -> None:
    site = open_site(library, label={"id": "ana"})
    assert site.visitor({"id": "ana"}).post("api/reveal", {"sample_id": 5}).status_code == 403
    assert shown() == ""


def test_files_that_were_refused_are_told_with_their_reasons(
    library: Path, heard: Path, open_site: Callable[..., Site]
) -> None:
    with sqlclap.open(library) as opened:
        opened.connection.execute(
            "INSERT INTO ingest_failures (source_id, path, stage, reason) "
            "SELECT source_id, 'tones/broken.wav', 'decode', 'no sound in it' FROM sources"
        )
    site = open_site(library)
    (failure,) = site.local.json("api/failures")["failures"]
    assert (failure["path"], failure["reason"]) == ("tones/broken.wav", "no sound in it")
    assert site.anyone.get("api/failures").status_code == 403


def test_names_of_clusters_are_changed_and_undone(site: Site) -> None:
    def names() -> bytes:
        content: bytes = site.anyone.get("api/points").content
        return content

    before = names()
    renamed = site.local.post("api/clusters/rename", {"cluster": 0, "name": "dusty kicks"})
    assert b"dusty kicks" in names()
    assert site.local.post("api/clusters/rename", {"cluster": 99, "name": "x"}).status_code == 404
    change = int(renamed.headers["sqlclap-change"])
    assert site.local.post("api/history/undo", {"change_id": change}).status_code == 200
    assert names() == before
