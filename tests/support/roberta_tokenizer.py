"""A small byte-level tokenizer of RoBERTa's kind, trained on a few sentences."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SENTENCES = [
    "This is a sound of a deep kick drum.",
    "This is a sound of birds singing in a forest while rain falls on leaves.",
    "An electric guitar, heavily distorted, plays a riff; someone shouts over it.",
    "speech, music, wind, thunder, a dog barks, glass breaks and a door slams shut",
]
VOCABULARY = 600
SETTINGS = {
    "tokenizer_class": "RobertaTokenizer",
    "model_max_length": 512,
    "add_prefix_space": False,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}


def write_roberta_tokenizer(folder: Path) -> None:
    """Write ``tokenizer.json``, its settings, ``vocab.json`` and ``merges.txt``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
