"""Pulls a known model from the hub and installs it; its hashes are trusted on first use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlclap.durable import lock_file, write_whole
from sqlclap.errors import BundleError, DownloadError, ExportError
from sqlclap.models.add import audio_draft, check_audio_model
from sqlclap.models.bundle import (
    Bundle,
    home,
    installed_folder,
    is_installed,
    models_folder,
    open_bundle,
)
from sqlclap.models.checkpoints import (
    KINDS,
    TOKENIZER,
    Checkpoint,
    fetch_model,
    find_converter,
)
from sqlclap.models.clap import ClapFacts, check_preprocessor, clap_contract
from sqlclap.models.contract import Precision
from sqlclap.models.hub import HubRequest, HubSnapshot, fetch
from sqlclap.models.install import Draft, publish_bundle
from sqlclap.models.interface import describe_known, known_interface
from sqlclap.models.precision import LEAST_COSINE, compare_graphs, convert
from sqlclap.models.registry import KnownModel, find_known
from sqlclap.models.verify import verify_bundle
from sqlclap.models.versions import tidy_models

AUDIO = "onnx/audio_model.onnx"
TEXT = "onnx/text_model.onnx"
PREPROCESSOR = "preprocessor_config.json"
CONFIG = "config.json"
# Small files first: a wrong kind of repository is found before hundreds of megabytes come.
FILES = (CONFIG, PREPROCESSOR, TOKENIZER, AUDIO, TEXT)
OPTIONAL = ("tokenizer_config.json",)


def draft_bundle(model: KnownModel, fetched: HubSnapshot, name: str, precision: Precision) -> Draft:
    """Make a bundle's draft from a repository's files.

    Parameters
    ----------
    model : KnownModel
    fetched : HubSnapshot
        Holds `FILES`.
    name : str
        Name of the bundle.
    precision : {"fp32", "fp16", "int8"}

    Raises
    ------
    DownloadError
        The settings ask for another front end than CLAP's, or can't be read.
    """
    paths = fetched.paths
    where = fetched.repository
    fused = check_preprocessor(_read_json(paths[PREPROCESSOR]), where, DownloadError)
    config = _read_json(paths[CONFIG])
    audio_config = config.get("audio_config", {})
    if fused or (isinstance(audio_config, dict) and audio_config.get("enable_fusion")):
        raise DownloadError(
            f"{where} is a fused checkpoint, of which ready graphs aren't read: "
            "`sqlclap models pull clap-htsat-fused` makes graphs of its weights"
        )
    facts = ClapFacts(name, model.source, model.licence, dim=int(config.get("projection_dim", 512)))
    facts = replace(facts, max_tokens=_max_tokens(paths), precision=precision)
    audio: bytes | Path = paths[AUDIO]
    if precision != "fp32":
        audio = convert(paths[AUDIO].read_bytes(), precision)
    files = {"audio.onnx": audio, "text.onnx": paths[TEXT], TOKENIZER: paths[TOKENIZER]}
    origin = {
        "repository": fetched.repository,
        "revision": fetched.revision,
        "sha256": dict(fetched.sha256),
    }
    return Draft(clap_contract(facts), files, origin)


def _max_tokens(paths: Mapping[str, Path]) -> int:
    """Return the tokenizer's longest text; RoBERTa's when it doesn't say."""
    stated = 512
    if OPTIONAL[0] in paths:
        stated = int(_read_json(paths[OPTIONAL[0]]).get("model_max_length", stated))
    return min(stated, 512)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DownloadError(f"{path.name} can't be read ({error})") from error
    if not isinstance(document, dict):
        raise DownloadError(f"{path.name}: expected an object, got {type(document).__name__}")
    return document


def check_first_use(model: KnownModel, fetched: HubSnapshot, accept_changes: bool) -> None:
    """Compare a download with the registry's hashes, or with those of the first pull.

    Parameters
    ----------
    model : KnownModel
    fetched : HubSnapshot
    accept_changes : bool
        Accept files that differ from the first pull's; hashes in the registry still apply.

    Raises
    ------
    DownloadError
        A file has another hash.
    """
    _compare(model.sha256, fetched, "the registry", "report it: someone may have tampered with it")
    if not accept_changes:
        advice = "if you trust the change: --accept-changes"
        _compare(_remembered().get(model.name, {}), fetched, "the first pull", advice)


def remember(model: KnownModel, fetched: HubSnapshot, accept_changes: bool) -> None:
    """Record a download's hashes for later pulls; safe with concurrent pulls.

    This happens before the model is put in force, so every installed model has its hashes recorded.

    Raises
    ------
    DownloadError
        Another pull has come first, and got other files; or they can't be kept.
    """
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock_file(path.with_suffix(".lock")):
            check_first_use(model, fetched, accept_changes)
            known = _remembered() | {model.name: dict(fetched.sha256)}
            write_whole(path, json.dumps(known, indent=2) + "\n")
    except OSError as error:
        raise DownloadError(f"can't write {path}: {error.strerror or error}") from error


