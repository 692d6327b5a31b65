"""What the bundle that ships reads in queries finds more than what was typed."""

from __future__ import annotations

import numpy as np

from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from training import paths
from training.corpus.clip import ClipInfo
from training.evaluation.as_read import ROWS, as_table, both_ways, held_out
from training.features import FRONT_END, FeatureTable
from training.procedural.catalogue import MAKERS, make_sound

CLASSES = ("kick", "snare", "closed hat", "tom", "crash", "clap", "cowbell", "tambourine")


def sounds(encoder: Encoder) -> FeatureTable:
    """Return sounds of eight classes that stand for a held-out pack, and one of training."""
    assert set(CLASSES) <= set(MAKERS)
    mels, infos = [], []
    for label in CLASSES:
        for number in range(4):
            audio = make_sound(label, number)[: FRONT_END.window_samples]
            mels.append(encoder.front_end.features(audio))
            split = "train" if (label, number) == ("kick", 0) else "test"
            infos.append(vars(ClipInfo("pack", label, f"{label}-{number}", label, (), split)))
    count = len(mels)
    ones, order = np.ones(count, np.float32), np.arange(count)
    return FeatureTable(np.stack(mels), order, ones, order * 0, np.zeros((count, 2)), infos)


def test_queries_find_more_as_the_bundle_reads_them() -> None:
    encoder = Encoder(open_bundle(paths.BUNDLE), threads=1)
    found = held_out(encoder, sounds(encoder))
    assert len(found.labels) == 4 * len(CLASSES) - 1
    rows = both_ways(encoder, found)
    for kind in ("typos", "languages"):
        assert rows["as read"][kind]["mAP"] > rows["as typed"][kind]["mAP"]
    assert rows["as read"]["plain"]["mAP"] == rows["as typed"]["plain"]["mAP"]
    lines = as_table(rows).splitlines()
    assert len(lines) == 2 + len(ROWS)
    plain = f"{rows['as read']['plain']['mAP']:.3f}"
    assert lines[2] == f"| the plain name | {plain} | {plain} |"
