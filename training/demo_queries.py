"""Ask the bundle the demo's questions over sonic-pi's samples: ``-m training.demo_queries``."""

from __future__ import annotations

import re

import numpy as np

from sqlclap.audio.front_end import FrontEnd, read_features
from training import paths
from training.features import FRONT_END
from training.latency import session

QUERIES = {
    "kick drum": r"^bd_|kick|drum_bass",
    "snare": r"^sn_|snare",
    "closed hi-hat": r"cymbal_closed|cymbal_pedal|^hat_",
    "choir": r"choir|voxy",
    "drum loop": r"^loop_(amen|breakbeat|compus|garzul|industrial|mehackit|mika|perc|safari|tabla|"
    r"electric|weirdo)",
}
"""What file names are right for each of the demo's questions."""

_FOLDER = paths.PACKAGES / "sonic-pi-samples" / "usr" / "share" / "sonic-pi" / "samples"


def embed_files() -> dict[str, np.ndarray]:
    """Return the vector of each of sonic-pi's samples by name."""
    front_end, audio = FrontEnd(FRONT_END), session("audio.onnx")
    found = {}
    for path in sorted(_FOLDER.glob("*.flac")):
        windows = read_features(path, front_end)
        vectors = audio.run(None, {"features": np.stack([w.features for w in windows])})[0]
        seconds = np.array([w.end_s - w.start_s for w in windows])
        mean = (vectors * seconds[:, None]).sum(axis=0)
        found[path.stem] = mean / np.linalg.norm(mean)
    return found


def embed_query(text: str) -> np.ndarray:
    """Return the unit vector of a query."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(paths.BUNDLE / "tokenizer.json"))
    ids = np.array([tokenizer.encode(text).ids], np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    return session("text.onnx").run(None, feed)[0][0]


def main() -> None:
    """Print the five best names for each question and how many are right."""
    files = embed_files()
    names, vectors = list(files), np.stack(list(files.values()))
    for query, right in QUERIES.items():
        scores = vectors @ embed_query(query)
        best = [names[i] for i in np.argsort(-scores)[:5]]
        hits = sum(bool(re.search(right, name)) for name in best)
        print(f"{query}: {hits} of 5 right, best {scores.max():.2f}: {', '.join(best)}")


if __name__ == "__main__":
    main()
