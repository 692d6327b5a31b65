"""The labels of a set: said in its catalog, found in its shards."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from sqlclap.errors import PartialAnswerError
from sqlclap.labels.anchors import Anchor, Polarity
from sqlclap.labels.density import LEVEL, CallDensity
from sqlclap.labels.match_request import MatchOptions, MatchRequest
from sqlclap.labels.matching import LabelMatch, LabelMatches
from sqlclap.labels.scoring import CONFIDENCES
from sqlclap.labels.suggestions import (
    check_patterns,
    labels_from_folders,
    labels_from_patterns,
)
from sqlclap.labels.transfer import checked_records
from sqlclap.labels.votes import CastVote, Vote
from sqlclap.labels.zero_shot import TEMPLATES
from sqlclap.notebook.results import Results
from sqlclap.shards.answers import Reach, SaidRows, joined_plan
from sqlclap.shards.asking import answered
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import copied, held_copies
from sqlclap.shards.density import density_of_set
from sqlclap.shards.filters import in_shards
from sqlclap.shards.importing import SetImportReport, copy_recorded
from sqlclap.shards.label_jobs import MatchLabel
from sqlclap.shards.lacking_tags import checked_reach
from sqlclap.shards.naming import (
    SetClassification,
    SetPathLabels,
    SetSuggestions,
    classify,
    paths_of_set,
    suggest,
)
from sqlclap.shards.reviews import LabelOfAll
from sqlclap.shards.rivals import RivalsElsewhere
from sqlclap.shards.tags import TagsOfSet
from sqlclap.shards.travelling import pack

if TYPE_CHECKING:
    from sqlclap.labels.histogram import ScoreHistogram
    from sqlclap.labels.moment_review import MomentReviewRequest
    from sqlclap.labels.review import Review
    from sqlclap.labels.rivals import RivalReport
    from sqlclap.labels.suggestions import PathLabel, PathRequest
    from sqlclap.labels.tagging import TagRun
    from sqlclap.labels.transfer import Record
    from sqlclap.search.results import Plan
    from sqlclap.search.targets import Target
    from sqlclap.shards.session import SetSession


class SetLabelMatches(LabelMatches):
    """What a label finds in a set, best first; ids are the set's.

    Attributes
    ----------
    reach : Reach
    """

    def __init__(
        self,
        matches: Iterable[LabelMatch],
        kind: type[LabelMatch],
        told: tuple[Plan, str],
        reach: Reach,
    ) -> None:
        super().__init__(matches, kind, *told)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return [*self.reach.remarks(), *super().remarks()]


class SetLabels(TagsOfSet):
    """Labels of a set: those of its catalog, which match sounds of all shards.

    Sounds are named as the set names them; what something is said of is copied into the catalog.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        A shard that doesn't answer is an error.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        super().__init__(session.catalog)
        self._set = session
        self._require_all = require_all

    def ensure(
        self,
        name: str,
        sounds: Iterable[Target],
        polarity: Polarity = "positive",
        weight: float = 1.0,
    ) -> int:
        """Like `add_anchors`; the label is made if it doesn't exist."""
        return super().ensure(name, copied(self._set, sounds), polarity, weight)

    def add_anchors(
        self,
        name: str,
        sounds: Iterable[Target],
        polarity: Polarity = "positive",
        weight: float = 1.0,
    ) -> int:
        """Make sounds of the set anchors; see `Labels.add_anchors`."""
        self.get(name)  # told before anything is copied
        return super().add_anchors(name, copied(self._set, sounds), polarity, weight)

    def remove_anchors(self, name: str, sounds: Iterable[Target]) -> int:
        """Take sounds out of a label's anchors."""
        return super().remove_anchors(name, copied(self._set, sounds))

    def vote(self, name: str, sounds: Iterable[Target], vote: CastVote) -> Sequence[int]:
        """Store a vote on each sound of the set."""
        self.get(name)
        return super().vote(name, copied(self._set, sounds), vote)

    def withdraw_pairs(self, name: str, sounds: Iterable[Target]) -> int:
        """Remove all votes on pairs."""
        return super().withdraw_pairs(name, copied(self._set, sounds))

    def tag_by_hand(self, name: str, sounds: Iterable[Target], create: bool = False) -> TagRun:
        """Tag sounds of the set by hand; see `Labels.tag_by_hand`."""
        if not create:
            self.get(name)
        return super().tag_by_hand(name, copied(self._set, sounds), create)

    def anchors(self, name: str) -> SaidRows[Anchor]:
        """Return a label's anchors; of a sound whose shard is missing, the id is 0."""
        ids, reach = held_copies(self._set)
        rows = (replace(one, sample_id=ids.get(one.sample_id, 0)) for one in super().anchors(name))
        return SaidRows([*rows], Anchor, reach)

    def votes(self, name: str) -> SaidRows[Vote]:
        """Return a label's votes, oldest first; ids as for `anchors`."""
        ids, reach = held_copies(self._set)
        rows = (replace(one, sample_id=ids.get(one.sample_id, 0)) for one in super().votes(name))
        return SaidRows([*rows], Vote, reach)

    def take_in(self, records: Iterable[Record]) -> SetImportReport:
        """Import records about sounds of all shards; see `Labels.take_in`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are; nothing is imported.
        """
        checked = [*checked_records(records)]
        reach = copy_recorded(self._set, checked, self._require_all)
        report = SetImportReport(**vars(super().take_in(checked)))
        report.reach = reach
        return report

    def matches(self, name: str, n: int = 20, **request: Unpack[MatchOptions]) -> SetLabelMatches:
        """Return a label's matches in all shards, with gaps over all labels; see `Labels.matches`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        asked = MatchRequest(name, n, **request)
        label = asked.only.label
        asked = replace(asked, only=in_shards(self._set, asked.only))
        found = _Matching(self._set, asked).found(self._require_all)
        found.reach = checked_reach(self._set, found.reach, [label], self._require_all)
        return found

    def suggest(self, prompts: Sequence[str], n: int = 20) -> SetSuggestions:
        """Return sounds of all shards that match texts; see `Labels.suggest`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        return suggest(self._set, prompts, n, self._require_all)

    def classify(
        self,
        names: Sequence[str],
        templates: Sequence[str] = TEMPLATES,
        with_unknown: bool = True,
    ) -> SetClassification:
        """Sort the sounds of all shards among names; see `Labels.classify`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        classified = classify(self._set, names, templates, with_unknown)
        classified.reach.check(self._require_all)
        return classified

    def from_folders(self, request: PathRequest, dry_run: bool = False) -> SetPathLabels:
        """Make a label of each folder's name, over all shards; see `Labels.from_folders`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        paths, reach = paths_of_set(self._set, self._require_all)
        return self._made(labels_from_folders(paths, request), reach, dry_run)

    def from_patterns(
        self, patterns: Mapping[str, Sequence[str]], request: PathRequest, dry_run: bool = False
    ) -> SetPathLabels:
        """Make labels of patterns over the paths of all shards; see `Labels.from_patterns`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        check_patterns(patterns)
        paths, reach = paths_of_set(self._set, self._require_all)
        return self._made(labels_from_patterns(paths, patterns, request), reach, dry_run)

    def _made(self, proposed: Sequence[PathLabel], reach: Reach, dry_run: bool) -> SetPathLabels:
        if not dry_run:
            chosen = list(dict.fromkeys(anchor for one in proposed for anchor in one.anchors))
            copies = dict(zip(chosen, (copy for copy, _ in copied(self._set, chosen)), strict=True))
            super()._make(
                [replace(one, anchors=[copies[at] for at in one.anchors]) for one in proposed],
                dry_run,
            )
        return SetPathLabels(proposed, reach)

    def review(self, name: str, n: int = 40, seed: int | None = None) -> Review:
        """Draw pairs to ask a person about among the sounds of all shards; see `Labels.review`.

        Raises
        ------
        PartialAnswerError
            A shard is missing: what is estimated from the answers would not be of all.
        """
        return LabelOfAll(self._set, name).review(n, seed)

    def review_moments(self, request: MomentReviewRequest) -> Review:
        """Draw moments of all shards to ask a person about; see `Labels.review_moments`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        return LabelOfAll(self._set, request.label).review_moments(request)

    def density(
        self,
        name: str,
        by: str | Iterable[str] = (),
        level: float = LEVEL,
        seed: int = 0,
        moments: bool = False,
    ) -> Results[CallDensity]:
        """Estimate the share of all shards' sounds that hold a label; see `Labels.density`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        return density_of_set(self._set, name, by, (level, seed), moments)

    def histogram(self, name: str) -> ScoreHistogram:
        """Count the sounds of all shards by their score for a label; see `Labels.histogram`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        return LabelOfAll(self._set, name).histogram(self)

    def rivals(self, name: str) -> RivalReport:
        """Return a label's rivals, and possible ones in all shards; see `Labels.rivals`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        return LabelOfAll(self._set, name).rivals(self)


class _Matching:
    """One label's matches."""

    def __init__(self, session: SetSession, request: MatchRequest) -> None:
        self._session, self._request = session, request
        catalog = session.catalog
        self._scorer = session.scorer
        wanted = self._scorer.scoring_position(request.label), request.with_anchors
        left_out = self._scorer.left_out(catalog.database, *wanted).tolist()
        spoken_for = self._scorer.spoken_of(catalog.database, *wanted)
        sounds = catalog_sounds(catalog.database, session.file)
        self._luggage = pack(self._scorer, sounds, left_out, spoken_for)
        self._rivals = RivalsElsewhere(session, self._luggage)

    def found(self, require_all: bool) -> SetLabelMatches:
        """Ask all shards, and merge what they answer."""
        began = time.perf_counter()
        found, reach = self._session.ask(MatchLabel(self._request, self._luggage))
        reach.check(require_all)
        parts = answered(found.answers)
        if not parts:
            raise PartialAnswerError("no shard answered")
        rows = sorted((row for part in parts for row in part.rows), key=_best_first)
        rows = [
            replace(self._rivals.told(row), rank=rank)
            for rank, row in enumerate(rows[: self._request.limit], start=1)
        ]
        plan = joined_plan([one.plan for one in parts], time.perf_counter() - began)
        return SetLabelMatches(rows, parts[0].kind, (plan, self._scorer.model.name), reach)


def _best_first(row: LabelMatch) -> tuple[int, float, int, float]:
    level = CONFIDENCES.index(row.confidence)
    return -level, -row.score, row.sample_id, getattr(row, "start_s", 0.0)
