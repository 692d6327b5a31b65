"""What each route of the API answers, as types: the page's types are generated from them.

Results are named by their classes; what is told of one stands in `sqlclap.records`. Tests hold
real answers to this table. What is not required is told only where there is something to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NotRequired

from datasette_sqlclap.local_answers import FailuresAnswer, WorkAnswer
from datasette_sqlclap.plain_answer import Answer, SetAnswer
from sqlclap.curation.collections import Collection
from sqlclap.curation.keeping import KeptSample
from sqlclap.db.samples import ListedSample, Sample
from sqlclap.finding.find import TermShare
from sqlclap.finding.measure_words import Understood
from sqlclap.history.journal import Change
from sqlclap.labels.anchors import Anchor
from sqlclap.labels.density import CallDensity
from sqlclap.labels.histogram import ScoreHistogram
from sqlclap.labels.matching import LabelMatch
from sqlclap.labels.moments import LabelEvent
from sqlclap.labels.precision import Precision
from sqlclap.labels.review import Review
from sqlclap.labels.rivals import RivalReport
from sqlclap.labels.sample_labels import SampleAnchor, SampleTag, SampleVote
from sqlclap.labels.store import Label, LabelOverview
from sqlclap.labels.tagging import TagRun
from sqlclap.labels.tags import PastRun, Tag
from sqlclap.labels.threshold_fitting import OperatingPoint
from sqlclap.labels.votes import Vote
from sqlclap.metadata.reading import MetadataEntry
from sqlclap.recordings.listing import Recording
from sqlclap.search.event_search import SoundEvent
from sqlclap.search.facets import FacetCounts
from sqlclap.search.folder_tree import FolderBelow
from sqlclap.search.judgement import Doubt
from sqlclap.search.moments import Moment
from sqlclap.search.results import Match, Plan


class Refusal(Answer):
    """Why something was refused or failed, with a status of 400 or more.

    People read the error, programs go by its code.
    """

    error: str
    code: str


class SearchAnswer(SetAnswer):
    """What a search found: sounds, stretches of them, or events."""

    model: str
    matches: list[Match | Moment | SoundEvent]
    understood: list[Understood]
    doubt: str | None
    doubts: list[Doubt]
    plan: Plan
    note: NotRequired[str]


class WordSearch(SearchAnswer):
    """Sounds like words."""

    query: str


class SampleSearch(SearchAnswer):
    """Sounds like a sound of the library."""

    sample_id: int


class UploadSearch(SearchAnswer):
    """Sounds like a sound that was sent."""

    notes: list[str]


class ComposedSearch(SearchAnswer):
    """What a query of several terms found."""

    terms: list[TermShare]
    notes: list[str]


class StatementAnswer(Answer):
    """A query of several terms as SQL."""

    sql: str
    notes: list[str]


class FoldersAnswer(SetAnswer):
    """The folders right below one."""

    below: str
    folders: list[FolderBelow]


class FacetsAnswer(SetAnswer):
    """How many sounds that pass the filters there are by each facet."""

    facets: list[FacetCounts]


class SampleAnswer(Answer):
    """What is told of a sample beside what was measured."""

    playable: bool
    tags: list[SampleTag]
    anchor_of: list[SampleAnchor]
    metadata: list[MetadataEntry]


class SpectrogramAnswer(Answer):
    """What it takes to ask for the tiles of a sample's spectrogram; see docs/api.md."""

    sample_id: int
    path: str
    duration_s: float
    sample_rate: int
    version: str
    tile_columns: int
    n_ffts: list[int]
    n_fft: int
    most_level: int


class SampleEventsAnswer(Answer):
    """What lies where in a sample."""

    sample_id: int
    matches: list[LabelEvent]
    found: list[SoundEvent]
    tags: list[SampleTag]
    anchor_of: list[SampleAnchor]
    votes: list[SampleVote]


class SamplesAnswer(SetAnswer):
    """Samples by their ids, and what columns hold of them, in the same order."""

    samples: list[ListedSample]
    columns: NotRequired[dict[str, list[str | float | None]]]


