"""Annotations as rows of a library: votes, anchors or tags, taken in and given out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.db.sources import file_path
from sqlclap.db.spans import SampleSpan, optional_span
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import default_model
from sqlclap.errors import UnknownLabelError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.placing import PlacedAnnotation
from sqlclap.labels.anchors import add_anchors
from sqlclap.labels.store import Label, add_label, find_label
from sqlclap.labels.tags import insert_run
from sqlclap.records import path_text

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Kind = Literal["votes", "anchors", "tags"]
KINDS: tuple[Kind, ...] = ("votes", "anchors", "tags")


def becomes(kind: Kind, said: Annotation) -> bool:
    """Whether an annotation becomes one of a kind: nobody is sure of some, others are rejected."""
    if kind == "votes":
        return True
    return said.verdict == "accept" if kind == "tags" else said.verdict != "unsure"


@dataclass
class Stored:
    """What annotations became.

    Attributes
    ----------
    labels : int
        New ones.
    rows : int
        Votes, anchors or tags that are new.
    known : int
        Annotations that were there already.
    unsure : int
        Annotations that are no anchors, nor tags: nobody was sure, or they were rejected.
    runs : list of int
        Of tags, to be undone.
    """

    labels: int
    rows: int
    known: int
    unsure: int
    runs: list[int]


class AnnotationWriter:
    """Stores annotations; in a write transaction.

    Parameters
    ----------
    connection : Database
    kind : {"votes", "anchors", "tags"}
    origin : str
        What the tags' runs remember: the files' names.
    is_found : bool
        Whether a program said so: its tags are of medium confidence, a person's "hand".
    """

    def __init__(
        self, connection: Database, kind: Kind, origin: str, is_found: bool = False
    ) -> None:
        self._confidence = "medium" if is_found else "hand"
        self._connection = connection
        self._kind = kind
        self._origin = origin
        self._labels: dict[str, Label] = {}
        self._runs: dict[int, int] = {}
        self.stored = Stored(labels=0, rows=0, known=0, unsure=0, runs=[])

    def write(self, placed: Iterable[PlacedAnnotation]) -> Stored:
        """Store annotations; doing it twice changes nothing.

        Raises
        ------
        LabelError
            A label can't be called so.
        """
        store = {"votes": self._vote, "anchors": self._anchor, "tags": self._tag}[self._kind]
        for one in placed:
            label = self._label(one.said.label)
            if not becomes(self._kind, one.said):
                self.stored.unsure += 1
            elif store(label, one):
                self.stored.rows += 1
            else:
                self.stored.known += 1
        self._close_runs()
        return self.stored

    def _label(self, name: str) -> Label:
        if name not in self._labels:
            try:
                self._labels[name] = find_label(self._connection, name)
            except UnknownLabelError:
                self._labels[name] = add_label(self._connection, name, {})
                self.stored.labels += 1
        return self._labels[name]

    def _vote(self, label: Label, one: PlacedAnnotation) -> bool:
        row = _columns(label, one) | {"verdict": one.said.verdict}
        insert = statement("exchange/vote_insert")
        return self._connection.execute(insert, row).fetchone() is not None

    def _anchor(self, label: Label, one: PlacedAnnotation) -> bool:
        said = one.said
        place = SampleSpan(one.sample_id, optional_span(said.start_s, said.end_s))
        polarity: Any = "positive" if said.verdict == "accept" else "negative"
        added = add_anchors(self._connection, label, [place], polarity) > 0
        self._connection.execute(statement("exchange/anchor_details"), _columns(label, one))
        return added

    def _tag(self, label: Label, one: PlacedAnnotation) -> bool:
        if label.label_id not in self._runs:
            params = {"confidence": self._confidence, "imported": self._origin}
            run_id = insert_run(self._connection, label.label_id, self._model_id, params, 0)
            self._runs[label.label_id] = run_id
        run_id = self._runs[label.label_id]
        row = _columns(label, one) | {"run_id": run_id, "confidence": self._confidence}
        return (
            self._connection.execute(statement("exchange/tag_insert"), row).fetchone() is not None
        )

    @cached_property
    def _model_id(self) -> int:
        return default_model(self._connection).model_id

    def _close_runs(self) -> None:
        """Note how many tags each run wrote; a run that wrote none goes."""
        for run_id in self._runs.values():
            count = "SELECT count(*) FROM tags WHERE run_id = ?"
            tagged = int(self._connection.execute(count, (run_id,)).get)
            if tagged:
                update = "UPDATE tag_runs SET tagged = ? WHERE run_id = ?"
                self._connection.execute(update, (tagged, run_id))
                self.stored.runs.append(run_id)
            else:
                self._connection.execute("DELETE FROM tag_runs WHERE run_id = ?", (run_id,))


def _columns(label: Label, one: PlacedAnnotation) -> dict[str, Any]:
    said = one.said
    more = json.dumps(dict(said.more), ensure_ascii=False) if said.more else None
    return {
        "label_id": label.label_id,
        "sample_id": one.sample_id,
        "start_s": said.start_s,
        "end_s": said.end_s,
        "found_score": said.confidence,
        "low_hz": said.low_hz,
        "high_hz": said.high_hz,
        "notes": said.notes,
        "more": more,
    }


@dataclass(frozen=True)
class StoredAnnotation:
    """An annotation that a library holds.

    Attributes
    ----------
    sample_id : int
    file : Path
    said : Annotation
        Its recording's path is below its source's folder.
    origin : str
        A vote's source; "anchor" or "tag".
    """

    sample_id: int
    file: Path
    said: Annotation
    origin: str


def stored_annotations(
    database: Database, kind: Kind, labels: Sequence[str] = ()
) -> list[StoredAnnotation]:
    """Return what a library holds of a kind, by recording and start; of all labels by default.

    Raises
    ------
    UnknownLabelError
    """
    query = statement(f"exchange/{kind}")
    wanted: list[int | None] = [find_label(database, name).label_id for name in labels]
    found = [
        _stored(row)
        for label_id in dict.fromkeys(wanted or [None])
        for row in database.execute(query, {"label_id": label_id})
    ]
    return found if len(wanted) < 2 else sorted(found, key=in_order)


def in_order(one: StoredAnnotation) -> tuple[str, float, float, str]:
    """Return what annotations are put in order by: recording, start, end, label."""
    said = one.said
    start, end = (-1.0 if value is None else value for value in (said.start_s, said.end_s))
    return (str(one.file), start, end, said.label)


def _stored(row: tuple[Any, ...]) -> StoredAnnotation:
    label, root, path, raw, duration_s, sample_rate, start_s, end_s, verdict, *details = row
    score, low_hz, high_hz, notes, more, sample_id, origin = details
    said = Annotation(
        label=label,
        recording=Recording(path, duration_s, sample_rate),
        start_s=start_s,
        end_s=end_s,
        verdict=verdict,
        confidence=score,
        low_hz=low_hz,
        high_hz=high_hz,
        notes=notes,
        more=json.loads(more) if more else {},
    )
    return StoredAnnotation(sample_id, file_path(root, path, raw), said, origin)


def absolute(one: StoredAnnotation) -> Annotation:
    """Return an annotation whose recording's path is that of its file on disk."""
    recording = one.said.recording or Recording("")
    return replace(one.said, recording=replace(recording, path=path_text(one.file)))
