"""The plugin of `llm`: the models here, as embedding models for words and for sounds.

`llm embed-multi sounds --files ~/Samples '*.wav' --binary -m sqlclap-mini` stores vectors in llm's
own database, and `llm similar sounds -c 'deep kick'` asks for them in words. `llm` finds this
module by its entry point, and imports it at each start: nothing heavy is loaded before a vector is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llm import hookimpl
from llm.models import EmbeddingModel

from sqlclap.errors import BundleError, QueryError
from sqlclap.models.bundle import EMBEDDED_MODEL, find_named_bundle, installed_names

if TYPE_CHECKING:
    from sqlclap.models.encoder import Encoder

SOUNDS_START = ("RIFF", "RIFX", "RF64", "FORM", "fLaC", "OggS", "ID3", "caff")
"""How files of sound begin, also where their bytes were read as text."""


@hookimpl
def register_embedding_models(register: Callable[..., None]) -> None:
    """Offer the embedded model and the installed ones, by their names."""
    for name in dict.fromkeys((EMBEDDED_MODEL, *installed_names())):
        register(SoundModel(name))


class SoundModel(EmbeddingModel):
    """A model of sqlclap's as `llm` uses it: text and encoded audio give vectors of one space.

    A sound's vector is what `sqlclap ingest` stores for it.

    Parameters
    ----------
    name : str
        Of the embedded model or an installed one.
    """

    supports_binary = True

    def __init__(self, name: str) -> None:
        self.model_id = name
        self.supports_text = _has_words(name)

    @cached_property
    def _encoder(self) -> Encoder:
        from sqlclap.models.encoder import Encoder

        return Encoder(find_named_bundle(self.model_id))

    def embed_batch(
        self, items: Iterable[str | bytes], *, key: str | None = None
    ) -> Iterator[list[float]]:
        """Yield the vector of each text or sound, as float32 numbers of unit length.

        Parameters
        ----------
        items : iterable of str or bytes
            Words, or a whole sound file's bytes.
        key : str, optional
            `llm` passes one to every model; there is none here.

        Raises
        ------
        QueryError
            A text is empty or a sound file read as text, or a sound is silent.
        AudioDecodeError
            Bytes that can't be read as sound.
        """
        for item in items:
            yield self._vector(item).tolist()

    def _vector(self, item: str | bytes) -> Any:
        if isinstance(item, str):
            _refuse_sound_as_text(item)
            return self._encoder.embed_text(item)
        from sqlclap.search.query_audio import embed_sound

        return embed_sound(self._encoder, item)


def _has_words(name: str) -> bool:
    """Whether a model has words; a damaged one says why when it is used."""
    try:
        return find_named_bundle(name).contract.has_words
    except BundleError:
        return True


def _refuse_sound_as_text(text: str) -> None:
    """A file that `llm` was not told to read as bytes would get the vector of its noise of signs.

    Raises
    ------
    QueryError
    """
    if text.startswith(SOUNDS_START) and "\0" in text:
        raise QueryError("this text is a sound file read as text: say --binary")
