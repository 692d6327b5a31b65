"""The table of search fields: what narrows a search, on every surface.

`Filter` and `SearchOptions` (Python), the command line's options, the options of SQL functions,
HTTP's arguments and the tables in the docs are made from here, or held to it by a test. Nothing
heavy is imported: the command line reads this at start-up.
"""

from __future__ import annotations

from dataclasses import replace

from sqlclap.search.search_field import Quantity, SearchField, Surface


def _folder_as_stored(folder: str) -> str:
    from sqlclap.db.sources import folder_as_stored

    return folder_as_stored(folder)


def _time_as_stored(text: str) -> str:
    from sqlclap.search.clock_times import time_as_stored

    return time_as_stored(text)


def _words_as_stored(text: str) -> str:
    from sqlclap.metadata.words import match_expression

    return match_expression(text)


def _key_as_stored(text: str) -> str:
    from sqlclap.metadata.keys import keys_as_stored

    return keys_as_stored(text)


def _hours_as_stored(text: str) -> str:
    from sqlclap.search.clock_times import hours_as_stored

    return hours_as_stored(text)


LENGTH = Quantity("length", "lengths", "duration_s", "s", "seconds", "long")
PITCH = Quantity(
    "pitch", "pitches", "pitch_hz", "Hz", "hertz", "high", "; not those without a pitch"
)
TEMPO = Quantity(
    name="tempo",
    plural="tempos",
    column="",
    unit="BPM",
    units="beats per minute",
    extent="fast",
    about=", as their metadata or name says, or as measured where neither does",
    reads=("metadata", "sound_descriptions"),
)
QUANTITIES = (LENGTH, PITCH, TEMPO)

EVENT_FIELDS = (
    SearchField(
        name="merge_gap",
        kind="number",
        help="Windows up to so many seconds apart are one event [default: 0].",
        about="of events: windows up to so many seconds apart are one (0 by default)",
    ),
    SearchField(
        name="min_event",
        kind="number",
        help="Only events at least so long (seconds).",
        about="only events at least so long (in seconds)",
    ),
)
"""How windows become events; see `sqlclap.search.events`."""

