"""The table of descriptors: each column of ``samples`` that is measured, said once.

It drives the schema (see `column_migrations`), what ingest stores, `Sample`, the HTTP API, the page
and docs/schema.md. To add a descriptor, declare it in `Descriptors` and give it a value in
`sqlclap.audio.descriptors`. A third party's descriptors have the same description and come by
entry points (docs/extending.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 60
LONGEST_TEXT = 500
_RHYTHM = "0028_rhythm_key_loudness"
PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in PITCH_CLASSES)
SOUND_KINDS = ("one-shot", "loop")


@dataclass(frozen=True, kw_only=True)
class DescriptorColumn:
    """A measured column of ``samples``: what it means and how it is shown.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and single underscores; ends in its unit where it has one.
    label : str
        What people read, such as "Spectral centroid".
    unit : str
        Such as "Hz"; empty for a ratio or a count.
    about : str
        One sentence: what a high and a low value mean, and when there is none.
    low, high : float or None
        The least and the largest value that it can have; None where there is no bound.
    decimals : int
        Places behind the point that people are shown.
    choices : tuple of str
        The texts that it can have; none where it is a number.
    is_filter : bool
        Whether the page offers it among its filters.
    since : str
        The migration that brings it, ``NNNN_name``; empty for a third party's.
    origin : str
        "sqlclap", or the third party's entry point.

    Raises
    ------
    ValueError
        A name that is none, a text that is empty or too long, bounds the wrong way round.
    """

    name: str = ""
    label: str
    unit: str = ""
    about: str
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    choices: tuple[str, ...] = ()
    is_filter: bool = True
    since: str = ""
    origin: str = "sqlclap"

    def __post_init__(self) -> None:
        if self.name and not is_samples_column(self.name):
            raise ValueError(
                f"expected a column's name of lower-case letters, digits and single underscores, "
                f"got {self.name!r}"
            )
        for what, text in (("label", self.label), ("about", self.about), ("unit", self.unit)):
            if not isinstance(text, str) or len(text) > LONGEST_TEXT:
                raise ValueError(f"expected a {what} of at most {LONGEST_TEXT} characters")
        if not self.label.strip() or not self.about.strip():
            raise ValueError(f"expected the column {self.name} to have a label and a sentence")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"expected low below high, got {self.low} and {self.high}")

    @property
    def sql_type(self) -> str:
        """The type of the column."""
        return "TEXT" if self.choices else "REAL"

    def checked(self, value: object) -> float | str | None:
        """Return a measured value as it is stored.

        Raises
        ------
        ValueError
            It is no finite number or out of the column's range, or none of its choices.
        """
        if value is None:
            return None
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"expected {self.name} to be one of {self.choices}, got {value!r}")
            return str(value)
        try:
            number = float(value)  # type: ignore[arg-type]  # numpy's scalars too
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"expected {self.name} to be a number or None") from error
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError(f"expected {self.name} from {low:g} to {high:g}, got {number:g}")
        return number

    def shown(self) -> dict[str, Any]:
        """Return what the page and ``--json`` are told of it."""
        told = ("name", "label", "unit", "about", "low", "high", "decimals", "is_filter", "origin")
        return {name: getattr(self, name) for name in told}


def is_column_name(name: str) -> bool:
    """Whether a name can be a column's: lower-case letters, digits, single underscores."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def is_samples_column(name: str) -> bool:
    """Whether a column of ``samples`` can be called so: another package's has two underscores."""
    return is_column_name(name.replace("__", "_", 1))


def _measured(**description: Any) -> Any:
    return field(default=None, metadata={"column": DescriptorColumn(**description)})


