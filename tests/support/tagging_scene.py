"""Twins with labels that are tagged in runs: both say the same of the same sounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlclap.labels.labels import Labels
from sqlclap.labels.votes import CastVote
from tests.support.twin_libraries import Twins

NAMES = ("kick", "bird", "rain")


def label_some(labels: Labels, made: Twins) -> None:
    """Three labels that overlap; some of their sounds are rejected, some tagged by hand."""
    for at, name in enumerate(NAMES):
        chosen = [one.path for one in made.sounds[at * 30 : at * 30 + 12]]
        labels.add(name, threshold=0.12, gap=0.0, top_k=1)
        labels.add_anchors(name, chosen[:6])
        labels.add_anchors(name, chosen[6:7], "negative")
        labels.vote(name, chosen[7:9], CastVote("reject"))
        labels.tag_by_hand(name, chosen[9:11])
        labels.tag_by_hand(name, [f"{made.sounds[0].path}@0.1-0.5"])


@contextmanager
def labelled_twins(folder: Path, bundle: Path) -> Iterator[Twins]:
    """Make twins of 150 sounds, and label some of them."""
    made = Twins(folder, bundle)
    made.add(150, seed=7)
    for side in (made.library, made.set):
        label_some(side.labels, made)
    yield made
    made.close()
