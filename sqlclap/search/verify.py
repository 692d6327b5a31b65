"""Verifies duplicates: decodes sounds whose vectors are alike, and compares their samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.addresses import why_not_here
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.sample_comparison import DecodedSound, compare_samples, decode_sound

if TYPE_CHECKING:
    from sqlclap.search.duplicates import Duplicate, DuplicateGroup


def verify_duplicates(
    groups: Sequence[DuplicateGroup], listener: ProgressListener | None = None
) -> list[DuplicateGroup]:
    """Return groups whose sounds say what comparing their samples has shown.

    Each is compared with the sound that it is like (`Duplicate.of`). The result says, too, which
    files can't be decoded.

    Parameters
    ----------
    groups : sequence of DuplicateGroup
    listener : ProgressListener, optional
        Is told of the stage ``compare`` (sounds).
    """
    listener = listener or NullProgress()
    listener.started("compare", sum(len(group.sounds) for group in groups))
    verified = []
    for group in groups:
        cache: dict[int, DecodedSound | str] = {}
        files = {sound.sample_id: sound.file for sound in group.sounds}
        sounds = []
        for sound in group.sounds:
            sounds.append(_verified(sound, files, cache))
            listener.advanced(1)
        verified.append(replace(group, sounds=sounds))
    return verified


def _verified(
    sound: Duplicate, files: dict[int, Path], cache: dict[int, DecodedSound | str]
) -> Duplicate:
    if sound.of is None or sound.of not in files:
        return sound
    other = cache.get(sound.of)
    if other is None:  # others of the group are compared with the same one
        other = cache[sound.of] = _decoded(files[sound.of])
    result = compare_samples(_decoded(sound.file), other, sound.of)
    return replace(sound, verified=result)


def _decoded(file: Path) -> DecodedSound | str:
    return why_not_here(file) or decode_sound(file)
