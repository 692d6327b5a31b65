"""Runs the audio and the text tower: tokenisation, inference, unit vectors."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sqlclap.errors import BundleError, ModelSanityError
from sqlclap.models.bundle import Bundle
from sqlclap.models.device_runs import run_bound
from sqlclap.models.runtime import Runtime, session_options, session_providers

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy.typing as npt
    import onnxruntime

    from sqlclap.arrays import Float32Array
    from sqlclap.thread_pool import ThreadPool

_PAD_TOKENS = ("[PAD]", "<pad>")
CHARACTERS_A_TOKEN = 64
"""Characters of a text that are tokenised per token allowed: the rest would be cut anyway,
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
        tokenizer.enable_truncation(self._bundle.text.max_tokens)
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

        encodings = self._tokenizer.encode_batch([self.cut(text) for text in texts])
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}

    def cut(self, text: str) -> str:
        """Return the part of a text that can become tokens; collapse blanks in long texts."""
        longest = CHARACTERS_A_TOKEN * self._bundle.text.max_tokens
        if len(text) <= longest:
            return text
        chunks = text[: 8 * longest].split()
        return " ".join(chunks)[:longest]

    def is_cut(self, text: str) -> bool:
        """Whether a text has more tokens than the model takes."""
        if self.cut(text) != text:
            return True
        limit = self._bundle.text.max_tokens
        return len(text) > limit // 2 and bool(self._tokenizer.encode(text).overflowing)

    def is_whole_word(self, word: str) -> bool:
        """Whether a word is a single entry of the vocabulary instead of several pieces."""
        tokens = self._tokenizer.encode(word, add_special_tokens=False)
        pairs = zip(tokens.tokens, tokens.attention_mask, strict=True)
        own = [token for token, is_real in pairs if is_real]
        return len(own) == 1 and str(own[0]).lower() == word.lower()


POOL_FROM = 4
"""With at least this many pieces, each core works on one piece instead of all cores on the same."""


class TowerFile(NamedTuple):
    """Which graph a tower runs.

    Attributes
    ----------
    name : str
        "audio.onnx" or "text.onnx".
    output : str or None
        The output that is the embedding; None takes the first.
    rows_per_run : int
        Rows per run: larger runs don't fit into the cores' caches.
    """

    name: str
    output: str | None
    rows_per_run: int