class OrderAnswer(SetAnswer):
    """Ids of samples in the order that was asked for."""

    sample_ids: list[int]


class LabelsAnswer(SetAnswer):
    """All labels."""

    labels: list[LabelOverview]


class LabelAnswer(Answer):
    """A label, as it is now."""

    label: Label


class AnchorsAnswer(SetAnswer):
    """A label's anchors."""

    anchors: list[Anchor]


class ChangedAnswer(Answer):
    """How many anchors, favourites, ratings, notes or sounds were added, changed or removed."""

    changed: int


class RemovedAnswer(Answer):
    """How many anchors or tags were removed."""

    removed: int


class MatchesAnswer(SetAnswer):
    """What a label matches: whole sounds, or events with start and end."""

    label: str
    model: str
    matches: list[LabelMatch | LabelEvent]
    plan: Plan


class VotesAnswer(SetAnswer):
    """A label's votes, oldest first."""

    votes: list[Vote]


class VotedAnswer(Answer):
    """Ids of the votes that were cast."""

    vote_ids: list[int]


class DensityAnswer(Answer):
    """The share of sounds that hold a label, of each group."""

    label: str
    densities: list[CallDensity]


class CalibrationAnswer(Answer):
    """A label's settings as fitted to its votes; docs/labels.md describes the report."""

    label: str
    point: OperatingPoint | None
    problem: str | None
    votes_used: int
    top_k: int
    calibration_id: int | None


class RevertedAnswer(Answer):
    """The calibration in force again; null: none."""

    calibration_id: int | None


class TagsAnswer(SetAnswer):
    """Tags in force, and all runs."""

    tags: list[Tag]
    runs: list[PastRun]


class TaggedAnswer(SetAnswer):
    """What runs tagged, or would tag."""

    dry_run: bool
    runs: list[TagRun]


class KeptAnswer(SetAnswer):
    """Sounds, and what people keep of them."""

    samples: list[KeptSample]


class CollectionsAnswer(Answer):
    """All collections."""

    collections: list[Collection]


class HistoryAnswer(Answer):
    """What was done since the server started, the latest first."""

    changes: list[Change]


class TurnedAnswer(Answer):
    """A change that was undone, or done again."""

    change: Change


class ActivityAnswer(SetAnswer):
    """How much was recorded and found by time; a row's values go by the columns."""

    label: str | None
    by: str
    columns: list[str]
    rows: list[list[str | int | float | None]]
    timeless: int
    sites: list[str]


class RecordingsAnswer(SetAnswer):
    """Recordings in the order of time, and how many there are in all."""

    label: str | None
    total: int
    recordings: list[Recording]


@dataclass(frozen=True)
class RouteAnswer:
    """What a route answers.

    Attributes
    ----------
    method : {"GET", "POST"}
    path : str
        Below a library's address; ``ID`` stands for a sample's id.
    answer : type
        Names what is told by type.
    record : type, optional
        A result whose fields are told beside those.
    is_open : bool
        Whether more is told, which the docs describe.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: type
    record: type | None = None
    is_open: bool = False


FORMER_FIELDS: dict[type, dict[str, type]] = {Plan: {"ms": float}, Doubt: {"serious": bool}}
"""Names that results' fields had in earlier versions; they are told, too."""

