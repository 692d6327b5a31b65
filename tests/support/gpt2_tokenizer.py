"""A small tokenizer of GPT-2's kind, trained on a few sentences; `!` comes first in it."""

from __future__ import annotations

from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.support.roberta_tokenizer import SENTENCES

END = "<|endoftext|>"
VOCABULARY = 600


def write_gpt2_tokenizer(path: Path) -> int:
    """Write ``tokenizer.json`` and return the size of its vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.add_special_tokens([AddedToken(END, special=True, normalized=False)])
    if tokenizer.token_to_id("!") != 0:
        raise ValueError(f"expected ! as the first token, got {tokenizer.id_to_token(0)!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return int(tokenizer.get_vocab_size())
