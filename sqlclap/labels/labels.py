"""The labels of a library: the class behind `Library.labels`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Unpack

from sqlclap.db.statements import read_transaction, write_transaction
from sqlclap.errors import LibraryBusyError, ModelError, NoVectorsError
from sqlclap.labels.anchors import add_anchors
from sqlclap.labels.density import LabelDensity
from sqlclap.labels.feedback import Feedback
from sqlclap.labels.file_tags import FilesReport, write_tags
from sqlclap.labels.histogram import ScoreHistogram, score_histogram
from sqlclap.labels.match_request import MatchOptions, MatchRequest, check_confidence
from sqlclap.labels.matching import LabelMatches
from sqlclap.labels.moment_review import MomentReviewRequest, start_moment_review
from sqlclap.labels.precision import Precision, measure_moment_precision, measure_precision
from sqlclap.labels.review import Review, start_review
from sqlclap.labels.rivals import RivalReport, find_rivals
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.scoring import Confidence, LabelSettings
from sqlclap.labels.store import (
    GivenSettings,
    Label,
    LabelOverview,
    add_label,
    change_label,
    find_label,
    list_labels,
    overview,
    remove_label,
    rename_label,
)
from sqlclap.labels.suggestions import (
    PathLabel,
    PathRequest,
    Suggestions,
    labels_from_folders,
    labels_from_patterns,
    paths_with_vectors,
    suggest_anchors,
)
from sqlclap.labels.tagging import BY_HAND, TagRequest, TagRun, check_written_tags, tag
from sqlclap.labels.tags import PastRun, Tag, list_runs, list_tags, undo_run
from sqlclap.labels.transfer import ImportReport, Record, export_records, import_records
from sqlclap.labels.zero_shot import TEMPLATES, Classification, classify, embed_names, unknown_names
from sqlclap.notebook.results import Results
from sqlclap.search.planner import Planner
from sqlclap.search.spans import refresh_span_vectors
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.labels.calibration import CalibrationRequest
    from sqlclap.labels.model_comparison import ModelScore
    from sqlclap.progress import ProgressListener


class Labels(Feedback, LabelDensity):
    """Labels by example: anchors, matches, votes, tags.

    Every method that writes does so in one transaction: it happens whole or not at all. Methods
    that take a label raise `UnknownLabelError` where there is none of that name; those that take
    sounds raise `UnknownSoundError`.

    Parameters
    ----------
    session : Session
    """

    def add(self, name: str, **settings: Unpack[GivenSettings]) -> Label:
        """Make a label; see `Label` for the settings.

        Raises
        ------
        LabelExistsError, LabelValueError
        """
        with write_transaction(self._session.database) as connection:
            return add_label(connection, name, settings)

    def change(self, name: str, **settings: Unpack[GivenSettings]) -> Label:
        """Change settings; None goes back to the calibrated value, or the model's default."""
        with write_transaction(self._session.database) as connection:
            return change_label(connection, name, settings)

    def rename(self, name: str, new: str) -> Label:
        """Give a label another name."""
        with write_transaction(self._session.database) as connection:
            return rename_label(connection, name, new)

    def remove(self, name: str) -> Label:
        """Remove a label with its anchors, votes, calibrations and tags."""
        with write_transaction(self._session.database) as connection:
            return remove_label(connection, name)

    def get(self, name: str) -> Label:
        """Return a label."""
        return find_label(self._session.database, name)

    def list(self) -> list[Label]:
        """Return all labels, by name."""
        return list_labels(self._session.database)

    def overview(self) -> Results[LabelOverview]:
        """Return each label with the numbers of what it holds and the settings in force.

        Their keys are the fields of `sqlclap.labels.store.LabelOverview`; the former names
        ``positive`` and ``negative`` (now ``anchors`` and ``negative_anchors``) warn, and go with
        the next version.
        """
        rows = overview(self._session.database, self._model_if_any())
        return Results(rows, LabelOverview)

    def rivals(self, name: str) -> RivalReport:
        """Return the rivals that keep a label's matches from high confidence, and possible rivals.

        Raises
        ------
        NoAnchorsError
        """
        planner = self._session.cache(Planner)
        with read_transaction(self._session.database) as database:
            return find_rivals(database, scorer_of(self._session), name, planner)

    def precision(
        self,
        name: str,
        confidence: Confidence = "high",
        threshold: float | None = None,
        moments: bool = False,
    ) -> Precision:
        """Return the precision of the sounds that reach a confidence, estimated from votes.

        With `moments`, that of the moments that reach it, from votes on spans.

        Raises
        ------
        NoAnchorsError
        """
        check_confidence(confidence)
        scorer = scorer_of(self._session)
        at = scorer.scoring_position(name)
        measure = measure_moment_precision if moments else measure_precision
        return measure(self._session.database, scorer, at, confidence, threshold)

    def compare_models(
        self,
        first: str,
        second: str,
        labels: Iterable[str] = (),
        request: CalibrationRequest | None = None,
    ) -> Results[ModelScore]:
        """Compare two models by votes on whole sounds; see `sqlclap.labels.model_comparison`.

        Parameters
        ----------
        first, second : str
            Names of models of which the library holds vectors.
        labels : iterable of str
            By default all.
        request : CalibrationRequest, optional

        Raises
        ------
        UnknownModelError, UnknownLabelError, QueryError
        """
        from sqlclap.labels.model_comparison import compare_models

        sessions = (self._session.by(first), self._session.by(second))
        return compare_models(sessions, labels, request)

    def from_folders(self, request: PathRequest, dry_run: bool = False) -> Sequence[PathLabel]:
        """Make a label of each folder's name, with sounds of the folder as anchors."""
        paths = paths_with_vectors(self._session.database, self._session.model)
        return self._make(labels_from_folders(paths, request), dry_run)

    def from_patterns(
        self, patterns: Mapping[str, Sequence[str]], request: PathRequest, dry_run: bool = False
    ) -> Sequence[PathLabel]:
        """Make labels of patterns over paths; see `labels_from_patterns`."""
        paths = paths_with_vectors(self._session.database, self._session.model)
        return self._make(labels_from_patterns(paths, patterns, request), dry_run)

    def _make(self, proposed: Sequence[PathLabel], dry_run: bool) -> Sequence[PathLabel]:
        if not dry_run:
            with write_transaction(self._session.database) as connection:
                existing = {label.name.lower() for label in list_labels(connection)}
                for one in proposed:
                    if one.name.lower() not in existing:
                        add_label(connection, one.name, {})
                    add_anchors(connection, find_label(connection, one.name), one.anchors)
        return proposed

    def settings(self, name: str) -> LabelSettings:
        """Return the settings in force under the model: by hand, calibrated, or by default."""
        scorer = scorer_of(self._session)
        return scorer.labels[scorer.position(name)]

    def matches(self, name: str, n: int = 20, **request: Unpack[MatchOptions]) -> LabelMatches:
        """Return a label's matches, by confidence, then by score.

        With `moments`, they are events as `sqlclap.labels.moments.LabelEvent`: stretches of sounds
        that begin at `start_s`, end at `end_s` and match best at `peak_s`.

        Parameters
        ----------
        name : str
        n : int
        **request
            More of `MatchRequest`: `confidence`, `with_anchors`, `moments`, `exact`, `only`.

        Raises
        ------
        NoAnchorsError
        QueryError
            A filter can't be used.
        """
        match_request = MatchRequest(name, n, **request)
        from sqlclap.labels.moments import label_matches

        with read_transaction(self._session.database):
            return label_matches(self._session, match_request)

    def histogram(self, name: str) -> ScoreHistogram:
        """Count all samples by their score for a label, beside the scores of its votes.

        Raises
        ------
        NoAnchorsError
        """
        return score_histogram(self._session.database, scorer_of(self._session), name)

    def review(self, name: str, n: int = 40, seed: int | None = None) -> Review:
        """Draw pairs to ask a person about: near the threshold, at the top, and at random."""
        return start_review(self._session.database, scorer_of(self._session), name, n, seed)

    def review_moments(self, request: MomentReviewRequest) -> Review:
        """Draw moments to ask a person about: windows of long sounds, and short sounds.

        Votes on them are votes on spans: ``(item.sample_id, Span(item.start_s, item.end_s))``.

        Raises
        ------
        UnknownLabelError, NoAnchorsError
        QueryError
            There is nothing left to ask about, or the filter can't be used.
        """
        return start_moment_review(self._session, request)

    def suggest(self, prompts: Sequence[str], n: int = 20) -> Suggestions:
        """Return samples that match texts, as candidates for anchors; nothing is stored."""
        return suggest_anchors(self._session, prompts, n)

    def classify(
        self,
        names: Sequence[str],
        templates: Sequence[str] = TEMPLATES,
        with_unknown: bool = True,
    ) -> Classification:
        """Classify all samples among names by text similarity (zero-shot), largest shares first.

        Raises
        ------
        QueryError
            Names are missing or doubled, or a template lacks ``{}``.
        NoTextTowerError
            The model has no words.
        """
        session = self._session
        model = session.text_model
        embedded = embed_names(model.encoder, names, templates, with_unknown)
        return classify(session, model, embedded)

    def unknown_names(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return, by name, why the model can't sort sounds among names that it doesn't know."""
        return unknown_names(self._session.text_model.encoder, names)

    def tag(
        self, request: TagRequest, listener: ProgressListener | None = None
    ) -> Sequence[TagRun]:
        """Tag sounds that match with enough confidence; see `sqlclap.labels.tagging.tag`."""
        return tag(self._session.database, scorer_of(self._session), request, listener)

    def untag(self, run_id: int) -> int:
        """Undo a run and return how many tags went."""
        with write_transaction(self._session.database) as connection:
            return undo_run(connection, run_id)

    def tags(self, name: str | None = None) -> Results[Tag]:
        """Return the tags in force, of one label or of all."""
        return Results(list_tags(self._session.database, name), Tag)

    def write_files(self, tags: Iterable[Tag], force: bool = False) -> FilesReport:
        """Write labels into sound files' own metadata; see `sqlclap.labels.file_tags`.

        Raises
        ------
        PrecisionTooLowError
            Votes show that a label's tags miss its target: nothing is written, unless `force`.
        """
        chosen = [*tags]
        if not force and any(tag.confidence != BY_HAND for tag in chosen):
            check_written_tags(self._session.database, scorer_of(self._session), chosen)
        return write_tags(self._session.database, chosen)

    def runs(self) -> Results[PastRun]:
        """Return all tag runs, undone ones as well, oldest first."""
        return Results(list_runs(self._session.database), PastRun)

    def export(self, names: Iterable[str] = ()) -> Sequence[Record]:
        """Return labels, anchors and votes as records; see `sqlclap.labels.transfer`."""
        return export_records(self._session.database, several(names, "labels"))

    def take_in(self, records: Iterable[Record]) -> ImportReport:
        """Import records; doing it twice changes nothing. Spans get their vectors."""
        with write_transaction(self._session.database) as connection:
            report = import_records(connection, records)
        with suppress(NoVectorsError, ModelError, LibraryBusyError):
            refresh_span_vectors(self._session).tell()
        return report