ANSWERS = (
    RouteAnswer("GET", "api/search", WordSearch),
    RouteAnswer("GET", "api/similar", SampleSearch),
    RouteAnswer("POST", "api/similar-to", UploadSearch),
    RouteAnswer("GET", "api/find", ComposedSearch),
    RouteAnswer("POST", "api/find", ComposedSearch),
    RouteAnswer("GET", "api/find/sql", StatementAnswer),
    RouteAnswer("POST", "api/find/sql", StatementAnswer),
    RouteAnswer("GET", "api/between", ComposedSearch),
    RouteAnswer("POST", "api/between", ComposedSearch),
    RouteAnswer("GET", "api/folders", FoldersAnswer),
    RouteAnswer("GET", "api/facets", FacetsAnswer),
    RouteAnswer("GET", "sample/ID", SampleAnswer, Sample),
    RouteAnswer("GET", "sample/ID/spectrogram", SpectrogramAnswer),
    RouteAnswer("GET", "sample/ID/events", SampleEventsAnswer),
    RouteAnswer("POST", "api/samples", SamplesAnswer),
    RouteAnswer("POST", "api/samples/order", OrderAnswer),
    RouteAnswer("GET", "api/labels", LabelsAnswer),
    RouteAnswer("POST", "api/labels", LabelAnswer),
    RouteAnswer("POST", "api/labels/change", LabelAnswer),
    RouteAnswer("POST", "api/labels/remove", Answer),
    RouteAnswer("GET", "api/anchors", AnchorsAnswer),
    RouteAnswer("POST", "api/anchors", ChangedAnswer),
    RouteAnswer("POST", "api/anchors/remove", RemovedAnswer),
    RouteAnswer("GET", "api/matches", MatchesAnswer),
    RouteAnswer("GET", "api/rivals", Answer, RivalReport),
    RouteAnswer("GET", "api/votes", VotesAnswer),
    RouteAnswer("POST", "api/votes", VotedAnswer),
    RouteAnswer("POST", "api/votes/undo", Answer),
    RouteAnswer("POST", "api/review", Answer, Review),
    RouteAnswer("GET", "api/histogram", Answer, ScoreHistogram),
    RouteAnswer("GET", "api/precision", Answer, Precision),
    RouteAnswer("GET", "api/density", DensityAnswer),
    RouteAnswer("POST", "api/calibrate", CalibrationAnswer, is_open=True),
    RouteAnswer("POST", "api/calibrate/revert", RevertedAnswer),
    RouteAnswer("GET", "api/tags", TagsAnswer),
    RouteAnswer("POST", "api/tags", TaggedAnswer),
    RouteAnswer("POST", "api/tags/by-hand", Answer, TagRun),
    RouteAnswer("POST", "api/tags/undo", RemovedAnswer),
    RouteAnswer("GET", "api/activity", ActivityAnswer),
    RouteAnswer("POST", "api/kept", KeptAnswer),
    RouteAnswer("GET", "api/favourites", KeptAnswer),
    RouteAnswer("POST", "api/favourites", ChangedAnswer),
    RouteAnswer("POST", "api/favourites/remove", ChangedAnswer),
    RouteAnswer("GET", "api/ratings", KeptAnswer),
    RouteAnswer("POST", "api/ratings", ChangedAnswer),
    RouteAnswer("GET", "api/notes", KeptAnswer),
    RouteAnswer("POST", "api/notes", ChangedAnswer),
    RouteAnswer("GET", "api/recent", KeptAnswer),
    RouteAnswer("POST", "api/recent", ChangedAnswer),
    RouteAnswer("GET", "api/collections", CollectionsAnswer),
    RouteAnswer("POST", "api/collections", ChangedAnswer),
    RouteAnswer("GET", "api/collections/sounds", KeptAnswer),
    RouteAnswer("POST", "api/collections/remove", ChangedAnswer),
    RouteAnswer("POST", "api/collections/rename", Answer),
    RouteAnswer("POST", "api/collections/delete", Answer),
    RouteAnswer("POST", "api/clusters/rename", Answer),
    RouteAnswer("GET", "api/failures", FailuresAnswer),
    RouteAnswer("GET", "api/work", WorkAnswer),
    RouteAnswer("POST", "api/reveal", Answer),
    RouteAnswer("GET", "api/history", HistoryAnswer),
    RouteAnswer("POST", "api/history/undo", TurnedAnswer),
    RouteAnswer("POST", "api/history/redo", TurnedAnswer),
    RouteAnswer("GET", "api/recordings", RecordingsAnswer),
)
