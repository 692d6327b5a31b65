"""Tag runs over a set: planned from the catalog's labels, and written shard by shard.

A run is in force as soon as the catalog has it. Each shard gets its part in a transaction of its
own; one that is away then gets it when the run is resumed, and one at a node when it is resumed on
its machine, with a copy of the catalog.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import read_transaction, statement, write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.errors import QueryError
from sqlclap.labels.store import found_or_made
from sqlclap.labels.tag_conflicts import tags_held
from sqlclap.labels.tag_planning import PlannedRun, RunPart, insert_tags, positions_to_tag
from sqlclap.labels.tagging import (
    TagRequest,
    TagRun,
    as_run,
    judge_all,
    refuse_imprecise,
    run_params,
)
from sqlclap.labels.tags import insert_run
from sqlclap.progress import NullProgress
from sqlclap.quantities import typed
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.jobs import Knock
from sqlclap.shards.leases import tag_lease
from sqlclap.shards.missing import Missing
from sqlclap.shards.rivals import RivalsElsewhere
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.tag_jobs import PartsOfRuns, PlanTags, SaidOfCopies, TagWork, plan_in, score_in
from sqlclap.shards.tag_runs import KeptRun, named_runs, runs_of_set
from sqlclap.shards.travelling import pack
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.labels.precision import Judgement
    from sqlclap.labels.scorer import Scorer
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

OF_THE_START = frozenset({"labels", "dry_run", "target", "force", "preview"})
"""What of its request a run that is resumed need not know."""


class SetTagRuns(list[TagRun]):
    """Runs of a set, one a label.

    Attributes
    ----------
    reach : Reach
        Who is missing: shards that could not be asked, or be written; see `Labels.resume_tags`.
    """

    def __init__(self, runs: Iterable[TagRun], reach: Reach) -> None:
        super().__init__(runs)
        self.reach = reach

    @property
    def not_written(self) -> tuple[Missing, ...]:
        """Shards that have no part of the runs yet."""
        return self.reach.missing


@dataclass(frozen=True)
class OpenShard:
    """A shard's library that is open for writing."""

    number: int
    database: Database

    @property
    def model(self) -> StoredModel:
        """The set's model, as its library has stored it."""
        return default_model(self.database)