_OF_MOMENTS: dict[Surface, str] = {"sql": "`clap_moments` takes them"}
_BY_ITS_CLOCK = (
    ", by the recorder's clock; of moments and events, their own time counts; not sounds whose "
    "time is not known"
)
_COSTS = "who may look at a page must not choose how much work an answer costs"
_STRANGERS_SQL = "who may search need not have the right to run SQL"
FIELDS: tuple[SearchField, ...] = (
    SearchField(
        name="where",
        kind="expression",
        help="Only sounds for which this SQL is true.",
        about=(
            "an SQL expression over the columns of `samples` and `root`, such as "
            "`duration_s < :longest`; other tables by subqueries"
        ),
        not_on={"http": _STRANGERS_SQL},
    ),
    SearchField(
        name="params",
        kind="values",
        help="Value of a :parameter in --where.",
        about="an object: values of the expression's named parameters",
        not_on={"http": _STRANGERS_SQL},
    ),
    SearchField(
        name="folder",
        kind="text",
        help="Only sounds below this folder.",
        about="only sounds below this folder: below a source, or an absolute one",
        statement="search/filter_folder",
        facet="search/facet_folder",
        stored=_folder_as_stored,
    ),
    *LENGTH.fields(),
    *PITCH.fields(),
    SearchField(
        name="format",
        kind="text",
        help="Only sounds of this format, such as flac or pcm_24.",
        about=(
            "only sounds of this container or coding, or of both: `flac`, `pcm_24`, `wav/pcm_24`; "
            "case makes no difference"
        ),
        statement="search/filter_format",
        facet="search/facet_format",
        stored=str.strip,
    ),
    SearchField(
        name="label",
        kind="text",
        help="Only sounds tagged with this label, and its anchors.",
        about="only sounds tagged with this label, and its positive anchors",
        statement="search/filter_label",
        facet="search/facet_label",
        stored=str.strip,
        former=("tag",),
        reads=("labels", "anchors", "tags"),
    ),
    SearchField(
        name="text",
        kind="text",
        help="Only sounds with these words in their name, folders or metadata.",
        about=(
            "only sounds with all these words in their name, folders or metadata: `glass`, `gla*`, "
            '`"glass break"`, `glass OR bottle`'
        ),
        statement="search/filter_text",
        stored=_words_as_stored,
        reads=("metadata", "sound_descriptions", "sound_words"),
    ),
    SearchField(
        name="or_text",
        kind="text",
        help="Also sounds with these words in their name, folders or metadata: either suffices.",
        about=(
            "what is like the query, *or* has these words (as of `text`): both orders are joined, "
            "and `found_by` says which found a sound "
            "([Either words or sound](queries.md#in-its-name-or-like-this))"
        ),
        stored=_words_as_stored,
        reads=("metadata", "sound_descriptions", "sound_words"),
    ),
    SearchField(
        name="category",
        kind="text",
        help="Only sounds of this category, subcategory or CatID.",
        about=(
            "only sounds whose metadata or name says this category, subcategory or CatID (of the "
            "Universal Category System); case makes no difference"
        ),
        statement="search/filter_category",
        facet="search/facet_category",
        stored=str.strip,
        reads=("metadata", "sound_descriptions"),
    ),
    *TEMPO.fields(),
    SearchField(
        name="key",
        kind="text",
        help="Only sounds in this key: Am, 'C# major', or C for both.",
        about=(
            "only sounds in this key, as their metadata or name says, or as measured where neither "
            "does: `Am`, `C# major`, `C` for both modes"
        ),
        statement="search/filter_key",
        facet="search/facet_key",
        stored=_key_as_stored,
        reads=("metadata", "sound_descriptions"),
    ),
    SearchField(
        name="recorded_after",
        kind="text",
        help="Only what was recorded at this date (and time) or later, such as 2024-05-01.",
        about=(
            "only recordings that began at this date or time, or later: `2024-05-01`, "
            f"`2024-05-01T05:30`{_BY_ITS_CLOCK}"
        ),
        statement="search/filter_recorded_after",
        touched="search/touched_recorded_after",
        within="search/within_recorded_after",
        stored=_time_as_stored,
        reads=("recording_times",),
    ),
    SearchField(
        name="recorded_before",
        kind="text",
        help="Only what was recorded before this date (and time).",
        about=f"only recordings that began before this date or time{_BY_ITS_CLOCK}",
        statement="search/filter_recorded_before",
        within="search/within_recorded_before",
        stored=_time_as_stored,
        reads=("recording_times",),
    ),
    SearchField(
        name="hours",
        kind="text",
        help="Only what was recorded in these hours of the day, such as 4-7 or 22-4.",
        about=(
            "only recordings that began in these hours of the day: `4-7` (from 4:00 until before "
            f"7:00), `22-4` (over midnight), `5`, `5:30-6:15,18-20`{_BY_ITS_CLOCK}"
        ),
        statement="search/filter_hours",
        touched="search/touched_hours",
        within="search/within_hours",
        stored=_hours_as_stored,
        reads=("recording_times",),
    ),
    SearchField(
        name="site",
        kind="text",
        help="Only what was recorded at this site.",
        about="only recordings of deployments at this site; case makes no difference",
        statement="search/filter_site",
        facet="search/facet_site",
        names="SELECT site, max(site = ? COLLATE NOCASE) FROM deployments GROUP BY 1 ORDER BY 1",
        stored=str.strip,
        reads=("deployments", "recording_times"),
    ),
    SearchField(
        name="deployment",
        kind="text",
        help="Only what this deployment recorded.",
        about="only recordings of this deployment; case makes no difference",
        statement="search/filter_deployment",
        facet="search/facet_deployment",
        names="SELECT name, name = ? COLLATE NOCASE FROM deployments ORDER BY 1",
        stored=str.strip,
        reads=("deployments", "recording_times"),
    ),
    SearchField(
        name="favourite",
        kind="flag",
        help="Only favourites.",
        about="true: only favourites",
        statement="search/filter_favourite",
        default=False,
        reads=("favourites",),
    ),
    SearchField(
        name="collection",
        kind="text",
        help="Only sounds of this collection.",
        about="only sounds of this collection; case makes no difference",
        statement="search/filter_collection",
        facet="search/facet_collection",
        names="SELECT name, name = ? COLLATE NOCASE FROM sample_collections ORDER BY 1",
        stored=str.strip,
        reads=("sample_collections", "collection_samples"),
    ),
    SearchField(
        name="min_rating",
        kind="number",
        help="Only sounds rated with at least so many stars (1 to 5).",
        about="only sounds rated with at least so many stars, from 1 to 5; not unrated ones",
        statement="search/filter_min_rating",
        reads=("sample_ratings",),
    ),
    SearchField(
        name="offset",
        kind="whole",
        help="Best matches to skip.",
        about="best matches to skip: pages",
        default=0,
    ),
    SearchField(
        name="sort",
        kind="text",
        help="Order by a column of samples, or score, such as duration_s:desc, not best first.",
        about=(
            "all sounds that pass, in the order of a column of `samples` or of `score` instead of "
            "best first: `duration_s`, `path:desc`; ties by id, sounds without a value last"
        ),
    ),
    SearchField(
        name="min_score",
        kind="number",
        help="Only matches with at least this score.",
        about="cosine similarity that a match reaches at least",
    ),
    SearchField(
        name="without",
        kind="whole",
        help="",
        about="a `sample_id` to leave out: the sound that was asked about",
        not_on=dict.fromkeys(
            ("python", "cli", "http"), "what was asked about is left out by itself"
        ),
    ),
    SearchField(
        name="moments",
        kind="flag",
        help="Find where in the sounds it is.",
        about="true: find stretches of sounds, with where they begin and end, instead of sounds",
        default=False,
        not_on={"sql": "`clap_moments` finds them"},
    ),
    SearchField(
        name="events",
        kind="flag",
        help="The same, with windows that follow each other as one.",
        about="true: find events, windows that follow each other as one, instead of sounds",
        default=False,
        not_on=_OF_MOMENTS,
    ),
    *(replace(one, not_on=_OF_MOMENTS) for one in EVENT_FIELDS),
    SearchField(
        name="measures",
        kind="flag",
        help="Rank and filter by what words like deep, short, mono or under 2 s mean.",
        about=(
            "true: words such as `deep`, `not bright`, `under 2 s`, `mono` and `not a snare` in a "
            "query become terms and filters by what is measured ([Words](words.md))"
        ),
        default=False,
    ),
    SearchField(
        name="aspect",
        kind="text",
        help="In what to be like a sound, such as pitch:2 or length; timbre counts 1 as well.",
        about=(
            "in what sounds are to be like the one that is asked for, with weights: "
            "`pitch:2,length`; of `timbre` (1 by default), `pitch`, `loudness`, `envelope`, "
            "`length` and `brightness` ([Aspects](aspects.md))"
        ),
        repeats=True,
    ),
    SearchField(
        name="transpose",
        kind="text",
        help="Also find what is like the sound so many semitones higher or lower, such as -12,12.",
        about="`-12,12`: also what is like it so many semitones higher or lower"
        " ([At another pitch](aspects.md#at-another-pitch))",
        repeats=True,
        not_on={"sql": "SQL reads no files, and it is heard anew"},
    ),
    SearchField(
        name="exact",
        kind="flag",
        help="Compare with every sound; use no index.",
        about="true: compare with every vector, whether there is an index or not",
        default=False,
        not_on={"http": _COSTS},
    ),
)
FILTERS = tuple(one for one in FIELDS if one.is_filter)
EVENT_SEARCH_FIELDS = tuple(one for one in FIELDS if one.not_on == _OF_MOMENTS)
"""What searches for moments take in SQL beside what other searches do."""


