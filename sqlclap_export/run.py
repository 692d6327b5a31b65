"""Export from end to end: build, compare with the source, publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sqlclap.models.bundle import Bundle
from sqlclap.models.clap import clap_contract
from sqlclap.models.install import Draft, publish_bundle
from sqlclap.models.precision import convert
from sqlclap.models.verify import verify_bundle
from sqlclap_export.gpt2 import Gpt2Builder, Gpt2Settings
from sqlclap_export.htsat import HtsatBuilder
from sqlclap_export.roberta import RobertaBuilder
from sqlclap_export.source import Agreement, SourceModel, compare


@dataclass(frozen=True)
class ExportResult:
    """A published export.

    Attributes
    ----------
    bundle : Bundle
    agreement : Agreement
        With the model it was made from.
    """

    bundle: Bundle
    agreement: Agreement


def export_bundle(
    source: SourceModel,
    target: Path,
    precision: Literal["fp32", "fp16", "int8"] = "fp32",
    recordings: Sequence[Path] = (),
    approve: Callable[[], None] | None = None,
) -> ExportResult:
    """Build a bundle from a model's weights and publish it once it agrees with the model.

    Parameters
    ----------
    source : SourceModel
    target : Path
        The bundle's folder.
    precision : {"fp32", "fp16", "int8"}
    recordings : sequence of Path
        Sound files to compare on, besides made ones.
    approve : callable, optional
        Called once all is right, before the bundle is published; what it raises prevents that.

    Raises
    ------
    CheckpointError
        Weights are missing, left over, or of other shapes than the architecture's.
    ExportError
        The graphs' vectors differ from the source's; nothing was published.
    """
    audio = HtsatBuilder(source.weights, source.frames).build()
    text = _text_graph(source)
    source.weights.finish(source.unused)
    audio = convert(audio, precision)
    facts = replace(source.facts, precision=precision)
    files = {"audio.onnx": audio, "text.onnx": text, "tokenizer.json": source.tokenizer}
    draft = Draft(clap_contract(facts), files, source.origin)
    found: list[Agreement] = []

    def check(bundle: Bundle) -> None:
        verify_bundle(bundle)
        found.append(compare(bundle, source, recordings))
        if approve is not None:
            approve()

    bundle = publish_bundle(target, draft, check)
    return ExportResult(bundle, found[0])


def _text_graph(source: SourceModel) -> bytes:
    if isinstance(source.text, Gpt2Settings):
        return Gpt2Builder(source.weights, source.text).build()
    return RobertaBuilder(source.weights, source.text).build()
