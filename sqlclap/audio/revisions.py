"""Revisions of reading: whether an unchanged file may sound otherwise when it is read again."""

from __future__ import annotations

from dataclasses import dataclass

READING_REVISION = 1
"""Revision of decoding, mixdown and measuring; it grows when their results change for some files.

1. All of MP3, Ogg and unfinished recordings is read, whatever their headers claim; levels are
   those of the channels; a constant level is no sound; what the model hears is measured.
"""

LOWEST_CENTROID_HZ = 100.0
"""A sound with a lower centroid (in Hz) may be a constant level, or sound on one."""

# Energy over the highest band of any model is at most half of all below this: Markov's inequality.
_HIGHEST_CENTROID_HZ = 7_000.0

# Chunks of text and markers around the samples of a PCM file; more may be sound left unread.
_USUAL_CHUNKS_BYTES = 4_096
_PCM_CONTAINERS = ("AIFF", "AU", "CAF", "RF64", "W64", "WAV", "WAVEX")
_SAMPLE_BYTES = {"PCM_S8": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
_SAMPLE_BYTES |= {"FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}


@dataclass(frozen=True)
class PastReading:
    """What the library has stored about a sound that was read before.

    Attributes
    ----------
    revision : int
        0 if it was read before revisions were recorded.
    format : str
        As in `AudioStream`.
    channels, sample_rate : int
    duration_s : float
    bytes : int
        Size of the file.
    note : str
        Remarks on irregularities from decoding; "" if there were none.
    centroid_hz : float or None
        Spectral centroid; None for silence.
    """

    revision: int
    format: str
    channels: int
    sample_rate: int
    duration_s: float
    bytes: int
    note: str
    centroid_hz: float | None = None


def may_sound_otherwise(past: PastReading) -> bool:
    """Whether reading an unchanged file again may give other samples or measurements."""
    if past.revision >= READING_REVISION:
        return False
    return (
        past.format.startswith(("MP3", "MPEG", "OGG", "WEBM"))
        or past.channels > 1
        or "truncated" in past.note
        or _is_hardly_heard(past)
        or _holds_more(past)
    )


def _holds_more(past: PastReading) -> bool:
    """Whether a file is larger than the sound that was found in it."""
    container, _, coding = past.format.partition("/")
    # FLAC takes no more than the samples themselves, and seldom nearly as much.
    width = _SAMPLE_BYTES.get(coding) if container in (*_PCM_CONTAINERS, "FLAC") else None
    if width is None:
        return False
    decoded_bytes = past.duration_s * past.sample_rate * past.channels * width
    decoded_bytes *= 0.8 if container == "FLAC" else 1.0
    return past.bytes > decoded_bytes + _USUAL_CHUNKS_BYTES


def _is_hardly_heard(past: PastReading) -> bool:
    """Whether a sound may be inaudible, or lie mostly above the band that a model uses."""
    if past.centroid_hz is None:
        return False
    return not LOWEST_CENTROID_HZ <= past.centroid_hz <= _HIGHEST_CENTROID_HZ
