"""Makes `hoplite/`, a database of perch-hoplite, by its own code (written by perch-hoplite 1.0.2).

In an environment of its own: ``pip install perch-hoplite``, then ``python make_hoplite.py FOLDER``.
The vectors are seeded noise of 16 dimensions around a direction for each kind of call.
"""

import datetime
import sys

import numpy as np
from ml_collections import config_dict
from perch_hoplite.db import datatypes
from perch_hoplite.db.sqlite_usearch_impl import SQLiteUSearchDB, get_default_usearch_config

DIM = 16
RECORDINGS = {
    "site1": ("site1/20240601_053000.wav", "site1/20240601_060000.wav"),
    "site2": ("site2/20240601_053000.wav",),
}


def main(folder: str) -> None:
    rng = np.random.default_rng(5)
    db = SQLiteUSearchDB.create(folder, usearch_cfg=get_default_usearch_config(DIM))
    model = {"sample_rate": 32000, "window_size_s": 5.0, "hop_size_s": 5.0}
    config = {"model_key": "perch_v2", "embedding_dim": DIM, "model_config": model,
              "logits_key": None, "logits_idxes": None}  # fmt: skip
    glob = {"dataset_name": "pond", "base_path": "/mnt/pond", "file_glob": "*/*.wav",
            "min_audio_len_s": 1.0, "target_sample_rate_hz": -2, "shard_len_s": 60.0,
            "max_shards_per_file": None}  # fmt: skip
    db.insert_metadata("model_config", config_dict.ConfigDict(config))
    db.insert_metadata("audio_sources", config_dict.ConfigDict({"audio_globs": (glob,)}))
    for number, (site, files) in enumerate(RECORDINGS.items()):
        deployment = db.insert_deployment(site, "pond", 52.5 + number, 13.25, habitat="reeds")
        for minute, file in enumerate(files):
            start = datetime.datetime(2024, 6, 1, 5 + minute, 30 - 30 * minute)
            recording = db.insert_recording(file, start, deployment)
            for window in range(4):
                kind = (number + window) % 2
                vector = rng.normal(0, 0.15, DIM) + np.eye(DIM)[kind] * 2
                offsets = [5.0 * window, 5.0 * window + 5.0]
                db.insert_window(recording, offsets, vector.astype(np.float16))
            owl, noise = datatypes.LabelType.POSITIVE, datatypes.LabelType.NEGATIVE
            db.insert_annotation(recording, [0.0, 5.0], "owl", owl, "alice")
            db.insert_annotation(recording, [5.0, 10.0], "owl", noise, "alice")
    db.insert_annotation(recording, [1.5, 2.5], "fox", datatypes.LabelType.UNCERTAIN, "bob")
    db.commit()


main(sys.argv[1])
