"""Annotations on a library's samples: matched, checked against their lengths, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlclap.db.spans import END_TOLERANCE_S
from sqlclap.errors import AnnotationError
from sqlclap.exchange.annotations import Annotation
from sqlclap.exchange.matching import FindsRecordings, KnownRecording, Match
from sqlclap.quantities import show_count

WHOLE_BAND_HZ = 1.0
"""What a frequency may differ from the band's end by, to be that: programs that know no missing
frequencies write 0 and half the sample rate."""


@dataclass(frozen=True)
class PlacingOptions:
    """How annotations are placed.

    Attributes
    ----------
    clip : bool
        Cut spans at their recordings' ends, instead of refusing them.
    point_s : float, optional
        Seconds around a point that are taken for it; by default points are left out.
    """

    clip: bool = False
    point_s: float | None = None

    def __post_init__(self) -> None:
        if self.point_s is not None and not 0 < self.point_s <= 3600:
            raise AnnotationError(
                f"expected a length for points from 0 to 3600 s, got {self.point_s:g}"
            )


@dataclass(frozen=True)
class PlacedAnnotation:
    """An annotation on a sample.

    Attributes
    ----------
    sample_id : int
    said : Annotation
        Its span lies in the sample.
    """

    sample_id: int
    said: Annotation


@dataclass
class LeftOut:
    """What could not be placed; nothing is dropped without being counted here.

    Attributes
    ----------
    recordings : dict of str to str
        Names that no sample answers to, or more than one: how many annotations, and why.
    points : list of str
        Places of annotations without a length.
    unlabelled : list of str
        Places of annotations without a label.
    """

    recordings: dict[str, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)


class Placer:
    """Places annotations on samples.

    Parameters
    ----------
    names : FindsRecordings
    options : PlacingOptions

    Attributes
    ----------
    placed : list of PlacedAnnotation
    """

    def __init__(self, names: FindsRecordings, options: PlacingOptions) -> None:
        self._names = names
        self._options = options
        self._matches: dict[tuple[str, bool], Match] = {}
        self._unmatched: Counter[tuple[str, str]] = Counter()
        self._left_out = LeftOut()
        self.placed: list[PlacedAnnotation] = []

    def place(
        self,
        annotations: Iterable[Annotation],
        beside: str,
        only: KnownRecording | None = None,
        clip: bool = False,
    ) -> None:
        """Place a file's annotations.

        Parameters
        ----------
        annotations : iterable of Annotation
        beside : str
            The file: where it names no recordings, it is about the one that is called like it.
        only : KnownRecording, optional
            The recording of annotations that name none, or one of several that they could mean.
        clip : bool
            Cut spans at the recordings' ends, whatever the options say.

        Raises
        ------
        AnnotationError
            A span ends behind its recording's end; the message begins with its place.
        """
        for one in annotations:
            match = self._meant(one.path, beside, only)
            if match.recording is None:
                self._unmatched[one.path or beside, match.reason()] += 1
            elif not one.label:
                self._left_out.unlabelled.append(one.place)
            elif one.is_point and self._options.point_s is None:
                self._left_out.points.append(one.place)
            else:
                inside = self._inside(one, match.recording, clip or self._options.clip)
                self.placed.append(PlacedAnnotation(match.recording.sample_id, inside))

    def left_out(self) -> LeftOut:
        """Return what could not be placed."""
        self._left_out.recordings = {
            name: f"{show_count(count, 'annotation')}: {reason}"
            for (name, reason), count in self._unmatched.items()
        }
        return self._left_out

    def _meant(self, path: str | None, beside: str, only: KnownRecording | None) -> Match:
        if path is None:
            return Match(only) if only else self._match(path, beside)
        match = self._match(path, beside)
        return match.settled(path, only) if only else match

    def _match(self, path: str | None, beside: str) -> Match:
        key = (beside, False) if path is None else (path, True)
        if key not in self._matches:
            find = self._names.find_beside if path is None else self._names.find
            self._matches[key] = find(key[0])
        return self._matches[key]

    def _inside(self, one: Annotation, recording: KnownRecording, clip: bool) -> Annotation:
        one = _without_whole_band(one, recording)
        if one.start_s is None or one.end_s is None:
            return one
        start, end, length = one.start_s, one.end_s, recording.duration_s
        if one.is_point and self._options.point_s is not None:
            half = self._options.point_s / 2
            start, end, clip = max(start - half, 0.0), end + half, True
        if length is not None and end > length + END_TOLERANCE_S:
            if not clip or start >= length:
                hint = "" if start >= length else "; --clip cuts it there"
                raise AnnotationError(
                    f"{one.place}: expected a span within {recording.path}, which ends at "
                    f"{length:g} s, got {one.start_s:g} to {one.end_s:g} s{hint}"
                )
            end = length
        if round(start, 6) >= round(end, 6):
            raise AnnotationError(f"{one.place}: expected a span of a microsecond at least")
        return replace(one, start_s=round(start, 6), end_s=round(end, 6))


def _without_whole_band(one: Annotation, recording: KnownRecording) -> Annotation:
    if recording.sample_rate is None or one.high_hz is None:
        return one
    top = recording.sample_rate / 2
    is_whole = (one.low_hz or 0.0) <= 0.0 and abs(one.high_hz - top) <= WHOLE_BAND_HZ
    return replace(one, low_hz=None, high_hz=None) if is_whole else one
