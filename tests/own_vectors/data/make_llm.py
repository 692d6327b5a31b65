"""Makes `llm.db`, a database of llm, by its own code (written by llm 0.36).

In an environment of its own: ``pip install llm``, then ``python make_llm.py llm.db``.
"""

import random
import sys
from collections.abc import Iterable, Iterator

import llm
import sqlite_utils
from llm.models import EmbeddingModel


class Little(EmbeddingModel):
    """Twelve seeded numbers for each text."""

    model_id = "demo/little"

    def embed_batch(
        self, items: Iterable[str | bytes], *, key: str | None = None
    ) -> Iterator[list[float]]:
        """Yield a vector for each item."""
        for text in items:
            draw = random.Random(text)
            yield [draw.uniform(-1, 1) for _ in range(12)]


model = Little()
llm.get_embedding_model = lambda name: model
database = sqlite_utils.Database(sys.argv[1])
notes = llm.Collection("notes", database, model=model)
notes.embed_multi([(f"note-{number}", f"text {number}") for number in range(30)])
llm.Collection("other", database, model=model).embed("x", "y")
