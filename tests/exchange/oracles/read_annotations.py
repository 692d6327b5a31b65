"""Reads annotation files as opensoundscape and crowsetta do, and prints what they find as JSON.

Run by an environment that has them: ``python read_annotations.py RAVEN TRACK``.
"""

import json
import sys
from pathlib import Path


def by_opensoundscape(raven: str) -> list[list[object]]:
    from opensoundscape.annotations import BoxedAnnotations

    frame = BoxedAnnotations.from_raven_files([raven], "Annotation").df
    names = ["annotation", "start_time", "end_time", "low_f", "high_f"]
    return [list(row) for row in frame[names].itertuples(index=False)]


def raven_by_crowsetta(raven: str) -> list[list[object]]:
    import crowsetta

    found = crowsetta.formats.bbox.Raven.from_file(raven, annot_col="Annotation").to_bbox()
    return [[one.label, one.onset, one.offset, one.low_freq, one.high_freq] for one in found]


def track_by_crowsetta(track: str) -> list[list[object]]:
    import crowsetta

    found = crowsetta.formats.seq.AudSeq.from_file(track, notated_path=Path("a.wav")).to_seq()
    return [[one.label, one.onset_s, one.offset_s] for one in found.segments]


print(
    json.dumps(
        {
            "opensoundscape": by_opensoundscape(sys.argv[1]),
            "crowsetta": raven_by_crowsetta(sys.argv[1]),
            "crowsetta, track": track_by_crowsetta(sys.argv[2]),
        },
        default=float,
    )
)
