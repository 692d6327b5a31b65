"""Requests of searches: filters, and how much is wanted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlclap.arrays import plain_number
from sqlclap.counts import check_count
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.search.aspects import read_aspects
from sqlclap.search.fields import FILTERS, QUANTITIES, fields_of
from sqlclap.search.search_field import SearchField, take_kinds
from sqlclap.search.sort_order import SortOrder, read_sort
from sqlclap.search.transposition import read_transpositions
from sqlclap.search.where_expressions import checked_expression

if TYPE_CHECKING:
    from sqlclap.db.spans import Span
    from sqlclap.search.events import EventRule


# Made once: every search looks through them.
_TEXTS = tuple(one.name for one in FILTERS if one.kind == "text")
_CLOCKED = tuple(one.name for one in FILTERS if one.reads == ("recording_times",))
_NARROWING = tuple(one for one in FILTERS if one.kind != "values")
_OPTIONS = tuple(one for one in fields_of("python") if not one.is_filter)
_OF_SOURCES = r"(?i)root|sources"


@dataclass(frozen=True)
class Filter:
    """Which samples may be found; `sqlclap.search.fields` says what each field means.

    Attributes
    ----------
    where : str, optional
        An SQL expression over the columns of ``samples`` and ``root``, such as
        ``duration_s < :longest``; other tables are reached by subqueries.
    params : mapping
        Values of its named parameters.
    folder : str, optional
        A folder below a source, or an absolute one; accents may be spelled either way.
    min_length, max_length : float, optional
        In seconds, both included.
    min_pitch, max_pitch : float, optional
        In hertz, both included; sounds without a pitch are left out.
    format : str, optional
        A container or a coding, or both: "flac", "pcm_24", "wav/pcm_24".
    label : str, optional
        Only samples tagged with this label, and its positive anchors.
    text : str, optional
        Words in the name, the folders or the metadata: ``glass``, ``gla*``, ``"glass break"``.
    category : str, optional
        A category, subcategory or CatID that the metadata or the name says.
    min_tempo, max_tempo : float, optional
        In beats per minute, both included: as the metadata or the name says, else as measured.
    key : str, optional
        A key, as the metadata or the name says, else as measured: "Am", "C# major", "C" for both.
    recorded_after, recorded_before : str, optional
        Recordings begun from a date or time on, and before one, by the recorder's clock.
    hours : str, optional
        Recordings begun in stretches of the day: "4-7", "22-4", "5:30-6:15,18-20".
    site, deployment : str, optional
        Recordings of deployments at a site, and of one deployment.
    favourite : bool
        Only favourites.
    collection : str, optional
        Only sounds of this collection.
    min_rating : float, optional
        Only sounds rated with at least so many stars (1 to 5).

    Raises
    ------
    QueryError
        No sound can pass: the smallest length is above the largest, or a value is empty; or a
        date or hours can't be read.
    """

    where: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: str | None = None
    min_length: float | None = None
    max_length: float | None = None
    min_pitch: float | None = None
    max_pitch: float | None = None
    format: str | None = None
    label: str | None = None
    text: str | None = None
    category: str | None = None
    min_tempo: float | None = None
    max_tempo: float | None = None
    key: str | None = None
    recorded_after: str | None = None
    recorded_before: str | None = None
    hours: str | None = None
    site: str | None = None
    deployment: str | None = None
    favourite: bool = False
    collection: str | None = None
    min_rating: float | None = None

    def __post_init__(self) -> None:
        take_kinds(self, _NARROWING)
        if self.params:
            params = {name: plain_number(value) for name, value in self.params.items()}
            object.__setattr__(self, "params", params)
        self._check_times()
        for name in _TEXTS:
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise QueryError(f"expected a {name}, got an empty text")
        self._check_quantities()
        if self.min_rating is not None and not 1 <= self.min_rating <= 5:
            raise QueryError(f"expected a min_rating from 1 to 5 stars, got {self.min_rating:g}")
        if self.params and self.where is None:
            named = ", ".join(sorted(map(str, self.params)))
            raise QueryError(f"there is no where that the parameters are of: {named}")

    def _check_quantities(self) -> None:
        for of in QUANTITIES:
            least, most = getattr(self, of.ends[0]), getattr(self, of.ends[1])
            if least is None and most is None:
                continue
            if any(value is not None and not math.isfinite(value) for value in (least, most)):
                raise QueryError(f"expected {of.plural} in {of.units}, got {least} to {most}")
            if least is not None and most is not None and least > most:
                raise QueryError(
                    f"no sound is at least {least:g} {of.unit} and at most {most:g} {of.unit} "
                    f"{of.extent}: {of.ends[0]} is above {of.ends[1]}"
                )

    def _check_times(self) -> None:
        given = ((one, value) for one, value in self.given() if one.name in _CLOCKED)
        read = {one.name: one.stored(value) for one, value in given if one.stored}
        after, before = read.get("recorded_after"), read.get("recorded_before")
        if after and before and after >= before:
            raise QueryError(f"no recording begins from {after} on and before {before}")

    @cached_property
    def is_empty(self) -> bool:
        """Whether the filter lets all sounds pass."""
        return not self.given()

    def given(self) -> list[tuple[SearchField, Any]]:
        """Return the fields that have a value, but `params`, which is a part of `where`."""
        values = vars(self)
        return [(one, values[one.name]) for one in _NARROWING if values[one.name] != one.default]

    def sql(self) -> str:
        """Return the statement that gives the samples' ids, with named parameters.

        Raises
        ------
        QueryError
            `where` is no single expression.
        """
        if [one.name for one, _ in self.given()] == ["text"]:
            return statement("search/filter_words_alone")
        conditions = [self.condition(one, value) for one, value in self.given()]
        # A line of its own, so that a comment at its end ends there.
        joined = " AND ".join(f"(\n{condition}\n)" for condition in conditions)
        name = (
            "search/filter_samples"
            if re.search(_OF_SOURCES, joined)
            else "search/filter_samples_alone"
        )
        return f"{statement(name)} {joined}"

    def bindings(self) -> dict[str, Any]:
        """Return the values for the statement."""
        bound = {
            one.parameter: one.stored(value) if one.stored else value
            for one, value in self.given()
            if one.kind != "expression"
        }
        return dict(self.params) | bound

    def condition(self, one: SearchField, value: Any) -> str:
        """Return what a sound fulfils that passes a field of the filter, as SQL."""
        if one.kind == "expression":
            return checked_expression(value)
        return statement(one.statement) if one.statement else one.condition


@dataclass(frozen=True)
class Request:
    """How many of the nearest samples are wanted, and which ones may be among them.

    Attributes
    ----------
    limit : int
        At least 1.
    offset : int
        Number of best matches to skip, for pages.
    min_score : float or None
        Lowest cosine similarity of a match.
    only : Filter
    without : int or None
        A sample to exclude: the query itself.
    without_span : Span or None
        The span of it that is the query. Of moments, only those are excluded that it speaks for.
    exact : bool
        Look at every vector, whether there is an index or not.
    moments : bool
        Search for moments (stretches of sounds) instead of sounds.
    events : EventRule or None
        Merge moments into events; None: each is by itself.
    measures : bool
        Words that mean something measured are terms and filters of their own.
    sort : SortOrder or None
        Another order than best first; of sounds alone.
    aspects : mapping of str to float, optional
        What counts beside timbre, and how much; see `sqlclap.search.aspects`.
    transpose : tuple of float
        Other pitches, in semitones, at which a sound is looked for; `sqlclap.finding.transposed`.
    or_text : str or None
        An expression of FTS5: what fits it is found as well; see `sqlclap.search.text_fusion`.
    mixed : bool
        The vector asked with is made of several, and lies between what they are near to: an index
        is walked as widely as for words, however near the first sounds that it comes to.
    floor : float or None
        What scores less may be left out, for better ones lie elsewhere; unlike `min_score`, it is
        no wish of who asks.
    share : float
        Share of all that is searched that lies in this library, where it is a shard of a set.

    Raises
    ------
    QueryError
        A number is out of range.
    """

    limit: int = 10
    offset: int = 0
    min_score: float | None = None
    only: Filter = field(default_factory=Filter)
    without: int | None = None
    exact: bool = False
    moments: bool = False
    events: EventRule | None = None
    without_span: Span | None = None
    measures: bool = False
    sort: SortOrder | None = None
    aspects: Mapping[str, float] | None = None
    transpose: tuple[float, ...] = ()
    or_text: str | None = None
    mixed: bool = False
    floor: float | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.or_text is not None and (self.moments or self.sort is not None):
            raise QueryError(
                "or_text joins two orders of sounds, best first: names and metadata don't say "
                "where in a sound, and sort is another order; text is a filter for both"
            )
        if self.sort is not None and self.moments:
            raise QueryError("sort is of sounds: moments and events come best first")
        object.__setattr__(self, "limit", check_count(self.limit, "a number of results"))
        object.__setattr__(self, "offset", check_count(self.offset, "an offset", least=0))
        if self.min_score is not None and math.isnan(self.min_score):
            raise QueryError("expected a number as min_score, got nan")

    @property
    def depth(self) -> int:
        """Number of nearest samples that must be determined."""
        return self.offset + self.limit + (self.without is not None)

    def from_start(self) -> Request:
        """Return the request for a page with all pages before it."""
        return replace(self, offset=0, limit=self.offset + self.limit) if self.offset else self


@dataclass(frozen=True)
class SearchOptions:
    """Options of a search, as callers give them; `sqlclap.search.fields` has the table.

    Attributes
    ----------
    offset : int
        Best matches to skip: page two of ten is an offset of 10.
    sort : str, optional
        A column of ``samples``, or "score", by which sounds come instead of best first:
        "duration_s", "path:desc".
    min_score : float, optional
        Cosine similarity that a match reaches at least.
    where, params, folder, format, label, text, category, key, favourite, collection
        Which sounds may be found; see `Filter`.
    min_length, max_length, min_pitch, max_pitch, min_tempo, max_tempo, min_rating
        The same, by bounds.
    recorded_after, recorded_before, hours, site, deployment
        The same, by when and where.
    or_text : str, optional
        Words in the name, the folders or the metadata: sounds that have them are found beside
        those that are like the query (`sqlclap.search.text_fusion`).
    measures : bool
        Take words such as "deep", "not bright", "under 2 s" and "mono" for what they mean: terms
        and filters by what is measured (docs/words.md).
    aspect : str, optional
        What counts in likeness to a sound: "pitch:2,length" (docs/aspects.md).
    transpose : str, optional
        Semitones: also find what is like the sound so much higher or lower, "-12,12".
    exact : bool
        Look at every vector, whether there is an index or not.
    moments : bool
        Find stretches of sounds, with where they begin and end, instead of sounds: windows.
    events : bool
        Find events instead of sounds: windows that follow each other are one. Those count that
        score at least `min_score`, or else 0.85 of the best one's score.
    merge_gap : float, optional
        Windows up to so many seconds apart are one event; 0 by default.
    min_event : float, optional
        Only events at least so long (in seconds).

    Raises
    ------
    QueryError
        A number is out of range, or an option is of events and these are not asked for.
    """

    offset: int = 0
    sort: str | None = None
    min_score: float | None = None
    where: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: str | None = None
    min_length: float | None = None
    max_length: float | None = None
    min_pitch: float | None = None
    max_pitch: float | None = None
    format: str | None = None
    label: str | None = None
    text: str | None = None
    or_text: str | None = None
    category: str | None = None
    min_tempo: float | None = None
    max_tempo: float | None = None
    key: str | None = None
    recorded_after: str | None = None
    recorded_before: str | None = None
    hours: str | None = None
    site: str | None = None
    deployment: str | None = None
    favourite: bool = False
    collection: str | None = None
    min_rating: float | None = None
    moments: bool = False
    events: bool = False
    merge_gap: float | None = None
    min_event: float | None = None
    measures: bool = False
    aspect: str | None = None
    transpose: str | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        take_kinds(self, _OPTIONS)
        if not self.events and (self.merge_gap, self.min_event) != (None, None):
            raise QueryError("merge_gap and min_event are of events: ask for events")

    def request(self, limit: int) -> Request:
        """Return the request for `limit` matches.

        Raises
        ------
        QueryError
            A number is out of range.
        """
        only = Filter(**{one.name: getattr(self, one.name) for one in FILTERS})
        request = Request(limit, self.offset, self.min_score, only, exact=self.exact)
        request = replace(request, moments=self.moments, measures=self.measures)
        if self.sort is not None:
            request = replace(request, sort=read_sort(self.sort))
        if self.aspect is not None:
            request = replace(request, aspects=read_aspects(self.aspect))
        if self.transpose is not None:
            request = replace(request, transpose=read_transpositions(self.transpose))
        if self.or_text is not None:
            from sqlclap.metadata.words import match_expression

            request = replace(request, or_text=match_expression(self.or_text))
        return self._with_events(request) if self.events else request

    def _with_events(self, request: Request) -> Request:
        from sqlclap.search.events import event_rule  # searches of whole sounds need none

        rule = event_rule(self.merge_gap, self.min_event)
        return replace(request, moments=True, events=rule)
