"""What queries find as they are typed, and as the bundle that ships reads them.

``python -m training.evaluation.as_read`` prints the table of docs/models.md. It makes the sounds of
the held-out packs where they aren't there yet; nothing is trained.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

import numpy as np

from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.runtime import Runtime
from sqlclap.models.towers import Tower, TowerFile
from training import paths
from training.evaluation.metrics import pool
from training.evaluation.queries import by_kind
from training.evaluation.report import Collection, subset
from training.features import FeatureTable

ROWS = {
    "plain": "the plain name",
    "synonyms": "unseen synonyms",
    "typos": "slips of the keyboard",
    "sentences": "sentences",
    "plural": "plurals",
    "languages": "five languages, mean",
}
"""Kinds of queries and what the table calls them."""


def held_out(encoder: Encoder, table: FeatureTable) -> Collection:
    """Return the labelled sounds of the packs that are never trained on, as a bundle hears them."""
    clips = np.array([i for i, info in enumerate(table.infos) if info["split"] == "test"])
    rows = np.isin(table.clip, clips)
    windows = encoder.embed_windows(table.mels[rows].astype(np.float32))
    vectors = pool(windows, table.clip[rows], table.seconds[rows], len(table.infos))
    return subset(vectors, table, clips)


def embed_as_typed(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Return the unit vectors of texts that reach the text tower as they were typed."""
    file = TowerFile("text.onnx", encoder.bundle.contract.outputs.text, len(texts))
    return Tower(encoder.bundle, file, Runtime("cpu", 1)).run(encoder.tokens.encode(texts))


def both_ways(encoder: Encoder, sounds: Collection) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean average precision by kind of query, as typed and as read.

    Parameters
    ----------
    encoder : Encoder
    sounds : Collection
        Sounds to search among, embedded by `encoder`.
    """
    return {
        "as typed": by_kind(sounds, lambda texts: embed_as_typed(encoder, texts)),
        "as read": by_kind(sounds, encoder.embed_texts),
    }


def as_table(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return what `both_ways` found as a table in Markdown."""
    lines = ["| queries | as typed | as read |", "|---|---|---|"]
    for kind, title in ROWS.items():
        typed, read = (found[way][kind]["mAP"] for way in ("as typed", "as read"))
        lines.append(f"| {title} | {typed:.3f} | {read:.3f} |")
    return "\n".join(lines)


def make_sounds() -> FeatureTable:
    """Return the features of the held-out packs; what isn't there yet is fetched and made."""
    from training.build import build_held_out

    return build_held_out()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="every kind, with numbers of queries")
    options = parser.parse_args()
    encoder = Encoder(open_bundle(paths.BUNDLE), threads=1)
    found = both_ways(encoder, held_out(encoder, make_sounds()))
    print(json.dumps(found, indent=1) if options.json else as_table(found))


if __name__ == "__main__":
    main()
