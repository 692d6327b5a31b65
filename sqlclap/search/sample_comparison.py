"""Compares two sounds sample by sample, up to an offset, a gain and rounding.

A hash of the file tells copies from the rest, and a vector says little of levels, offsets and
small differences. Here both sounds are decoded; where their samples differ, an offset and a gain
are looked for that bring one onto the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sqlclap.errors import SqlclapError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

COMPARED_S = 30.0
"""Seconds of two sounds that are compared if they are not the same."""

STEP = 2.0**-15
"""A step of 16 bits: by as much, and by a gain of as much, do sounds differ that were rounded."""

LEAST_ALIKE_DB = -40.0
"""Residual that they also stay under: of a sound of a few steps, rounding explains anything."""

LEAST_GAIN_DB = 0.01

Verdict = Literal["same", "rounding", "level", "offset", "different", "unreadable"]


@dataclass(frozen=True)
class Verified:
    """The result of comparing a sound's samples with those of the sound that it resembles.

    Attributes
    ----------
    verdict : {"same", "rounding", "level", "offset", "different", "unreadable"}
        "same": all samples are. "rounding": they are but for steps of 16 bits; "level": and but for
        a gain; "offset": and but for where they begin or end, with or without a gain.
        "unreadable": one can't be decoded.
    against : int
        The other sample.
    gain_db : float or None
        How much louder this one is (in dB).
    offset_s : float or None
        How much later it begins (in seconds).
    residual_db : float or None
        What is left of it when the other, at that offset and gain, is taken away, against all of it
        (in dB); None for nothing at all.
    length_diff_s : float or None
        How much longer it is (in seconds).
    note : str or None
        Why one can't be decoded, or compared.
    """

    verdict: Verdict
    against: int
    gain_db: float | None = None
    offset_s: float | None = None
    residual_db: float | None = None
    length_diff_s: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class DecodedSound:
    """The samples of a sound.

    Attributes
    ----------
    digest : bytes
        A hash of all samples, the sample rate and the number of channels.
    rate : int
        Sample rate (in Hz).
    frames : int
        Of the whole sound.
    mono : np.ndarray [shape=(n,), dtype=float32]
        The mean of the channels, of the first `COMPARED_S` seconds.
    """

    digest: bytes
    rate: int
    frames: int
    mono: Float32Array


def decode_sound(file: Path) -> DecodedSound | str:
    """Decode a file; return the reason where that can't be done."""
    from sqlclap.audio.decode import open_audio

    digest, frames, have = hashlib.sha256(), 0, 0
    parts: list[Float32Array] = []
    try:
        with open_audio(file) as stream:
            max_frames = round(COMPARED_S * stream.sample_rate)
            digest.update(f"{stream.sample_rate} {stream.channels}".encode())
            for block in stream.blocks():
                digest.update(np.ascontiguousarray(block).tobytes())
                frames += len(block)
                if have < max_frames:
                    parts.append(block.mean(axis=1, dtype=np.float32)[: max_frames - have])
                    have += len(parts[-1])
            return DecodedSound(digest.digest(), stream.sample_rate, frames, np.concatenate(parts))
    except (SqlclapError, OSError) as error:
        return str(error) if file.exists() else f"{file.name} is not there"


def compare_samples(one: DecodedSound | str, other: DecodedSound | str, against: int) -> Verified:
    """Compare a sound with another, the sample `against`; either may be why it can't be decoded."""
    if isinstance(one, str):
        return Verified("unreadable", against, note=one)
    if isinstance(other, str):
        return Verified("unreadable", against, note=other)
    longer = one.frames / one.rate - other.frames / other.rate
    if one.digest == other.digest:
        return Verified("same", against, 0.0, 0.0, None, 0.0)
    if one.rate != other.rate:
        note = f"rates differ: {one.rate:,} and {other.rate:,} Hz"
        return Verified("different", against, length_diff_s=longer, note=note)
    offset = _offset(one.mono, other.mono)
    gain_db, residual_db, is_rounded = _fit(one.mono, other.mono, offset)
    verdict: Verdict = "different"
    if is_rounded and (offset or one.frames != other.frames):
        verdict = "offset"
    elif is_rounded:
        verdict = "level" if abs(gain_db or 0.0) >= LEAST_GAIN_DB else "rounding"
    return Verified(verdict, against, gain_db, offset / one.rate, residual_db, longer)


def _offset(one: Float32Array, other: Float32Array) -> int:
    """Return by how many samples one lies behind another: where their correlation is highest."""
    size = 1 << (len(one) + len(other) - 1).bit_length()
    spectrum = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    best = int(np.abs(np.fft.irfft(spectrum, size)).argmax())
    return best if best < size // 2 else best - size


def _fit(
    one: Float32Array, other: Float32Array, offset: int
) -> tuple[float | None, float | None, bool]:
    """Return gain and residual (in dB) of one over another where they overlap.

    And whether rounding explains the residual.
    """
    late, early = max(offset, 0), max(-offset, 0)
    length = min(len(one) - late, len(other) - early)
    segment = one[late : late + length].astype(np.float64)
    other_segment = other[early : early + length].astype(np.float64)
    energy, power = float(segment @ segment), float(other_segment @ other_segment)
    if energy <= 0.0 or power <= 0.0:
        return None, 0.0, False
    gain = float(segment @ other_segment) / power
    rest = segment - gain * other_segment
    left = float(rest @ rest) / energy
    gain_db = 20 * float(np.log10(abs(gain))) if gain else None
    residual_db = 10 * float(np.log10(left)) if left > 0 else None
    is_rounded = float(np.abs(rest).max()) <= (1 + abs(gain)) * STEP
    alike = residual_db is None or residual_db < LEAST_ALIKE_DB
    return gain_db, residual_db, is_rounded and alike
