"""What an export's source stands for: a folder, a hub repository, a ``.pt`` file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlclap.errors import ExportError
from sqlclap.homes import expand_home
from sqlclap.models.bundle import Bundle, installed_folder, models_folder
from sqlclap.models.checkpoints import CHECKPOINT_FILES, TOKENIZER, Checkpoint, fetch_checkpoint
from sqlclap.models.hub import HubRequest, HubSnapshot
from sqlclap.models.registry import known_models
from sqlclap.models.versions import tidy_models
from sqlclap_export.huggingface import load_huggingface
from sqlclap_export.laion import load_laion
from sqlclap_export.msclap import load_msclap
from sqlclap_export.run import ExportResult, export_bundle
from sqlclap_export.source import SourceModel

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class ExportOptions:
    """How to export.

    Attributes
    ----------
    out : str, optional
        The bundle's folder; by default it is installed.
    name : str, optional
        What it is called; by default what the source is called.
    precision : {"fp32", "fp16", "int8"}
    recordings : tuple of Path
        Sound files to compare on, besides made ones.
    show_progress : bool
        Draw a bar for downloads on standard error.
    """

    out: str | None = None
    name: str | None = None
    precision: Literal["fp32", "fp16", "int8"] = "fp32"
    recordings: tuple[Path, ...] = ()
    show_progress: bool = False


def export_source(source: str, options: ExportOptions) -> ExportResult:
    """Export what `source` stands for.

    Raises
    ------
    ExportError
        It stands for nothing, is known not to work, or the export disagrees with it.
    CheckpointError
        Its weights are not what their architecture takes.
    DownloadError
        The repository can't be fetched.
    RuntimeSetupError
        The extra that it takes isn't installed.
    """
    _refuse_known_bad(source)
    name = options.name or Path(source.rstrip("/")).name.removesuffix(".pt")
    if options.precision != "fp32" and options.name is None:
        name = f"{name}-{options.precision}"
    if name != Path(name).name or name.startswith("."):
        raise ExportError(f"expected a plain name for the model, got {name!r}; use --name")
    target = expand_home(options.out) if options.out else installed_folder(name)
    if not options.out:
        tidy_models(models_folder())
    model = _load(source, name, options.show_progress)
    return export_bundle(model, target, options.precision, options.recordings)


def _refuse_known_bad(source: str) -> None:
    for model in known_models().values():
        if model.kind == "refused" and source.rstrip("/").endswith(model.summary):
            raise ExportError(f"{source} is not offered: {model.reason}")


def _load(source: str, name: str, show_progress: bool) -> SourceModel:
    path = expand_home(source)
    if path.is_dir():
        return load_huggingface(path, name, path.name)
    if path.is_file():
        return load_laion(path, name)
    if not _REPOSITORY.fullmatch(source):
        raise ExportError(
            f"{source!r} is neither a checkpoint's folder, nor a .pt file, nor OWNER/NAME of a hub"
        )
    fetched = fetch_checkpoint(HubRequest(source, CHECKPOINT_FILES), show_progress)
    return _load_fetched(fetched, name, source)


def _load_fetched(fetched: HubSnapshot, name: str, source: str) -> SourceModel:
    folder = fetched.paths[CHECKPOINT_FILES[0]].parent
    model = load_huggingface(folder, name, source)
    model.origin.update(
        repository=fetched.repository, revision=fetched.revision, sha256=dict(fetched.sha256)
    )
    return model


def convert_laion(checkpoint: Checkpoint) -> Bundle:
    """Convert and install a ``.pt`` file of LAION's, as `sqlclap models pull` asks for it."""
    model, fetched, name = checkpoint.model, checkpoint.fetched, checkpoint.name
    source = load_laion(fetched.paths[model.file], name, model.architecture)
    source.origin.update(repository=fetched.repository, revision=fetched.revision)
    target = installed_folder(name)
    return export_bundle(source, target, checkpoint.precision, approve=checkpoint.approve).bundle


def convert_huggingface(checkpoint: Checkpoint) -> Bundle:
    """Convert and install a checkpoint in Hugging Face's layout, as `sqlclap models pull` asks."""
    model, name = checkpoint.model, checkpoint.name
    source = _load_fetched(checkpoint.fetched, name, model.source)
    target = installed_folder(name)
    return export_bundle(source, target, checkpoint.precision, approve=checkpoint.approve).bundle


def convert_msclap(checkpoint: Checkpoint) -> Bundle:
    """Convert and install Microsoft's CLAP, as `sqlclap models pull` asks for it."""
    model, fetched, name = checkpoint.model, checkpoint.fetched, checkpoint.name
    source = load_msclap(fetched.paths[model.file], fetched.paths[TOKENIZER], name)
    source.origin.update(
        repository=fetched.repository, revision=fetched.revision, sha256=dict(fetched.sha256)
    )
    target = installed_folder(name)
    return export_bundle(source, target, checkpoint.precision, approve=checkpoint.approve).bundle
