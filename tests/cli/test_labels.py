"""Label commands, as a user runs them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import click
import pytest

import sqlclap
from sqlclap.cli import review as review_command
from sqlclap.notebook.results import Results
from tests.cli.running import fail, rows_of, run, succeed


@pytest.fixture
def db(filled: sqlclap.Library) -> Path:
    """A library of four tones and two noises, with a label for each."""
    filled.labels.add("tone")
    filled.labels.add_anchors("tone", ["tones/tone-110.wav", "tones/tone-220.wav"])
    filled.labels.add("noise", threshold=0.9)
    filled.labels.add_anchors("noise", ["noises/noise-1.flac"])
    filled.close()
    return filled.path


def paths(rows: list[dict]) -> list[str]:
    return [row["path"] for row in rows]


def test_a_label_from_beginning_to_end(db: Path) -> None:
    assert succeed("label", "add", db, "kick") == "label 'kick' added\n"
    assert rows_of("label", "set", db, "kick", "--threshold", "0.8", "--gap", "0.05")["gap"] == 0.05
    succeed("label", "set", db, "kick", "--unset", "threshold")
    assert rows_of("label", "show", db, "kick")["threshold"] is None
    assert "now 'bass drum'" in succeed("label", "rename", db, "kick", "bass drum")
    names = [row["name"] for row in rows_of("label", "list", db)]
    assert names == ["bass drum", "noise", "tone"]
    assert "removed" in succeed("label", "remove", db, "bass drum", "--yes")
    assert "no label 'bass drum'" in fail("label", "show", db, "bass drum")


def test_removing_asks_first(db: Path) -> None:
    result = run("label", "remove", db, "tone", stdin=b"n\n")
    assert result.exit_code == 1
    assert "2 anchors and 0 votes" in result.stderr
    assert len(rows_of("label", "list", db)) == 2


def test_anchors_by_id_pattern_search_and_stdin(db: Path, fake_bundle: Path) -> None:
    succeed("label", "add", db, "x")
    assert succeed("anchor", "add", db, "x", "noises/*") == "x: 2 anchors set\n"
    assert rows_of("anchor", "add", db, "x", "1", "--negative", "--weight", "0.5")["changed"] == 1
    found = succeed("similar", db, "1", "-n", "1", "--nl")
    succeed("anchor", "add", db, "x", "-", stdin=found.encode())
    search = ("--search", "deep kick", "-n", "6", "--model", fake_bundle)
    succeed("anchor", "add", db, "x", *search)
    anchors = rows_of("anchor", "list", db, "x")
    assert len(anchors) == 6
    assert rows_of("anchor", "remove", db, "x", "-", stdin=b"1\n2\n")["removed"] == 2
    assert "not both" in fail("anchor", "add", db, "x", "1", "--search", "kick")
    assert "expected sounds" in fail("anchor", "add", db, "x")


def test_matches_leave_out_anchors_and_what_was_rejected(db: Path) -> None:
    first = rows_of("matches", db, "tone")
    assert not {"tones/tone-110.wav", "tones/tone-220.wav"} & set(paths(first))
    assert succeed("vote", db, "tone", "reject", first[0]["path"]).endswith("stored: reject\n")
    assert paths(rows_of("matches", db, "tone")) == paths(first[1:])
    assert rows_of("vote", db, "tone", "withdraw", first[0]["path"])["votes"] == 1
    assert paths(rows_of("matches", db, "tone")) == paths(first)
    assert len(rows_of("matches", db, "tone", "--anchors")) == 6
    assert len(rows_of("matches", db, "tone", "-n", "1")) == 1


def test_votes_are_listed_with_what_was_superseded(db: Path) -> None:
    for verdict in ("accept", "unsure"):
        succeed("vote", db, "tone", verdict, "3")
    assert [vote["in_force"] for vote in rows_of("vote", db, "tone", "list")] == [0, 1]
    assert "(superseded)" in succeed("vote", db, "tone", "list")


def test_tags_from_dry_run_to_undo(db: Path) -> None:
    dry = succeed("tag", db, "--all", "--dry-run", "--confidence", "medium")
    assert "would be tagged" in dry
    runs = rows_of("tag", db, "--all", "--confidence", "medium")
    assert [run["run_id"] for run in runs] == [1, 2]
    tags = rows_of("tags", db)
    assert len(tags) == sum(run["tagged"] for run in runs)
    assert len(rows_of("tags", db, "--runs")) == 2
    printed = list(csv.DictReader(io.StringIO(succeed("tags", db, "--csv"))))
    assert [row["label"] for row in printed] == [tag["label"] for tag in tags]
    removed = rows_of("untag", db, "1")["removed"] + rows_of("untag", db, "2")["removed"]
    assert removed == len(tags)
    assert rows_of("tags", db) == []
    assert "no run 1 to undo" in fail("untag", db, "1")
    assert "expected labels, or --all" in fail("tag", db)


def test_labels_go_out_and_come_in(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text(succeed("label", "export", db), encoding="utf-8")
    assert rows_of("label", "import", db, file)["anchors"] == 0
    succeed("label", "remove", db, "tone", "--yes")
    report = rows_of("label", "import", db, "-", stdin=file.read_bytes())
    assert (report["labels"], report["anchors"]) == (1, 2)
    assert "kind,label" in succeed("label", "export", db, "tone", "--csv")
    assert "can't read" in fail("label", "import", db, tmp_path / "nothing")


def test_labels_that_paths_hold(db: Path) -> None:
    assert [row["name"] for row in rows_of("label", "from-folders", db, "--dry-run")] == ["tones"]
    rows = rows_of("label", "from-names", db, "high=*-880*", "high=*-440*", "--at-least", "1")
    assert [(row["name"], row["samples"]) for row in rows] == [("high", 2)]
    assert "expected LABEL=PATTERN" in fail("label", "from-names", db, "kick")


def test_words_suggest_and_sort(db: Path, fake_bundle: Path) -> None:
    model = ("--model", str(fake_bundle))
    suggested = rows_of("label", "suggest", db, "deep kick", "-n", "3", *model)
    assert len(suggested) == 3
    succeed("label", "suggest", db, "kick", "--label", "new", "--anchor-first", "2", *model)
    assert len(rows_of("anchor", "list", db, "new")) == 2
    assert "go together" in fail("label", "suggest", db, "kick", "--label", "new")
    sorted_rows = rows_of("classify", db, "--labels", "kick drum, birds", *model)
    assert len(sorted_rows) == 6
    assert {row["name"] for row in sorted_rows} <= {"kick drum", "birds", "unknown"}
    assert "no probability" in succeed("classify", db, "--labels", "kick, birds", *model)


def add_judged_copies(library: sqlclap.Library) -> None:
    """Add 30 copies of a tone, accepted, and 30 of a noise, rejected."""
    connection = library.connection
    source = connection.execute("SELECT source_id FROM sources").get
    for number in range(60):
        connection.execute(
            "INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns) "
            "VALUES (?, ?, ?, 0, 0)",
            (source, f"copy-{number}.wav", str(number)),
        )
    connection.execute(
        "INSERT INTO embeddings (sample_id, model_id, start_s, end_s) "
        "SELECT sample_id, 1, 0, 1 FROM samples WHERE path LIKE 'copy-%'"
    )
    connection.execute(
        "INSERT INTO vec_1 (embedding_id, is_window, vector) "
        "SELECT e.embedding_id, 0, (SELECT v.vector FROM vec_1 AS v JOIN embeddings USING "
        "(embedding_id) JOIN samples AS s USING (sample_id) "
        "WHERE s.path = iif(e.embedding_id % 2, 'tones/tone-440.wav', 'noises/noise-1.flac')) "
        "FROM embeddings AS e JOIN samples AS c USING (sample_id) WHERE c.path LIKE 'copy-%'"
    )
    connection.execute(
        "INSERT INTO votes (label_id, sample_id, verdict) SELECT 1, sample_id, "
        "iif(embedding_id % 2, 'accept', 'reject') FROM embeddings JOIN samples "
        "USING (sample_id) WHERE path LIKE 'copy-%'"
    )


def test_calibration_from_too_few_votes_to_a_picture(db: Path, tmp_path: Path) -> None:
    assert "not enough votes" in fail("calibrate", db, "tone")
    with sqlclap.open(db, mode="write") as library:
        add_judged_copies(library)
    picture = tmp_path / "tone.svg"
    shown = succeed("calibrate", db, "tone", "--picture", picture)
    assert "30 accepted and 30 rejected votes" in shown
    assert "not in force: --apply does that" in shown
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    report = rows_of("calibrate", db, "tone", "--apply")
    assert report["calibration_id"] == 1
    assert rows_of("label", "show", db, "tone")["threshold_from"] == "calibrated"
    assert "in force" in succeed("calibrate", db, "tone", "--history")
    succeed("label", "set", db, "tone", "--threshold", "0.9")
    assert "--force" in fail("calibrate", db, "tone", "--revert")
    succeed("label", "set", db, "tone", "--unset", "threshold")
    assert rows_of("calibrate", db, "tone", "--revert")["calibration_id"] is None
    assert rows_of("label", "show", db, "tone")["threshold_from"] == "default"
    kept = rows_of("calibrate", db, "tone", "--keep-top-k")
    assert [one["top_k"] for one in kept["tried"]] == [kept["top_k"]]
    former = run("calibrate", db, "tone", "--no-depth", "--json")
    assert json.loads(former.stdout) == kept
    assert (kept["depth"], len(kept["depths"])) == (kept["top_k"], 1)
    assert former.stderr.strip().endswith("use --keep-top-k")


def test_a_run_that_votes_contradict_is_refused_without_force(db: Path) -> None:
    succeed("label", "set", db, "tone", "--threshold", "0.01", "--gap", "0")
    with sqlclap.open(db, mode="write") as library:
        add_judged_copies(library)
        library.connection.execute("UPDATE votes SET verdict = 'reject' WHERE vote_id % 20")
    result = run("tag", db, "tone", "--dry-run")
    assert result.exit_code == 0
    assert "measured precision 0." in result.stdout
    assert "it would be refused without --force" in result.stderr
    refused = fail("tag", db, "tone")
    assert "lies below the target of 0.9" in refused
    assert "--force" in refused
    assert rows_of("tags", db, "--runs") == []
    (dry,) = rows_of("tag", db, "tone", "--dry-run")
    assert dry["refused"] is True
    assert dry["precision"]["high"] < dry["target"] == 0.9
    assert "tagged, run 1; measured precision" in succeed("tag", db, "tone", "--force")
    assert "votes" in fail("tags", db, "tone", "--write-files")
    (low,) = rows_of("tag", db, "tone", "--target", "0.05", "--dry-run")
    assert (low["refused"], low["target"]) == (False, 0.05)


def test_a_lone_label_is_never_high_and_says_so(db: Path) -> None:
    succeed("label", "remove", db, "noise", "--yes")
    result = run("matches", db, "tone")
    assert "no rival" in result.stdout
    assert "at most medium, for nothing tells it from the rest" in result.stderr
    assert {row["confidence"] for row in rows_of("matches", db, "tone")} <= {"medium", "low"}
    shown = succeed("label", "show", db, "tone")
    assert "at most medium" in shown
    assert "suggested rival: its least like matches" in shown
    told = rows_of("label", "show", db, "tone")
    assert told["rivals"]["can_be_high"] is False
    assert told["precision"]["precision"] is None
    succeed("label", "set", db, "tone", "--threshold", "0")
    result = run("tag", db, "tone", "--dry-run")
    assert result.stdout.startswith("tone: 0 sounds would be tagged")
    assert "6 more reach the threshold and stay medium: there is no rival" in result.stderr


def test_who_holds_a_match_back_is_shown(db: Path) -> None:
    succeed("label", "set", db, "tone", "--gap", "2", "--threshold", "0")
    assert "rival noise" in succeed("matches", db, "tone")
    assert "rival noise: holds back" in succeed("label", "show", db, "tone")
    assert "suggested rival: label noise" in succeed("label", "show", db, "tone")
    succeed("anchor", "add", db, "tone", "tones/tone-880.wav", "--negative")
    rows = {row["path"]: row for row in rows_of("matches", db, "tone")}
    assert rows["tones/tone-440.wav"]["rival_path"] in (None, "tones/tone-880.wav")
    assert {"rival_label", "rival_sample_id", "held_back_by"} <= set(rows["tones/tone-440.wav"])


def test_review_prints_its_queue_and_asks_only_on_a_terminal(db: Path) -> None:
    review = rows_of("review", db, "tone", "-n", "3")
    assert len(review["items"]) == 3
    assert {"stratum", "low", "high", "population", "drawn", "unit"} == set(review["draws"][0])
    assert "asks on a terminal" in fail("review", db, "tone")


def test_a_review_plays_no_file_of_a_name_below_the_working_folder(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a sound at a node the path is relative: here, another file may have that name."""
    keys = iter("pq")
    monkeypatch.setattr(click, "getchar", lambda: next(keys))
    monkeypatch.setattr(review_command, "play_sound", lambda *_: pytest.fail("played"))
    with sqlclap.open(db, mode="write") as library:
        review = library.labels.review("tone", 1, seed=0)
        (item,) = review.items
        monkeypatch.chdir(item.file.parent)
        items = Results([replace(item, file=Path(item.file.name))], type(item))
        assert items[0].file.exists()
        review_command.ask_all(library, replace(review, items=items), player=("player",))
    assert "it lies at a node" in capsys.readouterr().err


def test_answers_are_stored_at_once_and_can_be_taken_back(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = iter("ypbnuxq")
    monkeypatch.setattr(click, "getchar", lambda: next(keys))
    with sqlclap.open(db, mode="write") as library:
        review = library.labels.review("tone", 4, seed=0)
        assert review_command.ask_all(library, review, player=None) == 2
        votes = library.labels.votes("tone")
    assert [vote.verdict for vote in votes] == ["reject", "unsure"]
    assert {vote.source for vote in votes} == {"review"}
    assert json.loads(json.dumps([item.sample_id for item in review.items[:2]])) == [
        vote.sample_id for vote in votes
    ]
