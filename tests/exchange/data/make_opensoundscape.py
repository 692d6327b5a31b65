"""Makes `opensoundscape/`, annotation files, by its own code (written by opensoundscape 0.13.2).

In an environment of its own: ``pip install opensoundscape``, then
``python make_opensoundscape.py FOLDER``.
"""

import sys
from pathlib import Path

import pandas as pd
from opensoundscape.annotations import BoxedAnnotations

COLUMNS = ("audio_file", "annotation", "start_time", "end_time", "low_f", "high_f")
ROWS = [
    ("site1/dawn.wav", "owl", 1.5, 4.25, 300.0, 900.0),
    ("site1/dawn.wav", "fox", 10.0, 12.0, None, None),
    ("site1/dusk.wav", "owl", 0.125, 2.0, 250.5, 1000.0),
]


def main(folder: str) -> None:
    boxes = BoxedAnnotations(pd.DataFrame(ROWS, columns=COLUMNS))
    boxes.to_csv(Path(folder) / "boxes.csv")
    boxes.to_raven_files(folder, audio_files=sorted({row[0] for row in ROWS}))


main(sys.argv[1])
