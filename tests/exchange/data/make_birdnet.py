"""Makes `birdnet/`, result files of BirdNET-Analyzer, by its own code (birdnet-analyzer 2.4.0).

In an environment of its own: ``pip install --no-deps birdnet-analyzer``, numpy, librosa, soundfile;
then ``python make_birdnet.py FOLDER``. The scores are made up: no network is run.
"""

import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

SCORES = {
    "0.0-3.0": [("Strix aluco_Tawny Owl", 0.9123), ("Vulpes vulpes_Red Fox", 0.25)],
    "3.0-6.0": [("Strix aluco_Tawny Owl", 0.5)],
    "57.0-60.0": [],
}


def main(folder: str) -> None:
    sys.modules["birdnet_analyzer.model"] = types.ModuleType("model")  # the network's runtime
    cfg: Any = import_module("birdnet_analyzer.config")
    utils = import_module("birdnet_analyzer.analyze.utils")
    cfg.OUTPUT_PATH = folder
    cfg.CODES = {"Strix aluco_Tawny Owl": "tawowl1"}
    cfg.LABELS = cfg.TRANSLATED_LABELS = [one for found in SCORES.values() for one, _ in found]
    soundfile.write("dawn.wav", np.zeros(60 * 32_000), 32_000)
    soundfile.write("dusk.wav", np.zeros(30 * 32_000), 32_000)
    kinds = {
        "table": "{}.BirdNET.selection.table.txt",
        "audacity": "{}.BirdNET.results.txt",
        "kaleidoscope": "{}.BirdNET.results.kaleidoscope.csv",
        "csv": "{}.BirdNET.results.csv",
    }
    cfg.RESULT_TYPES = [*kinds]
    cfg.ADDITIONAL_COLUMNS = ["lat", "overlap"]
    saved = []
    for name, found in {
        "dawn": SCORES,
        "dusk": {"0.0-3.0": [], "3.0-6.0": SCORES["3.0-6.0"]},
    }.items():
        files = {kind: str(Path(folder) / text.format(name)) for kind, text in kinds.items()}
        utils.save_result_files(found, files, f"{name}.wav")
        saved.append(files)
    utils.combine_results(saved)


main(sys.argv[1])
