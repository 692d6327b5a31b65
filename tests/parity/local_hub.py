"""A small cache of the hub, enough for `import laion_clap` without a network.

It fetches three tokenizers and the weights of roberta-base while it is imported. What they hold
does not matter: the checkpoint's own weights are loaded over them, and both sides use the same
tokenizer.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.support.roberta_tokenizer import VOCABULARY, write_roberta_tokenizer

COMMIT = "0" * 40
ROBERTA = {
    "architectures": ["RobertaModel"],
    "model_type": "roberta",
    "vocab_size": VOCABULARY,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-05,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
BERT_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sound"]


def write_local_hub(home: Path) -> None:
    """Fill ``<home>/hub`` with the four repositories; imports torch and transformers."""
    import torch
    from transformers import RobertaConfig, RobertaModel

    torch.manual_seed(0)
    roberta = _snapshot(home, "roberta-base")
    write_roberta_tokenizer(roberta)
    RobertaModel(RobertaConfig(**ROBERTA)).save_pretrained(roberta)
    bart = _snapshot(home, "facebook/bart-base")
    write_roberta_tokenizer(bart)
    (bart / "config.json").write_text(json.dumps({"model_type": "bart"}))
    settings = json.loads((bart / "tokenizer_config.json").read_text())
    settings["tokenizer_class"] = "BartTokenizer"
    (bart / "tokenizer_config.json").write_text(json.dumps(settings))
    bert = _snapshot(home, "bert-base-uncased")
    (bert / "vocab.txt").write_text("\n".join(BERT_WORDS) + "\n")
    (bert / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (bert / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))


def _snapshot(home: Path, repository: str) -> Path:
    """Make a repository's place in the cache, at a commit that main points to."""
    root = home / "hub" / f"models--{repository.replace('/', '--')}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(COMMIT)
    folder = root / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    return folder