class SetTagger:
    """Tags the sounds of a set.

    Parameters
    ----------
    session : SetSession
    listener : ProgressListener, optional
    """

    def __init__(self, session: SetSession, listener: ProgressListener | None = None) -> None:
        self._session = session
        self._listener = listener or NullProgress()
        self._database = session.catalog.database
        self._scorer = session.scorer

    def tag(self, request: TagRequest, require_all: bool) -> SetTagRuns:
        """Tag all sounds that labels match with enough confidence; see `Labels.tag`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are; nothing is tagged.
        """
        positions = positions_to_tag(self._scorer, request.labels)
        with read_transaction(self._database) as database:
            judged = judge_all(database, self._scorer, positions, request)
        if not (request.dry_run or request.force):
            refuse_imprecise(judged)
        work = tag_work(self._session, self._scorer, positions, request)
        if request.dry_run:
            return self._dry_run(work, judged, require_all)
        with self._lease():
            self._reach(self._away()).check(require_all)
            run_ids = self._begin(work, judged, request)
            parts, missing = self._write(work, run_ids, None)
        runs = [as_run(*one) for one in zip(parts, judged, run_ids, strict=True)]
        return SetTagRuns(runs, self._reach(missing))

    def _dry_run(self, work: TagWork, judged: Sequence[Judgement], require_all: bool) -> SetTagRuns:
        found, reach = self._session.ask(PlanTags(work))
        reach.check(require_all)
        rivals = RivalsElsewhere(self._session, work.luggage)
        parts = [
            replace(one, preview=[rivals.told(row) for row in one.preview])
            for one in joined(self._labels(work), found.answers, work.planning.preview)
        ]
        pairs = zip(parts, judged, strict=True)
        return SetTagRuns((as_run(part, judgement, None) for part, judgement in pairs), reach)

    def resume(self) -> SetTagRuns:
        """Write the parts of runs in force that shards lack.

        Raises
        ------
        QueryError
            Labels have changed since; nothing is written.
        """
        with self._lease():
            kept = runs_of_set(self._database)
            found, reach = self._session.ask(PartsOfRuns(tuple(kept)))
            lacking = {
                run: {number for number, parts in found.parts if run not in parts} for run in kept
            }
            open_runs = {run: kept[run] for run, shards in lacking.items() if shards}
            self._check_unchanged(open_runs)
            missing = {one.shard: one for one in reach.missing}
            runs: list[TagRun] = []
            for some in _together(open_runs):
                done, away = self._resume(some, lacking)
                runs += done
                missing |= {one.shard: one for one in away}
        return SetTagRuns(runs, self._reach(list(missing.values())))

    def _resume(
        self, runs: Mapping[int, KeptRun], lacking: Mapping[int, set[int]]
    ) -> tuple[list[TagRun], list[Missing]]:
        """Write the parts of runs that were asked for together."""
        names = tuple(one.label for one in runs.values())
        asked = next(iter(runs.values())).params["asked"]
        request = TagRequest(labels=names, force=True, **asked)
        positions = positions_to_tag(self._scorer, names)
        work = tag_work(self._session, self._scorer, positions, request)
        parts, missing = self._write(work, [*runs], lacking)
        with read_transaction(self._database) as database:
            judged = judge_all(database, self._scorer, positions, request)
        return [as_run(*one) for one in zip(parts, judged, runs, strict=True)], missing

    def _check_unchanged(self, runs: Mapping[int, KeptRun]) -> None:
        now = fingerprint(self._scorer)
        for run, kept in runs.items():
            if kept.params["of_set"] != now:
                path = self._session.path
                raise QueryError(
                    f"run {run} of {kept.label!r} can't be resumed: labels, their anchors or their "
                    f"settings have changed since. Take it back (`sqlclap untag {typed(path)} "
                    f"{run}`), and tag anew"
                )

    def _begin(self, work: TagWork, judged: Sequence[Judgement], request: TagRequest) -> list[int]:
        """Keep in the catalog that the runs were made."""
        said = asdict(request).items()
        asked = {name: value for name, value in said if name not in OF_THE_START}
        more: dict[str, Any] = {"of_set": fingerprint(self._scorer), "asked": asked}
        run_ids = []
        with write_transaction(self._database) as database:
            for at, judgement in zip(work.positions, judged, strict=True):
                params = run_params(self._scorer, at, judgement, request) | more
                label_id, model_id = self._scorer.labels[at].label_id, self._scorer.model.model_id
                run_ids.append(insert_run(database, label_id, model_id, params, 0))
        return run_ids

    def _write(
        self, work: TagWork, run_ids: Sequence[int], lacking: Mapping[int, set[int]] | None
    ) -> tuple[list[RunPart], list[Missing]]:
        """Write each shard's parts; return what is told of the runs, and who has no part."""
        visit, parts = Visit([one for one in self._session.shards if one.is_here]), []
        in_force = json.dumps([*runs_of_set(self._database)])

        def write(shard: Shard, library: Library) -> None:
            wanted = [
                at
                for at, run in enumerate(run_ids)
                if lacking is None or shard.number in lacking[run]
            ]
            if not wanted:
                return
            holder = OpenShard(shard.number, library.connection)
            progress = ShardProgress(self._listener, visit.place_of(shard))
            scorer, claimed = score_in(holder, work, progress)
            with write_transaction(holder.database) as database:
                sweep(database, in_force)
                plans = plan_in(database, scorer, claimed, work)
                for at in wanted:
                    _write_part(database, (scorer, work), plans[at], run_ids[at])
            parts.append([one.told if at in wanted else _none(one) for at, one in enumerate(plans)])

        visit.each("write", write)
        self._count(run_ids)
        return joined(self._labels(work), parts, 0), [*visit.left_out, *self._at_nodes()]

    def _count(self, run_ids: Sequence[int]) -> None:
        found, _ = self._session.ask(PartsOfRuns(tuple(run_ids)))
        with write_transaction(self._database) as database:
            for run in run_ids:
                count = sum(parts.get(run, 0) for parts in found.answers)
                more = "UPDATE tag_runs SET tagged = max(tagged, ?) WHERE run_id = ?"
                database.execute(more, (count, run))

    @contextmanager
    def _lease(self) -> Iterator[None]:
        self._session.check_writable()
        with tag_lease(self._session.path):
            yield

    def _labels(self, work: TagWork) -> list[str]:
        return [self._scorer.labels[at].name for at in work.positions]

    def _away(self) -> list[Missing]:
        found, _ = self._session.ask(Knock())
        at_nodes = self._at_nodes()
        numbers = {one.shard for one in at_nodes}
        return [*at_nodes, *(one for one in found.missing if one.shard not in numbers)]

    def _at_nodes(self) -> list[Missing]:
        return [
            Missing(
                one.number,
                one.entry.path,
                f"it lies at node {one.entry.node!r}: write it there, with a copy of the catalog",
            )
            for one in self._session.shards
            if not one.is_here
        ]

    def _reach(self, missing: Sequence[Missing]) -> Reach:
        from sqlclap.shards.answers import Reach

        file, shards = self._session.file, self._session.shards
        ordered = tuple(sorted(missing, key=lambda one: one.shard))
        answered = len(shards) - len(ordered)
        return Reach(len(shards), answered, ordered, file.model_version, file.generation)


