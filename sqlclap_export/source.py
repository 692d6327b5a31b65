"""What an export starts from, and how it is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import ExportError
from sqlclap.models.bundle import Bundle
from sqlclap.models.clap import ClapFacts
from sqlclap.models.encoder import Encoder
from sqlclap.models.precision import LEAST_COSINE
from sqlclap.models.sanity import PROMPTS, long_probe_sounds, probe_sounds
from sqlclap_export.gpt2 import Gpt2Settings
from sqlclap_export.htsat import FRAMES
from sqlclap_export.roberta import RobertaSettings
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

UNUSED = (
    "relative_position_index",
    "num_batches_tracked",
    "position_ids",
    "token_type_ids",
    "logit_scale",
)


@dataclass(frozen=True)
class SourceModel:
    """A model in its own runtime.

    Attributes
    ----------
    facts : ClapFacts
    weights : Weights
        Under Hugging Face's names.
    unused : tuple of str
        Parts of names of weights that have no part in an embedding.
    text : RobertaSettings or Gpt2Settings
    tokenizer : bytes
        ``tokenizer.json``.
    embed_sounds : callable
        From mono sounds at the model's rate to vectors (n, dim). They are longer than a window
        for models that take several views of a sound alone.
    embed_texts : callable
        From prompts to vectors (n, dim).
    origin : dict
        What ``origin.json`` says of it.
    frames : int
        Frames of a window.
    """

    facts: ClapFacts
    weights: Weights
    unused: tuple[str, ...]
    text: RobertaSettings | Gpt2Settings
    tokenizer: bytes
    embed_sounds: Callable[[Sequence[Float32Array]], Float32Array]
    embed_texts: Callable[[Sequence[str]], Float32Array]
    origin: dict[str, Any]
    frames: int = FRAMES


@dataclass(frozen=True)
class Agreement:
    """The lowest cosines between a bundle's vectors and those of the model it was made from.

    Attributes
    ----------
    sounds, texts : float
    compared : int
        Sounds compared.
    """

    sounds: float
    texts: float
    compared: int


def compare(bundle: Bundle, source: SourceModel, recordings: Sequence[Path]) -> Agreement:
    """Compare a bundle with its source, each with its own front end and tokenizer.

    Parameters
    ----------
    bundle : Bundle
    source : SourceModel
    recordings : sequence of Path
        Sound files to compare on, besides the made ones; the first ten seconds count.

    Raises
    ------
    ExportError
        A cosine is below what the precision allows.
    """
    import numpy as np

    encoder = Encoder(bundle)
    spec = encoder.front_end.spec
    sounds = [sound[: spec.window_samples] for sound in probe_sounds(spec.sample_rate)]
    sounds += [first_window(path, encoder) for path in recordings]
    ours = encoder.embed_windows(np.stack([encoder.front_end.features(s) for s in sounds]))
    longer = embed_long_probes(encoder)
    if longer is not None:
        sounds += longer[0]
        ours = np.concatenate([ours, longer[1]])
    theirs = _unit(source.embed_sounds(sounds))
    heard = float((ours * theirs).sum(axis=1).min())
    template = bundle.text.prompt_template
    prompts = [template.replace("{}", prompt) for prompt in PROMPTS]
    read = (encoder.embed_texts(PROMPTS) * _unit(source.embed_texts(prompts))).sum(axis=1).min()
    agreement = Agreement(heard, float(read), len(sounds))
    _refuse_difference(bundle, agreement)
    return agreement


def embed_long_probes(encoder: Encoder) -> tuple[list[Float32Array], Float32Array] | None:
    """Make sounds longer than a window, and their vectors; None for models of windows alone."""
    import numpy as np

    spec, vectors = encoder.front_end.spec, []
    if spec.fusion is None:
        return None
    sounds = long_probe_sounds(spec.sample_rate, spec.window_samples)
    for sound in sounds:
        made = encoder.front_end.whole(sound)
        if made is not None:
            vectors.append(encoder.embed_windows(made[None]))
    return sounds, np.concatenate(vectors)


def first_window(path: Path, encoder: Encoder) -> Float32Array:
    """Read the first window of a file as samples at the model's rate."""
    import numpy as np

    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.mixdown import mix_rows
    from sqlclap.audio.windows import StreamResampler

    spec = encoder.front_end.spec
    with open_audio(path) as stream:
        resampler = StreamResampler(stream.sample_rate, spec.sample_rate, spec.resampler)
        parts = [resampler.process(mix_rows(block.T)) for block in stream.blocks()]
    return np.concatenate([*parts, resampler.flush()])[: spec.window_samples]


def _refuse_difference(bundle: Bundle, agreement: Agreement) -> None:
    least = LEAST_COSINE[bundle.contract.precision]
    for what, cosine in (("sounds", agreement.sounds), ("texts", agreement.texts)):
        if not cosine >= least:
            raise ExportError(
                f"{bundle.name}: the export's vectors of {what} differ from its source's (cosine "
                f"{cosine:.6f}, expected at least {least}); nothing was published"
            )


def _unit(vectors: Float32Array) -> Float32Array:
    import numpy as np

    norms: Float32Array = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / norms
