"""The journal: whatever is said of sounds is undone and done again, and nobody else's word lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sqlclap
from sqlclap.db import row_changes
from sqlclap.db.row_changes import PEOPLES_TABLES
from sqlclap.errors import ChangedSinceError, UnknownChangeError
from sqlclap.history import journal as journals
from sqlclap.history.journal import Change, Journal
from sqlclap.labels.votes import CastVote

Work = Callable[[sqlclap.Library], Any]


def said(library: sqlclap.Library) -> dict[str, list[Any]]:
    """Return all that people have said, without when a label was last touched."""
    rows = {}
    for table in PEOPLES_TABLES:
        names = [row[1] for row in library.connection.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(name for name in names if name != "updated_at")
        query = f"SELECT {kept} FROM {table}"  # noqa: S608
        rows[table] = sorted(library.connection.execute(query), key=repr)
    return rows


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def labelled(filled: sqlclap.Library) -> sqlclap.Library:
    """The six sounds, of which something of each kind is said."""
    filled.labels.ensure("kick", [1, 2])
    filled.labels.vote("kick", [3], CastVote("accept"))
    filled.labels.tag_by_hand("kick", [3])
    filled.curation.add_favourites([2])
    filled.curation.rate([1], 4)
    filled.curation.note([1], "dry")
    filled.collections.add("Track 7", [1, 2])
    return filled


def rating_of(stars: int) -> Work:
    return lambda library: library.curation.rate([5], stars)


def done(journal: Journal, library: sqlclap.Library, work: Work) -> Change:
    _, change = journal.record(library.connection, lambda: work(library))
    assert change is not None
    return change


CHANGES: list[tuple[Work, str]] = [
    (lambda library: library.labels.add_anchors("kick", [3, 4]), "2 examples added: kick"),
    (lambda library: library.labels.ensure("snare", [3]), "Example added: snare"),
    (lambda library: library.labels.add("hat"), "Label added: hat"),
    (lambda library: library.labels.change("kick", threshold=0.5), "Label changed: kick"),
    (lambda library: library.labels.remove("kick"), "Label removed: kick"),
    (lambda library: library.labels.remove_anchors("kick", [1]), "Example removed: kick"),
    (
        lambda library: library.labels.add_anchors("kick", [1], "negative"),
        "Example changed: kick",
    ),
    (lambda library: library.labels.vote("kick", [4], CastVote("reject")), "Answer added: kick"),
    (lambda library: library.labels.tag_by_hand("kick", [4, 5]), "2 tags added: kick"),
    (lambda library: library.labels.untag(1), "Tag removed: kick"),
    (lambda library: library.curation.add_favourites([1, 2, 3]), "2 favourites added"),
    (lambda library: library.curation.remove_favourites([2]), "Favourite removed: "),
    (lambda library: library.curation.rate([1, 2], 5), "2 ratings changed"),
    (lambda library: library.curation.note([1], None), "Note removed: "),
    (lambda library: library.collections.add("New", [3]), "Sound added: New"),
    (lambda library: library.collections.add("Track 7", [3]), "Sound added: Track 7"),
    (lambda library: library.collections.rename("Track 7", "B side"), "Collection changed: B side"),
    (lambda library: library.collections.delete("Track 7"), "Collection removed: Track 7"),
]


@pytest.mark.parametrize(("work", "told"), CHANGES, ids=[told for _, told in CHANGES])
def test_everything_is_undone_and_done_again(
    work: Work, told: str, labelled: sqlclap.Library, journal: Journal
) -> None:
    before = said(labelled)
    change = done(journal, labelled, work)
    after = said(labelled)
    assert (change.what.startswith(told), after != before) == (True, True), change.what
    assert journal.undo(labelled.connection, change.change_id).undone
    assert said(labelled) == before
    assert not journal.redo(labelled.connection, change.change_id).undone
    assert said(labelled) == after
    journal.undo(labelled.connection, change.change_id)
    assert said(labelled) == before
    with pytest.raises(ChangedSinceError, match="already"):
        journal.undo(labelled.connection, change.change_id)


OTHERS: list[tuple[Work, Work]] = [
    (lambda one: one.curation.rate([3], 2), lambda one: one.curation.rate([3], 5)),
    (lambda one: one.curation.add_favourites([3]), lambda one: one.curation.remove_favourites([3])),
    (lambda one: one.curation.remove_favourites([2]), lambda one: one.curation.add_favourites([2])),
    (lambda one: one.labels.ensure("new", [1]), lambda one: one.labels.add_anchors("new", [4])),
    (lambda one: one.labels.ensure("new", [1]), lambda one: one.labels.remove("new")),
    (lambda one: one.collections.add("New", [1]), lambda one: one.collections.add("New", [2])),
    (
        lambda one: one.collections.delete("Track 7"),
        lambda one: one.collections.add("Track 7", [5]),
    ),
]


@pytest.mark.parametrize(("mine", "theirs"), OTHERS)
def test_what_others_said_in_between_is_never_lost(
    mine: Work, theirs: Work, labelled: sqlclap.Library, journal: Journal
) -> None:
    change = done(journal, labelled, mine)
    theirs(labelled)
    after = said(labelled)
    with pytest.raises(ChangedSinceError, match="is not undone"):
        journal.undo(labelled.connection, change.change_id)
    assert said(labelled) == after
    assert not journal.changes()[0].undone


def test_a_label_is_unmade_with_what_a_review_drew_but_not_with_answers(
    filled: sqlclap.Library, journal: Journal
) -> None:
    """Sounds that were drawn are nobody's word; an answer is, until it is undone."""
    made = done(journal, filled, lambda library: library.labels.ensure("kick", [1, 2]))
    review = filled.labels.review("kick", n=2)
    drawn = said(filled)["reviews"]
    vote = CastVote("accept", "review", review.review_id, review.items[0].stratum)
    sound = [review.items[0].sample_id]
    answered = done(journal, filled, lambda library: library.labels.vote("kick", sound, vote))
    with pytest.raises(ChangedSinceError):
        journal.undo(filled.connection, made.change_id)
    journal.undo(filled.connection, answered.change_id)
    journal.undo(filled.connection, made.change_id)
    assert not filled.labels.list()
    assert not said(filled)["reviews"]
    journal.redo(filled.connection, made.change_id)
    assert said(filled)["reviews"] == drawn