@dataclass(frozen=True, kw_only=True)
class Descriptors:
    """Measured properties of a sound; None where one is undefined (silence) or not measured yet.

    Each attribute is a column of ``samples``; `COLUMNS` describes them, docs/schema.md lists them.
    """

    duration_s: float | None = _measured(
        label="Length",
        unit="s",
        low=0.0,
        about="Length of what could be decoded.",
        since="0001_library",
        is_filter=False,  # the page has a filter of its own for it
    )
    peak_db: float | None = _measured(
        label="Peak",
        unit="dBFS",
        low=-120.0,
        decimals=1,
        about="Largest magnitude over all channels, as it is in the file (a constant level "
        "included).",
        since="0001_library",
    )
    rms_db: float | None = _measured(
        label="RMS",
        unit="dBFS",
        low=-120.0,
        decimals=1,
        about="Root mean square of all channels' samples, as they are in the file.",
        since="0001_library",
    )
    spectral_centroid_hz: float | None = _measured(
        label="Spectral centroid",
        unit="Hz",
        low=0.0,
        decimals=0,
        about="Power-weighted mean frequency: high is bright, low is dark.",
        since="0001_library",
    )
    flatness: float | None = _measured(
        label="Flatness",
        low=0.0,
        high=1.0,
        about="Of the long-term spectrum from 100 Hz to 10 kHz: 0 a tone, 1 white noise.",
        since="0001_library",
    )
    attack_s: float | None = _measured(
        label="Attack",
        unit="s",
        low=0.0,
        decimals=3,
        about="From 10 % to 90 % of the first onset's peak, in steps of about 0.5 ms.",
        since="0001_library",
    )
    pitch_hz: float | None = _measured(
        label="Pitch",
        unit="Hz",
        low=0.0,
        decimals=1,
        about="Fundamental frequency (YIN), 40 to 4,000 Hz; NULL when there is no clear one.",
        since="0001_library",
    )
    pitch_confidence: float | None = _measured(
        label="Pitch confidence",
        low=0.0,
        high=1.0,
        about="One minus YIN's aperiodicity: how clear the pitch is.",
        since="0001_library",
    )
    heard_share: float | None = _measured(
        label="Heard by the model",
        low=0.0,
        high=1.0,
        about="Energy in what the model hears (`mel.fmin` to `mel.fmax` of its contract) over all "
        "energy, without the constant level; below 0.5 ingest, `note` and whatever shows the sound "
        "with a score say so. Of the model by which the sound was last read. NULL for silence.",
        since="0008_levels",
    )
    zero_crossing_rate: float | None = _measured(
        label="Zero crossings",
        unit="1/s",
        low=0.0,
        decimals=0,
        about="Changes of sign a second: twice the frequency of a tone, many for hats, shakers and "
        "noise, few for kicks. NULL for silence.",
        since="0016_zero_crossing_rate",
    )
    loudness: float | None = _measured(
        label="Loudness",
        unit="LUFS",
        decimals=1,
        about="Integrated loudness of all channels, gated (EBU R 128, ITU-R BS.1770-4); NULL below "
        "0.4 s, and where all is quieter than -70 LUFS.",
        since=_RHYTHM,
    )
    loudness_short_term: float | None = _measured(
        label="Short-term loudness",
        unit="LUFS",
        decimals=1,
        about="The loudest 3 s (EBU Tech 3341, in steps of 0.1 s); NULL below 3 s.",
        since=_RHYTHM,
        is_filter=False,
    )
    loudness_momentary: float | None = _measured(
        label="Momentary loudness",
        unit="LUFS",
        decimals=1,
        about="The loudest 0.4 s (EBU Tech 3341, in steps of 0.1 s), with silence before and after "
        "the sound: one-shots have it too.",
        since=_RHYTHM,
        is_filter=False,
    )
    decay: float | None = _measured(
        label="Decay",
        unit="s",
        low=0.0,
        decimals=3,
        about="From the loudest moment until the level lies 20 dB lower, in steps of 10 ms; NULL "
        "where it doesn't within the first 30 s.",
        since=_RHYTHM,
    )
    onsets: float | None = _measured(
        label="Onsets",
        low=0.0,
        decimals=0,
        about="Count of notes and hits that begin within the first 30 s (spectral flux).",
        since=_RHYTHM,
    )
    tempo: float | None = _measured(
        label="Tempo",
        unit="bpm",
        low=30.0,
        high=300.0,
        decimals=1,
        about="Beats a minute (autocorrelation of the onsets, in the first 30 s); half or twice "
        "of it may be meant. NULL below 1 s, below four onsets, and where nothing repeats.",
        since=_RHYTHM,
    )
    tempo_confidence: float | None = _measured(
        label="Tempo confidence",
        low=0.0,
        high=1.0,
        about="Correlation of the onsets with themselves whole beats later.",
        since=_RHYTHM,
    )
    key: str | None = _measured(
        label="Key",
        choices=KEYS,
        about="Such as `A minor`, of the first 30 s; NULL below 1.5 s and without clear notes. "
        "Flats are written as sharps.",
        since=_RHYTHM,
        is_filter=False,
    )
    key_confidence: float | None = _measured(
        label="Key confidence",
        low=0.0,
        high=1.0,
        about="Correlation of the pitch classes with those of the key.",
        since=_RHYTHM,
    )
    sound_kind: str | None = _measured(
        label="Kind",
        choices=SOUND_KINDS,
        about="`one-shot` or `loop`; NULL where it is neither for sure, as long recordings.",
        since=_RHYTHM,
        is_filter=False,
    )
    kind_confidence: float | None = _measured(
        label="Kind confidence",
        low=0.0,
        high=1.0,
        about="How far it is from what would be the other kind.",
        since=_RHYTHM,
        is_filter=False,
    )
    stereo_width: float | None = _measured(
        label="Stereo width",
        low=0.0,
        high=1.0,
        about="Energy of two channels' difference over that of difference and sum: 0 the same in "
        "both, 0.5 unrelated, 1 opposite. 0 for mono, NULL for more than two channels.",
        since=_RHYTHM,
    )

    @property
    def spectral_flatness(self) -> float | None:
        """The former name of `flatness`."""
        import warnings

        warnings.warn(
            "Descriptors.spectral_flatness is called flatness", DeprecationWarning, stacklevel=2
        )
        return self.flatness


COLUMNS: tuple[DescriptorColumn, ...] = tuple(
    replace(one.metadata["column"], name=one.name) for one in fields(Descriptors)
)
"""Descriptors that sqlclap measures, in the order of their declaration."""

NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)


@cache
def column_migrations() -> Mapping[str, str]:
    """Return the migrations that columns declare, as SQL by name.

    Those that a file of ``sql/migrations`` writes out (the first columns) are among them: the file
    counts. A script depends on the column's name alone, so that it stays what it was.
    """
    scripts: dict[str, str] = {}
    for column in COLUMNS:
        script = f"ALTER TABLE samples ADD COLUMN {column.name} {column.sql_type};\n"
        scripts[column.since] = scripts.get(column.since, "") + script
    return scripts


def columns_table(columns: Iterable[DescriptorColumn] = COLUMNS) -> str:
    """Return the columns as a Markdown table, for docs/schema.md."""
    lines = ["| column of `samples` | unit | range | meaning |", "|---|---|---|---|"]
    for column in columns:
        low, high = (("" if end is None else f"{end:g}") for end in (column.low, column.high))
        if column.choices:
            low = f"{len(column.choices)} texts"
        span = (
            low if column.choices else f"{low} to {high}" if high else f"from {low}" if low else ""
        )
        lines.append(
            f"| `{column.name}` | {column.unit} | {span.strip()} | {column.label}. {column.about} |"
        )
    return "\n".join(lines)
