"""Pull: a known model from the hub becomes an installed bundle."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from sqlclap.errors import BundleError, ExportError
from sqlclap.models.bundle import Bundle, open_bundle
from sqlclap.models.export.laion import load_laion
from sqlclap.models.export.run import export_bundle
from sqlclap.models.export.source import LEAST_COSINE
from sqlclap.models.first_use import check_first_use, remember
from sqlclap.models.hub import Fetched, HubRequest, fetch
from sqlclap.models.hub_layout import AUDIO, FILES, OPTIONAL, draft_bundle
from sqlclap.models.installed import installed_folder, is_installed, models_folder
from sqlclap.models.precision import compare_graphs
from sqlclap.models.publish import publish_bundle
from sqlclap.models.registry import KnownModel, find_known
from sqlclap.models.verify import verify_bundle
from sqlclap.models.versions import tidy_models


@dataclass(frozen=True)
class PullOptions:
    """How to pull.

    Attributes
    ----------
    precision : {"fp32", "int8"}
    force : bool
        Download and install again what is there.
    accept_changes : bool
        Take files that differ from those of the first pull.
    show_progress : bool
        Draw bars on standard error.
    """

    precision: Literal["fp32", "int8"] = "fp32"
    force: bool = False
    accept_changes: bool = False
    show_progress: bool = False


@dataclass(frozen=True)
class Pulled:
    """What a pull led to.

    Attributes
    ----------
    bundle : Bundle
    was_there : bool
        It was installed before; nothing was downloaded.
    """

    bundle: Bundle
    was_there: bool


def pull(name: str, options: PullOptions | None = None) -> Pulled:
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
        What arrived can't be right. Nothing was installed.
    """
    options = options or PullOptions()
    model = find_known(name)
    installed = name if options.precision == "fp32" else f"{name}-{options.precision}"
    if is_installed(installed) and not options.force:
        with suppress(BundleError):  # damaged: installed again
            return Pulled(open_bundle(installed_folder(installed)), was_there=True)
    tidy_models(models_folder())
    install = _install_checkpoint if model.kind == "laion" else _install_graphs
    return Pulled(install(model, installed, options), was_there=False)


def _fetch(model: KnownModel, options: PullOptions) -> Fetched:
    files, optional = ([model.file], []) if model.kind == "laion" else (list(FILES), list(OPTIONAL))
    request = HubRequest(model.repository, files, optional, model.revision, options.force)
    fetched = fetch(request, options.show_progress)
    check_first_use(model, fetched, options.accept_changes)
    return fetched


def _install_graphs(model: KnownModel, name: str, options: PullOptions) -> Bundle:
    fetched = _fetch(model, options)
    draft = draft_bundle(model, fetched, name, options.precision)

    def check(bundle: Bundle) -> None:
        verify_bundle(bundle)
        if options.precision == "int8":
            _check_precision(bundle, fetched)
        remember(model, fetched, options.accept_changes)

    return publish_bundle(installed_folder(name), draft, check)


def _check_precision(bundle: Bundle, fetched: Fetched) -> None:
    """Refuse int8 that costs more than it may, against the graph it was made from."""
    before, after = fetched.paths[AUDIO].read_bytes(), bundle.read("audio.onnx")
    cosine = compare_graphs(before, after, bundle.contract.front_end)
    if not cosine >= LEAST_COSINE["int8"]:
        raise ExportError(
            f"{bundle.name}: int8 moves vectors of sound too far (cosine {cosine:.6f}, expected "
            f"at least {LEAST_COSINE['int8']}); use fp32; nothing was installed"
        )


def _install_checkpoint(model: KnownModel, name: str, options: PullOptions) -> Bundle:
    fetched = _fetch(model, options)
    source = load_laion(fetched.paths[model.file], name, model.architecture)
    source.origin.update(repository=fetched.repository, revision=fetched.revision)

    def approve() -> None:
        remember(model, fetched, options.accept_changes)

    target = installed_folder(name)
    return export_bundle(source, target, options.precision, approve=approve).bundle