def test_changes_are_undone_in_any_order_where_they_are_apart(
    labelled: sqlclap.Library, journal: Journal
) -> None:
    before = said(labelled)
    first = done(journal, labelled, lambda library: library.labels.add_anchors("kick", [4]))
    second = done(journal, labelled, lambda library: library.labels.add_anchors("kick", [5]))
    assert [one.change_id for one in journal.changes()] == [second.change_id, first.change_id]
    journal.undo(labelled.connection, first.change_id)
    journal.undo(labelled.connection, second.change_id)
    assert said(labelled) == before


def test_what_changes_nothing_that_people_say_is_no_change(
    labelled: sqlclap.Library, journal: Journal
) -> None:
    works: list[Work] = [
        lambda library: library.curation.add_favourites([2]),
        lambda library: library.labels.review("kick", 2),
        lambda library: library.curation.record_use([1], "play"),
        lambda library: library.labels.list(),
    ]
    for work in works:
        assert journal.record(labelled.connection, lambda: work(labelled))[1] is None  # noqa: B023
    assert journal.changes() == []


def test_what_fails_is_no_change_and_leaves_no_trigger(
    labelled: sqlclap.Library, journal: Journal
) -> None:
    with pytest.raises(sqlclap.SqlclapError):
        journal.record(labelled.connection, lambda: labelled.curation.rate([1, 999], 3))
    assert journal.changes() == []
    assert (
        labelled.connection.execute(
            "SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger'"
        ).get
        == 0
    )


def test_only_the_latest_changes_are_kept(
    labelled: sqlclap.Library, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MOST_CHANGES", 2)
    changes = [done(journal, labelled, rating_of(stars)) for stars in (1, 2, 3)]
    assert journal.changes() == [changes[2], changes[1]]
    with pytest.raises(UnknownChangeError, match="only the last"):
        journal.undo(labelled.connection, changes[0].change_id)


def test_what_changes_too_many_rows_is_not_kept(
    labelled: sqlclap.Library, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_changes, "MOST_ROWS", 2)

    def rate(*sounds: int) -> Change | None:
        return journal.record(labelled.connection, lambda: labelled.curation.rate(sounds, 1))[1]

    kept = rate(2, 3)
    assert (kept is None, rate(4, 5, 6)) == (False, None)
    assert journal.changes() == [kept]
    assert labelled.curation.of(6).rating == 1
