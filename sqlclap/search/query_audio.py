"""Audio that is asked with: embedded and measured just as ingest does it."""

from __future__ import annotations

import warnings
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.spans import END_TOLERANCE_S
from sqlclap.db.vectors import pool_windows
from sqlclap.errors import QueryError, SoundWarning

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.audio.decode import AudioStream
    from sqlclap.db.spans import Span
    from sqlclap.descriptor_columns import Descriptors
    from sqlclap.models.encoder import Encoder


WINDOWS_AT_ONCE = 32


def embed_sound(encoder: Encoder, source: Path | bytes) -> Float32Array:
    """Embed a file, or encoded audio, just as ingest does; a `SoundWarning` tells its notes.

    Returns
    -------
    np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.

    Raises
    ------
    AudioDecodeError
        It can't be read as sound.
    QueryError
        It is silent.
    """
    vector, notes = embed_with_notes(encoder, source)
    if notes:
        warnings.warn(f"{_named(source)}: {'; '.join(notes)}", SoundWarning, stacklevel=2)
    return vector


def embed_with_notes(
    encoder: Encoder, source: Path | bytes, span: Span | None = None, semitones: float = 0.0
) -> tuple[Float32Array, tuple[str, ...]]:
    """Embed a file, or encoded audio, and return remarks on irregularities in reading it.

    Of a span exactly that audio is embedded, as a file of its own would be; and it may be so many
    semitones higher or lower, as a tape at another speed plays it.

    Returns
    -------
    tuple of (np.ndarray [shape=(dim,), dtype=float32], tuple of str)
        A unit vector, and notes such as ingest stores.

    Raises
    ------
    AudioDecodeError
        It can't be read as sound, or not up to the span's end.
    QueryError
        It is silent.
    """

    from sqlclap.audio.front_end import sound_windows

    seconds: list[float] = []
    vectors: list[Float32Array] = []
    with _open_part(source, span, semitones) as stream:
        windows = sound_windows(stream, encoder.front_end)
        # A long sound's windows never lie in memory together.
        while batch := list(islice(windows, WINDOWS_AT_ONCE)):
            seconds += [window.end_s - window.start_s for window in batch]
            vectors.append(encoder.embed_windows(np.stack([window.features for window in batch])))
    if not vectors:
        named = _named(source) if span is None else f"{span} s of {_named(source)}"
        raise QueryError(f"{named} is silent: there is nothing to compare")
    if windows.whole is None:
        vector = pool_windows(np.concatenate(vectors), np.array(seconds, dtype=np.float32))
    else:
        vector = encoder.embed_windows(windows.whole[None])[0]
    return vector, windows.report.all_notes()


def measure_sound(encoder: Encoder, source: Path | bytes, span: Span | None = None) -> Descriptors:
    """Measure a file, or encoded audio, or a span of it, just as ingest does."""
    from sqlclap.audio.descriptors import DescriptorMeter
    from sqlclap.audio.front_end import sound_windows

    with _open_part(source, span) as stream:
        meter = DescriptorMeter(stream.sample_rate, encoder.front_end.spec.heard_hz)
        for _ in sound_windows(stream, encoder.front_end, meter):
            pass
        return meter.finish()


def _open_part(source: Path | bytes, span: Span | None, semitones: float = 0.0) -> AudioStream:
    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.stream_part import StreamPart

    stream = open_audio(source)
    if span is not None:
        stream = StreamPart(stream, span.start_s, span.end_s, END_TOLERANCE_S)
    if not semitones:
        return stream
    from sqlclap.audio.transposed import Transposed

    return Transposed(stream, semitones)


def _named(source: Path | bytes) -> str:
    return str(source) if isinstance(source, Path) else "the sound given"
