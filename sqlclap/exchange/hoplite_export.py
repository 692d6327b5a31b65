"""A library becomes a database of perch-hoplite, which its own code opens and searches."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import numpy as np

from sqlclap.db.database import named_rows
from sqlclap.db.sources import native_path
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import from_blobs, usable_rows
from sqlclap.errors import HopliteError, NoVectorsError
from sqlclap.exchange.hoplite import LABEL_TYPES, OFFSETS, PROVENANCE, TABLES, VECTORS, usearch
from sqlclap.exchange.hoplite_import import CONTRACT_KEY
from sqlclap.exchange.new_folder import new_folder
from sqlclap.exchange.store import StoredAnnotation, stored_annotations
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.records import path_text

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import Session

SETTINGS = {
    "dtype": "float16",
    "metric_name": "IP",
    "expansion_add": 256,
    "expansion_search": 128,
}
"""perch-hoplite's own for new databases."""

AT_ONCE = 4096
"""Windows that are added to the vectors together."""

_TYPES = {verdict: number for number, verdict in LABEL_TYPES.items()}


@dataclass
class HopliteExport:
    """What a database of perch-hoplite was given.

    Attributes
    ----------
    folder : Path
    model : str
    recordings, windows, annotations, deployments : int
    """

    folder: Path
    model: str
    recordings: int = 0
    windows: int = 0
    annotations: int = 0
    deployments: int = 0


def export_hoplite(
    session: Session, folder: Path, listener: ProgressListener | None = None
) -> HopliteExport:
    """Write a library's recordings, windows with vectors, votes and deployments.

    Vectors are those of the model in use, as 16-bit floats: cosines agree to about 0.001. A sound
    of one window has that one. Votes on a sound as a whole are annotations from 0 to its end.

    Parameters
    ----------
    session : Session
    folder : Path
        Must be new, or empty.
    listener : ProgressListener, optional
        Is told of the stage ``hoplite`` (recordings).

    Raises
    ------
    HopliteError
        The folder holds something, or can't be written.
    NoVectorsError
        The library has none of the model.
    NotInstalledError
    """
    with read_transaction(session.database) as database:
        part = ExportedPart.of(database, session.model)
        for one in stored_annotations(database, "votes"):
            part.said[one.sample_id].append(one)
        return export_parts([part], folder, listener)


@dataclass(frozen=True)
class ExportedPart:
    """What one library gives to a database: all of it, or a shard's part of a set.

    Attributes
    ----------
    database : Database
        In a read transaction.
    model : StoredModel
        As this library has stored it.
    samples : list of dict
        Recordings that have vectors of it.
    said : dict of int to list of StoredAnnotation
        Votes, by the library's samples.
    """

    database: Database
    model: StoredModel
    samples: list[dict[str, Any]]
    said: defaultdict[int, list[StoredAnnotation]]

    @classmethod
    def of(cls, database: Database, model: StoredModel) -> ExportedPart:
        """Return a library's part, without annotations."""
        query = statement("exchange/hoplite_samples")
        samples = [*named_rows(database.execute(query, (model.model_id,)))]
        return cls(database, model, samples, defaultdict(list))


def export_parts(
    parts: Sequence[ExportedPart], folder: Path, listener: ProgressListener | None = None
) -> HopliteExport:
    """Write what libraries of one model give to a database; see `export_hoplite`."""
    usearch()  # tells first that it is not there
    listener, model = listener or NullProgress(), parts[0].model
    report = HopliteExport(folder, model.name)
    count = sum(len(one.samples) for one in parts)
    if not count:
        raise NoVectorsError(f"{parts[0].database.filename} holds no vectors of {model.name}")
    listener.started("hoplite", count)
    try:
        with new_folder(folder, HopliteError) as draft:
            writer = _Writer(draft, model, report)
            for part in parts:
                for sample in part.samples:
                    writer.put(part, sample)
                    listener.advanced(1)
            writer.finish()
    except (OSError, apsw.Error, RuntimeError) as error:
        raise HopliteError(f"can't write {folder}: {error}") from error
    return report


@dataclass
class _Batch:
    keys: list[int] = field(default_factory=list)
    vectors: list[Any] = field(default_factory=list)