def _compare(known: Mapping[str, str], fetched: HubSnapshot, whose: str, advice: str) -> None:
    for name, expected in known.items():
        sha256 = fetched.sha256.get(name)
        if sha256 is not None and sha256 != expected:
            raise DownloadError(
                f"{name} of {fetched.repository} is not the file of {whose} (SHA-256 "
                f"{sha256[:12]}..., expected {str(expected)[:12]}...); {advice}"
            )


def _remembered() -> dict[str, dict[str, str]]:
    try:
        known: object = json.loads(_path().read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DownloadError(f"can't read {_path()}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DownloadError(f"{_path()} can't be read ({error}); delete it") from error
    if not isinstance(known, dict) or not all(isinstance(one, dict) for one in known.values()):
        raise DownloadError(f"{_path()} doesn't hold hashes by model and file; delete it")
    return known


def _path() -> Path:
    return home() / "pulled.json"


@dataclass(frozen=True)
class PullOptions:
    """How to pull.

    Attributes
    ----------
    precision : {"fp32", "fp16", "int8"}
    force : bool
        Download and install even if the model is installed.
    accept_changes : bool
        Accept files that differ from those of the first pull.
    show_progress : bool
        Draw bars on standard error.
    """

    precision: Precision = "fp32"
    force: bool = False
    accept_changes: bool = False
    show_progress: bool = False


@dataclass(frozen=True)
class PullResult:
    """Result of a pull.

    Attributes
    ----------
    bundle : Bundle
    was_there : bool
        The model was installed already; nothing was downloaded.
    """

    bundle: Bundle
    was_there: bool


def pull(name: str, options: PullOptions | None = None) -> PullResult:
    """Download, check, convert and install a model of the registry.

    Parameters
    ----------
    name : str
    options : PullOptions, optional

    Raises
    ------
    UnknownModelError, RefusedModelError
        The registry has no such model, or knows that it doesn't work.
    DownloadError
        See `fetch` and `check_first_use`.
    BundleError, ModelSanityError, ExportError
        The download is no usable model. Nothing was installed.
    """
    options = options or PullOptions()
    model = find_known(name)
    if model.kind == "audio" and options.precision != "fp32":
        raise ExportError(f"{name} is a ready graph, which comes in one precision: leave it out")
    installed = name if options.precision == "fp32" else f"{name}-{options.precision}"
    if is_installed(installed) and not options.force:
        with suppress(BundleError):  # damaged: installed again
            return PullResult(open_bundle(installed_folder(installed)), was_there=True)
    tidy_models(models_folder())
    installers = {
        "audio": _install_audio_model,
        "onnx": _install_graphs,
        **dict.fromkeys(KINDS, _install_checkpoint),
    }
    return PullResult(installers[model.kind](model, installed, options), was_there=False)


def _fetch(model: KnownModel, options: PullOptions) -> HubSnapshot:
    if model.kind in KINDS:
        fetched = fetch_model(model, options.force, options.show_progress)
    else:
        files, optional = ([model.file], []) if model.file else (list(FILES), list(OPTIONAL))
        request = HubRequest(model.repository, files, optional, model.revision, options.force)
        fetched = fetch(request, options.show_progress)
    check_first_use(model, fetched, options.accept_changes)
    return fetched


def _install_graphs(model: KnownModel, name: str, options: PullOptions) -> Bundle:
    fetched = _fetch(model, options)
    draft = draft_bundle(model, fetched, name, options.precision)

    def check(bundle: Bundle) -> None:
        verify_bundle(bundle)
        if options.precision != "fp32":
            _check_precision(bundle, fetched)
        remember(model, fetched, options.accept_changes)

    return publish_bundle(installed_folder(name), draft, check)


def _install_audio_model(model: KnownModel, name: str, options: PullOptions) -> Bundle:
    fetched = _fetch(model, options)
    origin = {"repository": fetched.repository, "revision": fetched.revision}
    made = audio_draft(fetched.paths[model.file], known_interface(model), describe_known(model))
    draft = replace(made, origin=origin | {"sha256": dict(fetched.sha256)})

    def check(bundle: Bundle) -> None:
        check_audio_model(bundle)
        remember(model, fetched, options.accept_changes)

    return publish_bundle(installed_folder(name), draft, check)


def _check_precision(bundle: Bundle, fetched: HubSnapshot) -> None:
    """Refuse a precision that costs more than it may, against the graph it was made from."""
    before, after = fetched.paths[AUDIO].read_bytes(), bundle.read("audio.onnx")
    cosine = compare_graphs(before, after, bundle.contract.front_end)
    precision = bundle.contract.precision
    if not cosine >= LEAST_COSINE[precision]:
        raise ExportError(
            f"{bundle.name}: {precision} moves vectors of sound too far (cosine {cosine:.6f}, "
            f"expected at least {LEAST_COSINE[precision]}); use fp32; nothing was installed"
        )


def _install_checkpoint(model: KnownModel, name: str, options: PullOptions) -> Bundle:
    convert = find_converter(model.kind)
    fetched = _fetch(model, options)

    def approve() -> None:
        remember(model, fetched, options.accept_changes)

    return convert(Checkpoint(model, fetched, name, options.precision, approve))