def tag_work(
    session: SetSession, scorer: Scorer, positions: Sequence[int], request: TagRequest
) -> TagWork:
    """Put together what shards need to plan runs."""
    with read_transaction(session.catalog.database) as database:
        every = range(len(scorer.labels))
        rejected = tuple(tuple(scorer.left_out(database, at, True).tolist()) for at in every)
        spoken_of = tuple(tuple(scorer.spoken_of(database, at, True)) for at in every)
        tags = tuple(
            (copy, name, *((None, None) if span is None else (span.start_s, span.end_s)))
            for copy, name, span in tags_held(database, request.moments)
        )
        named = {one for some in rejected for one in some} | {one[0] for one in tags}
        spans = [span for some in spoken_of for span in some]
        sounds = catalog_sounds(database, session.file)
        luggage = pack(scorer, sounds, sorted(named), spans)
        runs = named_runs(database)
    said = SaidOfCopies(rejected, spoken_of, tags)
    return TagWork(luggage, said, runs, tuple(positions), request.reached, request.planning)


def fingerprint(scorer: Scorer) -> str:
    """Sum up labels, their settings and their anchors: what a run's scores depend on."""
    anchors = scorer.anchors
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([asdict(one) for one in scorer.labels]).encode())
    for column in (anchors.vectors, anchors.weights, anchors.labels, anchors.positive):
        digest.update(column.tobytes())
    return digest.hexdigest()


def joined(
    names: Sequence[str], shards: Sequence[Sequence[RunPart]], preview: int
) -> list[RunPart]:
    """Put what shards tell of the same runs together."""
    whole = []
    for at, name in enumerate(names):
        parts = [one[at] for one in shards]
        rows = sorted(
            (row for one in parts for row in one.preview),
            key=lambda row: (row.margin, row.sample_id),
        )
        whole.append(
            RunPart(
                name,
                sum(one.tagged for one in parts),
                sum(one.unproven for one in parts),
                [conflict for one in parts for conflict in one.conflicts],
                [replace(row, rank=rank) for rank, row in enumerate(rows[:preview], start=1)],
            )
        )
    return whole


def sweep(database: Database, in_force: str) -> None:
    """Remove a shard's parts of runs that are not in force any more; in a write transaction."""
    query = "SELECT DISTINCT label_id FROM tag_runs WHERE json_extract(params, '$.set_run') > 0"
    brought = json.dumps([row[0] for row in database.execute(query)])
    database.execute(statement("shards/runs_swept"), (in_force,))
    database.execute(statement("shards/labels_swept"), (brought,))


def _write_part(
    database: Database, made_by: tuple[Scorer, TagWork], plan: PlannedRun, run: int
) -> None:
    scorer, work = made_by
    label = found_or_made(database, plan.told.label)
    held = "SELECT 1 FROM tag_runs WHERE json_extract(params, '$.set_run') = ?"
    if database.execute(held, (run,)).fetchone():  # by another program, just now
        return
    params = asdict(scorer.labels[plan.position])
    params |= {"set_run": run, "confidence": work.reached.confidence}
    tagged, model_id = plan.told.tagged, scorer.model.model_id
    run_id = insert_run(database, label.label_id, model_id, params, tagged)
    insert_tags(database, plan.tags, run_id, label.label_id)


def _none(plan: PlannedRun) -> RunPart:
    return RunPart(plan.told.label, 0)


def _together(runs: Mapping[int, KeptRun]) -> Iterable[dict[int, KeptRun]]:
    """Divide runs into those that were asked for in the same way; a label comes once in each."""
    groups: defaultdict[tuple[str, int], dict[int, KeptRun]] = defaultdict(dict)
    seen: defaultdict[tuple[str, str], int] = defaultdict(int)
    for run, kept in sorted(runs.items()):
        asked = json.dumps(kept.params["asked"], sort_keys=True)
        nth = seen[asked, kept.label]
        seen[asked, kept.label] += 1
        groups[asked, nth][run] = kept
    return groups.values()
