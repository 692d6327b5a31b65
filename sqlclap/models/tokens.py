"""Words to token numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlclap.errors import BundleError
from sqlclap.models.bundle import Bundle

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PAD_TOKENS = ("[PAD]", "<pad>")
CHARACTERS_A_TOKEN = 64
"""So much of a text is looked at for each token that it may have: the rest would be cut anyway,
after tokenising it, which takes seconds a megabyte."""


class TextTokens:
    """A bundle's tokenizer, loaded when first used."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        content = self._bundle.read("tokenizer.json")
        try:
            tokenizer = Tokenizer.from_buffer(content)
        except Exception as error:  # the library raises bare Exception
            folder = self._bundle.folder
            raise BundleError(f"{folder}: tokenizer.json can't be used: {error}") from error
        tokenizer.enable_truncation(self._bundle.contract.text.max_tokens)
        known = [token for token in _PAD_TOKENS if tokenizer.token_to_id(token) is not None]
        if known:
            tokenizer.enable_padding(pad_id=tokenizer.token_to_id(known[0]), pad_token=known[0])
        else:
            tokenizer.enable_padding(pad_id=0)
        return tokenizer

    def encode(self, texts: list[str]) -> dict[str, npt.NDArray[np.int64]]:
        """Tokenise prompts into one padded batch.

        Returns
        -------
        dict
            ``input_ids``, ``attention_mask`` and ``token_type_ids``, each of shape
            (texts, longest), int64.
        """
        import numpy as np

        encodings = self._tokenizer.encode_batch([self.cut(text) for text in texts])
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}

    def cut(self, text: str) -> str:
        """Return the part of a text that can make tokens, runs of blanks in long ones as one."""
        longest = CHARACTERS_A_TOKEN * self._bundle.contract.text.max_tokens
        if len(text) <= longest:
            return text
        words = text[: 8 * longest].split()
        return " ".join(words)[:longest]

    def is_cut(self, text: str) -> bool:
        """Whether a text has more tokens than the model takes."""
        if self.cut(text) != text:
            return True
        limit = self._bundle.contract.text.max_tokens
        return len(text) > limit // 2 and bool(self._tokenizer.encode(text).overflowing)

    def is_whole_word(self, word: str) -> bool:
        """Whether a word is one of the vocabulary's, instead of being put together from pieces."""
        tokens = self._tokenizer.encode(word, add_special_tokens=False)
        pairs = zip(tokens.tokens, tokens.attention_mask, strict=True)
        own = [token for token, is_real in pairs if is_real]
        return len(own) == 1 and str(own[0]).lower() == word.lower()
