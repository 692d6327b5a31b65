"""Opens a database as perch-hoplite does, asks it, and prints the answers as JSON.

Run by an environment that has it: ``python read_hoplite.py FOLDER``.
"""

import json
import sys

import numpy as np
from perch_hoplite.db import brutalism
from perch_hoplite.db.sqlite_usearch_impl import SQLiteUSearchDB

db = SQLiteUSearchDB.create(sys.argv[1])
ids = [int(one) for one in db.match_window_ids()]
query = db.get_embedding(ids[0]).astype(np.float32)
exact = brutalism.brute_search(db, query, 5, score_fn=np.dot)
graph = db.ui.search(query.astype(np.float16), 5)
recordings = {one.id: one for one in db.get_all_recordings()}
windows = [db.get_window(one, include_embedding=True) for one in ids]
print(
    json.dumps(
        {
            "deployments": [
                [one.name, one.project, one.latitude, one.longitude]
                for one in db.get_all_deployments()
            ],
            "recordings": [one.filename for one in recordings.values()],
            "starts": [
                None if one.datetime is None else one.datetime.isoformat()
                for one in recordings.values()
            ],
            "windows": [
                [recordings[one.recording_id].filename, *one.offsets] for one in windows
            ],
            "norms": [float(np.linalg.norm(one.embedding.astype(np.float32))) for one in windows],
            "annotations": [
                [recordings[one.recording_id].filename, *one.offsets, one.label,
                 int(one.label_type), one.provenance]
                for one in db.get_all_annotations()
            ],
            "exact": [int(one.window_id) for one in exact],
            "graph": [int(key) for key in graph.keys],
            "model_key": db.get_metadata("model_config").model_key,
            "base_path": db.get_metadata("audio_sources").audio_globs[0]["base_path"],
        }
    )
)  # fmt: skip