def fields_of(surface: Surface, table: tuple[SearchField, ...] = FIELDS) -> tuple[SearchField, ...]:
    """Return the fields that a surface takes, in the table's order."""
    return tuple(one for one in table if surface not in one.not_on)


def names_of(surface: Surface) -> tuple[str, ...]:
    """Return the names that a surface takes.

    HTTP's begin with what takes a part of the answer, and have their former names after them.
    """
    if surface != "http":
        return tuple(one.name for one in fields_of(surface))
    in_order = sorted(fields_of("http"), key=lambda one: one.is_filter)
    return tuple(name for one in in_order for name in (one.name, *one.former))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def field_table(surface: Surface, head: str) -> str:
    """Return a surface's fields as a table for the docs, and what it doesn't take."""
    rows = [f"| {head} | meaning |", "|---|---|"]
    for one in fields_of(surface):
        former = " and ".join(f"`{name}`" for name in one.former if surface == "http")
        told = f"; {former} is its former name, and goes with the next version" if former else ""
        rows.append(f"| `{one.name}` | {one.about}{told} |")
    reasons: dict[str, list[str]] = {}
    for one in FIELDS:
        if surface in one.not_on:
            reasons.setdefault(one.not_on[surface], []).append(f"`{one.name}`")
    left_out = [f"{_listed(names)} ({reason})" for reason, names in reasons.items()]
    return "\n".join([*rows, "", f"Not taken here: {'; '.join(left_out)}.", ""])