class _Writer:
    """Writes one database, row by row.

    Parameters
    ----------
    folder : Path
    model : StoredModel
    report : HopliteExport
    """

    def __init__(self, folder: Path, model: StoredModel, report: HopliteExport) -> None:
        self._folder, self._model = folder, model
        self._report = report
        self._tables = apsw.Connection(str(folder / TABLES))
        self._tables.execute(statement("exchange/hoplite_schema"))
        self._tables.execute("BEGIN")
        index = usearch()
        self._vectors = index.Index(
            ndim=model.dim,
            metric=index.MetricKind.IP,
            dtype=index.ScalarKind.F16,
            expansion_add=SETTINGS["expansion_add"],
            expansion_search=SETTINGS["expansion_search"],
        )
        self._batch = _Batch()
        self._deployments: dict[tuple[str, str], int] = {}
        self._projects: dict[str, str] = {}

    def put(self, part: ExportedPart, sample: dict[str, Any]) -> None:
        """Write a recording with its deployment, windows and annotations."""
        path = path_text(Path(native_path(sample["path"], sample["path_bytes"])))
        row = (path, sample["started_at"], self._deployment(sample, path))
        insert = "INSERT INTO recordings (filename, datetime, deployment_id) VALUES (?, ?, ?)"
        self._tables.execute(insert, row)
        recording_id = self._tables.last_insert_rowid()
        self._report.recordings += 1
        for offsets, vector in _windows(part, int(sample["sample_id"])):
            insert = "INSERT INTO windows (recording_id, offsets) VALUES (?, ?)"
            self._tables.execute(insert, (recording_id, offsets))
            self._batch.keys.append(self._tables.last_insert_rowid())
            self._batch.vectors.append(vector)
            self._report.windows += 1
        if len(self._batch.keys) >= AT_ONCE:
            self._flush()
        for one in part.said[int(sample["sample_id"])]:
            self._annotate(recording_id, one)

    def _annotate(self, recording_id: int, one: StoredAnnotation) -> None:
        said = one.said
        length = said.recording.duration_s if said.recording is not None else None
        start = 0.0 if said.start_s is None else said.start_s
        end = (length or 0.0) if said.end_s is None else said.end_s
        provenance = said.more.get(PROVENANCE, one.origin)
        row = (recording_id, OFFSETS.pack(start, end), said.label, _TYPES[said.verdict], provenance)
        self._tables.execute(
            "INSERT INTO annotations (recording_id, offsets, label, label_type, provenance) "
            "VALUES (?, ?, ?, ?, ?)",
            row,
        )
        self._report.annotations += 1

    def _deployment(self, sample: dict[str, Any], path: str) -> int:
        """Return a recording's deployment; without one it is the innermost folder's, as agile does.

        perch-hoplite finds a recording's file by its deployment's project.
        """
        project = self._project(str(sample["root"]))
        name = sample["name"] or (path.partition("/")[0] if "/" in path else project)
        key = (str(name), project)
        if key not in self._deployments:
            columns = ("latitude", "longitude", "habitat", "recorder", "notes")
            row = (*key, *(sample[column] for column in columns))
            self._tables.execute(statement("exchange/hoplite_deployment_insert"), row)
            self._deployments[key] = self._tables.last_insert_rowid()
            self._report.deployments += 1
        return self._deployments[key]

    def _project(self, root: str) -> str:
        """Return the data set of a source: the last part of its folder, once."""
        if root not in self._projects:
            name = path_text(Path(root)).rstrip("/").rpartition("/")[2] or "recordings"
            taken = set(self._projects.values())
            number = 1
            project = name
            while project in taken:
                number += 1
                project = f"{name}-{number}"
            self._projects[root] = project
        return self._projects[root]

    def _flush(self) -> None:
        if self._batch.keys:
            keys = np.array(self._batch.keys, dtype=np.uint64)
            self._vectors.add(keys, np.stack(self._batch.vectors).astype(np.float16))
        self._batch = _Batch()

    def finish(self) -> None:
        """Write the metadata and the vectors."""
        self._flush()
        for key, value in self._metadata().items():
            insert = "INSERT INTO hoplite_metadata (key, value) VALUES (?, ?)"
            self._tables.execute(insert, (key, json.dumps(value)))
        self._tables.execute("COMMIT")
        self._tables.close()
        self._vectors.save(str(self._folder / VECTORS))

    def _metadata(self) -> dict[str, Any]:
        contract = json.loads(self._model.contract)
        config = contract.get("hoplite") or {
            "model_key": self._model.name,
            "embedding_dim": self._model.dim,
            "model_config": {"model_version": self._model.model_version},
            "logits_key": None,
            "logits_idxes": None,
        }
        kept = {"name": self._model.name, "canonical": self._model.contract}
        return {
            "usearch_config": {"embedding_dim": self._model.dim, **SETTINGS},
            "model_config": config,
            "audio_sources": {"audio_globs": [*map(_glob, self._projects.items())]},
            CONTRACT_KEY: kept,
        }


def _windows(part: ExportedPart, sample_id: int) -> Iterator[tuple[bytes, Any]]:
    """Yield start and end of each window, and its vector; a sound's own if it has no others."""
    model = part.model
    query = statement("db/sample_vectors_stored", model_id=model.model_id)
    rows = part.database.execute(query, (sample_id, model.model_id)).fetchall()
    chosen = [row for row in rows if row[0] is not None] or rows
    vectors = from_blobs([row[3] for row in chosen], model.dim)
    for row, vector, usable in zip(chosen, vectors, usable_rows(vectors), strict=True):
        if usable:
            yield OFFSETS.pack(_second(row[1]), _second(row[2])), vector


def _glob(source: tuple[str, str]) -> dict[str, Any]:
    root, project = source
    return {
        "dataset_name": project,
        "base_path": path_text(Path(root)),
        "file_glob": "**/*",
        "min_audio_len_s": 0.0,
        "target_sample_rate_hz": -2,
        "shard_len_s": None,
        "max_shards_per_file": None,
    }


def _second(value: float) -> float:
    return round(value, 6)
