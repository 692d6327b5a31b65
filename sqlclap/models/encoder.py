"""The encoder of all bundles: maps sound and text to unit vectors of one space."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.deprecated import former_attribute
from sqlclap.errors import QueryError
from sqlclap.models import device_runs
from sqlclap.models.bundle import Bundle
from sqlclap.models.runtime import Device, Runtime
from sqlclap.models.sanity import check_sounds, check_texts
from sqlclap.models.towers import TextTokens, Tower, TowerFile
from sqlclap.models.wording import Reading, Wording, wording_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.audio.front_end import FrontEnd

FEATURES_AT_ONCE = 1 << 16
"""Feature values per run of the audio tower: one window of CLAP's, several of a smaller
model's. Larger runs are slower (their layers don't fit into the caches) and take more memory."""

TEXTS_AT_ONCE = 64
TEXTS_KEPT = 256
"""Number of texts whose vectors are cached: a statement may embed the same one for every row."""


class Encoder:
    """Runs a bundle. Each tower is loaded, and its output is checked, when it is first used.

    Parameters
    ----------
    bundle : Bundle
    threads : int
        Threads within a run; 0 takes all cores.
    device : {"cpu", "cuda"}
    """

    def __init__(self, bundle: Bundle, threads: int = 0, device: Device = "cpu") -> None:
        self.bundle = bundle
        self.tokens = TextTokens(bundle)
        self._text_cache: OrderedDict[str, Float32Array] = OrderedDict()
        self._lock = threading.Lock()
        self._runtime = Runtime(device, threads)

    @cached_property
    def front_end(self) -> FrontEnd:
        """What makes windows of a sound, ready for the audio tower; words need none."""
        from sqlclap.audio.front_end import FrontEnd

        return FrontEnd(self.bundle.contract.front_end)

    def prepare_audio(self) -> None:
        """Load and check the audio tower now, so that a bad model fails before any work.

        Raises
        ------
        BundleError, ModelSanityError
            The audio tower can't be used.
        """
        _ = self._checked_audio

    def embed_windows(self, features: npt.NDArray[np.float32]) -> Float32Array:
        """Embed windows of sound.

        Parameters
        ----------
        features : np.ndarray [shape=(batch, frames, n_mels) or (batch, samples), dtype=float32]
            Output of `self.front_end` for the windows.

        Returns
        -------
        np.ndarray [shape=(batch, dim), dtype=float32]
            Unit vectors.

        Raises
        ------
        BundleError, ModelSanityError
            The audio tower can't be used.
        """
        return self._checked_audio.run({self._audio_input: self._with_channel_axis(features)})

    @property
    def windows_per_run(self) -> int:
        """Most windows of one call of `submit_windows`."""
        return self._audio.rows_per_run

    @property
    def concurrent_runs(self) -> int:
        """Number of runs of the audio tower that can run at the same time."""
        return self._audio.concurrent_runs

    windows_a_run = former_attribute("windows_a_run", "windows_per_run")
    runs_at_once = former_attribute("runs_at_once", "concurrent_runs")

    def submit_windows(self, features: npt.NDArray[np.float32]) -> Future[Float32Array]:
        """Embed windows in the background; for throughput, keep `concurrent_runs` runs in progress.

        Parameters
        ----------
        features : np.ndarray [shape=(batch, frames, n_mels) or (batch, samples), dtype=float32]
            At most `windows_per_run` windows, as for `embed_windows`.

        Returns
        -------
        Future of np.ndarray [shape=(batch, dim), dtype=float32]
            Unit vectors; raises what `embed_windows` raises.
        """
        return self._checked_audio.submit({self._audio_input: self._with_channel_axis(features)})

    def embed_texts(self, texts: Sequence[str]) -> Float32Array:
        """Embed texts, each inserted into the contract's prompt template.

        Returns
        -------
        np.ndarray [shape=(texts, dim), dtype=float32]
            Unit vectors.

        Raises
        ------
        QueryError
            A query has no words.
        NoTextTowerError
            The model has no words.
        BundleError, ModelSanityError
            The text tower can't be used.
        """
        template = self.bundle.text.prompt_template
        for text in texts:
            check_words(text)
        prompts = [template.replace("{}", self.read(text).text) for text in texts]
        return self._checked_text.run(self.tokens.encode(prompts))

    def read(self, text: str) -> Reading:
        """Return a text as the tower reads it: see `sqlclap.models.wording`."""
        cut = self.tokens.cut(text.strip())
        wording = self._wording
        return Reading(cut) if wording is None else wording.read(cut, self.tokens.is_whole_word)

    def embed_text(self, text: str) -> Float32Array:
        """Embed one text; the vectors of recent texts are cached.

        Returns
        -------
        np.ndarray [shape=(dim,), dtype=float32]
            A unit vector, not to be written to. Errors are those of `embed_texts`.
        """
        key = self.tokens.cut(text)
        with self._lock:
            cached = self._text_cache.get(key)
            if cached is not None:
                self._text_cache.move_to_end(key)
                return cached
        vector: Float32Array = self.embed_texts([key])[0]
        with self._lock:
            self._text_cache[key] = vector
            while len(self._text_cache) > TEXTS_KEPT:
                self._text_cache.popitem(last=False)
        return vector

    @cached_property
    def _wording(self) -> Wording | None:
        return wording_of(self.bundle)

    @cached_property
    def _audio(self) -> Tower:
        on_device = self._runtime.device != "cpu"
        values = device_runs.FEATURES_AT_ONCE if on_device else FEATURES_AT_ONCE
        sounds = max(1, values // math.prod(self.front_end.feature_shape))
        file = TowerFile("audio.onnx", self.bundle.contract.outputs.audio, sounds)
        return Tower(self.bundle, file, self._runtime)

    @cached_property
    def _text(self) -> Tower:
        file = TowerFile("text.onnx", self.bundle.contract.outputs.text, TEXTS_AT_ONCE)
        return Tower(self.bundle, file, self._runtime)

    @cached_property
    def _audio_input(self) -> str:
        return str(self._audio.session.get_inputs()[0].name)

    def _with_channel_axis(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Add the channel axis that some graphs take."""
        rank = len(self._audio.session.get_inputs()[0].shape)
        return features[:, None] if rank == features.ndim + 1 else features

    @cached_property
    def _checked_audio(self) -> Tower:
        check_sounds(
            self.bundle.name,
            self.front_end,
            lambda features: self._audio.run(
                {self._audio_input: self._with_channel_axis(features)}
            ),
        )
        return self._audio

    @cached_property
    def _checked_text(self) -> Tower:
        check_texts(
            self.bundle.name, lambda prompts: self._text.run(self.tokens.encode(list(prompts)))
        )
        return self._text


def check_words(text: str) -> None:
    """Check that a query in words holds letters or digits.

    Raises
    ------
    QueryError
        It is empty, or holds neither letters nor digits.
    """
    if not text.strip():
        raise QueryError('expected words to search for, such as "deep kick"; got none')
    if not any(map(str.isalnum, text)):
        shown = text.strip()[:20]
        raise QueryError(
            'expected words to search for, such as "deep kick"; '
            f"got neither letters nor digits: {shown!r}"
        )
