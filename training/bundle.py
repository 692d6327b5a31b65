"""The bundle's contract: what the model is, how its input is made, what its scores mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from sqlclap.durable import write_whole
from training.features import FRONT_END

GRAPHS = ("audio.onnx", "text.onnx", "tokenizer.json")
LISTS = ("taught.txt", "words.txt")
"""What it was taught, and words that mean the same."""

MAX_TOKENS = 64


def file_hash(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def front_end_contract() -> dict[str, object]:
    """Return the front end as the contract states it."""
    stated = FRONT_END.document()
    mel = stated.pop("mel")
    return {**stated, "mel": mel}


def contract(folder: Path, dim: int, scoring: Mapping[str, object]) -> dict[str, object]:
    """Return the contract of the graphs in `folder`."""
    return {
        "format": 1,
        "name": "sqlclap-mini",
        "source": "second edition, trained by training/ on permissively licensed public sound; "
        "see NOTICE",
        "licence": "Apache-2.0 (weights, graphs and tokenizer; credits in NOTICE)",
        "front_end": front_end_contract(),
        "dim": dim,
        "pooling": "mean-unit-windows-by-seconds",
        "text": {"max_tokens": MAX_TOKENS, "prompt_template": "{}"},
        "scoring": {"threshold": 0.75, "gap": 0.1, "top_k": 3, **scoring},
        "files": {name: file_hash(folder / name) for name in (*GRAPHS, *LISTS)},
    }


def write_contract(folder: Path, content: Mapping[str, object]) -> None:
    """Write contract.json."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    write_whole(folder / "contract.json", text + "\n")