class Tower:
    """Runs one graph of a bundle.

    Parameters
    ----------
    bundle : Bundle
    file : TowerFile
    runtime : Runtime
    """

    def __init__(self, bundle: Bundle, file: TowerFile, runtime: Runtime) -> None:
        self._bundle = bundle
        self._file = file
        self._runtime = runtime
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._worker_pool: ThreadPool | None = None

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """The ONNX Runtime session; made, from checked bytes, on first use."""
        with self._lock:
            if self._session is None:
                self._session = self._load(self._runtime.threads)
            return self._session

    def _load(self, threads: int) -> onnxruntime.InferenceSession:
        import onnxruntime

        providers = session_providers(self._runtime.device)
        options = session_options(threads)
        content = self._bundle.read(self._file.name)
        where = f"{self._bundle.folder}/{self._file.name}"
        try:
            session = onnxruntime.InferenceSession(
                content, sess_options=options, providers=providers
            )
        except Exception as error:  # ONNX Runtime's errors share no public root
            raise BundleError(f"{where} can't be loaded by ONNX Runtime: {error}") from error
        made = [entry.name for entry in session.get_outputs()]
        if self._file.output is not None and self._file.output not in made:
            expected, outputs = self._file.output, ", ".join(made)
            raise BundleError(f"{where}: expected an output {expected!r}, got {outputs}")
        return session

    def run(self, feeds: Mapping[str, Any]) -> Float32Array:
        """Run the graph on named inputs; inputs that the graph doesn't have are ignored.

        Returns
        -------
        np.ndarray [shape=(batch, dim), dtype=float32]
            Unit vectors.

        Raises
        ------
        BundleError
            The graph can't be run on such inputs.
        ModelSanityError
            The graph's output has a wrong shape, or holds vectors without a direction.
        """

        rows = len(next(iter(feeds.values())))
        size = self.rows_per_run
        pieces = [
            {name: value[start : start + size] for name, value in feeds.items()}
            for start in range(0, rows, size)
        ]
        pool = self._get_worker_pool(len(pieces))
        outputs = list((map if pool is None else pool.map)(self._unit_vectors, pieces))
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    @cached_property
    def rows_per_run(self) -> int:
        """Rows per run: 1 for a graph that takes no more."""
        batch = self.session.get_inputs()[0].shape[:1]
        return 1 if batch == [1] else self._file.rows_per_run

    @property
    def concurrent_runs(self) -> int:
        """Number of concurrent runs: one per core, or one on other devices than the CPU."""
        return 1 if self._runtime.device != "cpu" else self._runtime.threads or os.cpu_count() or 1

    def submit(self, feeds: Mapping[str, Any]) -> Future[Float32Array]:
        """Run the graph in the background, on one core, concurrently with other runs.

        Parameters
        ----------
        feeds : mapping
            As for `run`, of `rows_per_run` rows at most.

        Returns
        -------
        Future of np.ndarray [shape=(batch, dim), dtype=float32]
            Unit vectors; raises what `run` raises.
        """
        with self._lock:
            pool = self._worker_pool or self._start_worker_pool()
        return pool.submit(self._unit_vectors, feeds)

    def _get_worker_pool(self, pieces: int) -> ThreadPool | None:
        """Return the pool of threads that run pieces concurrently, if that is faster."""
        if self.concurrent_runs == 1:
            return None
        with self._lock:
            if self._worker_pool is None and pieces >= POOL_FROM:
                return self._start_worker_pool()
            return self._worker_pool

    def _start_worker_pool(self) -> ThreadPool:
        """Start a thread for each core; call with the lock held.

        A run on one core doesn't wait for other cores. The session that used all
        cores for one run is let go.
        """
        from sqlclap.thread_pool import ThreadPool

        if self.concurrent_runs > 1:
            self._session = self._load(threads=1)
        self._worker_pool = ThreadPool(self.concurrent_runs, thread_name_prefix="sqlclap-tower")
        return self._worker_pool

    def _unit_vectors(self, feeds: Mapping[str, Any]) -> Float32Array:
        output = self._output(feeds)
        name, dim = self._file.name, self._bundle.contract.dim
        if output.ndim != 2 or output.shape[1] != dim:
            raise ModelSanityError(
                f"{self._bundle.name}: {name} gave shape {output.shape}, expected (n, {dim})"
            )
        norms = np.linalg.norm(output, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms < 1e-9).any():
            raise ModelSanityError(f"{self._bundle.name}: {name} gave vectors without direction")
        unit: Float32Array = (output / norms).astype(np.float32, copy=False)
        return unit

    def _output(self, feeds: Mapping[str, Any]) -> Float32Array:
        session = self.session
        taken = {entry.name for entry in session.get_inputs()}
        names = None if self._file.output is None else [self._file.output]
        try:
            wanted = {k: v for k, v in feeds.items() if k in taken}
            if self._runtime.device == "cpu":
                output = session.run(names, wanted)[0]
            else:
                output = run_bound(session, wanted, self._file.output, self._runtime.device)
        except Exception as error:  # ONNX Runtime's errors share no public root
            shapes = {entry.name: entry.shape for entry in session.get_inputs()}
            given = {name: value.shape for name, value in feeds.items()}
            raise BundleError(
                f"{self._bundle.folder}/{self._file.name} takes {shapes} and can't be run on "
                f"{given}: {error}"
            ) from error
        return np.asarray(output, dtype=np.float32)  # half floats would overflow in their norm
