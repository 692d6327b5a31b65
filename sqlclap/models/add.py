"""Makes a model without words of an ONNX graph and what has to be known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.audio.front_end import FrontEnd
from sqlclap.errors import BundleError, ModelError, ModelSanityError
from sqlclap.models.bundle import (
    EMBEDDED_MODEL,
    Bundle,
    installed_folder,
    is_installed,
    models_folder,
    open_bundle,
)
from sqlclap.models.contract import model_version, parse_contract
from sqlclap.models.install import Draft, publish_bundle
from sqlclap.models.interface import (
    Description,
    Interface,
    audio_contract,
    describe_known,
    known_interface,
    read_mel,
)
from sqlclap.models.registry import find_known
from sqlclap.models.runtime import session_options
from sqlclap.models.sanity import unlike_sounds
from sqlclap.models.verify import Verdict, check_repeatable, verify_bundle
from sqlclap.models.versions import tidy_models
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    import onnxruntime

    from sqlclap.arrays import Float32Array

AUDIO = "audio.onnx"


def describe_graph(file: Path, settings: Mapping[str, Any]) -> tuple[Interface, Description]:
    """Make an interface and a description of what somebody says of a graph.

    Parameters
    ----------
    file : Path
    settings : mapping
        ``like``, the name of a model of the registry; or fields of `Interface`, ``mel`` as text
        (see `read_mel`), and ``name``, ``source``, ``licence``. None stands for what isn't said.

    Raises
    ------
    ModelError
        `like` is no such model, or goes with what it says by itself.
    BundleError
        Sample rate or window are missing, or the mel can't be read.
    """
    said = {name: value for name, value in settings.items() if value is not None}
    like = said.pop("like", None)
    about = {name: said.pop(name) for name in ("name", "source", "licence") if name in said}
    if like is not None:
        if said or about:
            told = ", ".join(f"--{name.removesuffix('_s')}" for name in [*said, *about])
            told = told.replace("_", "-")
            raise ModelError(f"--like {like} says all of it: leave out {told}")
        model = find_known(like)
        return known_interface(model), describe_known(model)
    if not {"sample_rate", "window_s"} <= said.keys():
        raise BundleError(
            f"{file}: expected --sample-rate and --window, which no graph tells, or --like NAME"
        )
    if "mel" in said:
        said["mel"] = read_mel(said["mel"])
    return Interface(**said), Description(**{"name": file.stem, "source": file.name} | about)


def audio_draft(file: Path, interface: Interface, about: Description) -> Draft:
    """Look at a graph, run it, and make a bundle's draft of it.

    Parameters
    ----------
    file : Path
    interface : Interface
    about : Description

    Raises
    ------
    BundleError
        The interface is out of range, the file is no graph that ONNX Runtime loads, or the graph's
        inputs and outputs are others than the interface says.
    ModelSanityError
        The output holds what is no finite number.
    """
    hashes = {AUDIO: "0" * 64}
    parse_contract(json.dumps(audio_contract(interface, about, 1) | {"files": hashes}), str(file))
    graph = _Graph(file, interface)
    interface = replace(interface, output=graph.output_name())
    document = audio_contract(interface, about, graph.dim())
    return Draft(
        document, {AUDIO: file}, {"file": file.name, "sha256": {AUDIO: content_hash(file)}}
    )


class _Graph:
    """A graph that is looked at before a bundle is made of it.

    Parameters
    ----------
    file : Path
    interface : Interface
        In range.
    """

    def __init__(self, file: Path, interface: Interface) -> None:
        self._file = file
        self._interface = interface
        self._front_end = FrontEnd(interface.front_end())
        self._session = _load(file)
        self._input_name, self._has_channel = self._look_at_input()

    def _refuse(self, problem: str) -> BundleError:
        return BundleError(f"{self._file}: {problem}")

    def _look_at_input(self) -> tuple[str, bool]:
        """Return the input's name, and whether it has an axis for channels."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(entry.name for entry in inputs)
            raise self._refuse(f"expected a graph with one input, the sound; got {names}")
        (entry,) = inputs
        if entry.type != "tensor(float)":
            raise self._refuse(f"expected an input of float32, got {entry.type} in {entry.name}")
        taken, batch = list(entry.shape[1:]), entry.shape[0] if entry.shape else 0
        if batch != 1 and isinstance(batch, int):
            raise self._refuse(
                f"{entry.name} takes {batch} windows at once: export it with a batch axis that is "
                "free, or 1"
            )
        given = list(self._front_end.feature_shape)
        has_channel = len(taken) == len(given) + 1
        self._check_shape(entry.name, taken, [1, *given] if has_channel else given)
        return str(entry.name), has_channel

    def _check_shape(self, name: str, taken: list[Any], given: list[int]) -> None:
        fixed = zip(taken, given, strict=False)
        if len(taken) == len(given) and all(a == b for a, b in fixed if isinstance(a, int)):
            return
        shown = " x ".join("?" if one is None else str(one) for one in ["batch", *taken])
        made = " x ".join(map(str, ["batch", *given]))
        advice = "check the sample rate, the window and the mel"
        if self._interface.mel is None and len(taken) == 1:
            seconds = taken[0] / self._interface.sample_rate
            advice = f"at {self._interface.sample_rate:,} Hz that is a window of {seconds:g} s"
        elif taken[::-1] == given:
            advice = "its frames come last: export it with frames before bands"
        raise self._refuse(
            f"{name} takes {shown}, and this interface makes {made} "
            f"({'samples' if self._interface.mel is None else 'frames x bands'}); {advice}"
        )

    def output_name(self) -> str:
        """Return the name of the output that is the embedding."""
        outputs = {entry.name: entry.shape for entry in self._session.get_outputs()}
        name = self._interface.output
        if name is None:
            name = next(iter(outputs)) if len(outputs) == 1 else "embedding"
        if name not in outputs:
            known = ", ".join(f"{one} {shape}" for one, shape in outputs.items())
            asked = self._interface.output or "NAME, for the one that is the embedding,"
            raise self._refuse(f"expected --output {asked} among its outputs: {known}")
        return str(name)

    def dim(self) -> int:
        """Run the graph on two unlike windows; return the length of a vector."""
        spec, name = self._front_end.spec, self.output_name()
        made = [
            self._run(name, self._front_end.features(sound)[None])
            for sound in unlike_sounds(spec.sample_rate, spec.window_samples)
        ]
        shape = made[0].shape
        if len(shape) != 2 or shape[0] != 1:
            raise self._refuse(
                f"output {name} gave shape {shape} for one window, expected (1, numbers): choose "
                "another by --output, or pool it in the graph"
            )
        if not all(np.isfinite(one).all() for one in made):
            raise ModelSanityError(f"{self._file}: output {name} holds what is no finite number")
        if self._interface.dim not in (None, shape[1]):
            raise self._refuse(
                f"output {name} gave {shape[1]} numbers, expected {self._interface.dim}"
            )
        return int(shape[1])

    def _run(self, output: str, features: Float32Array) -> Float32Array:
        feeds = {self._input_name: features[:, None] if self._has_channel else features}
        try:
            (made,) = self._session.run([output], feeds)
        except Exception as error:  # ONNX Runtime's errors share no public root
            raise self._refuse(
                f"it can't be run on {features.shape}: {_first_line(error)}"
            ) from error
        return np.asarray(made, dtype=np.float32)


def _load(file: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    try:
        content = file.read_bytes()
    except OSError as error:
        raise BundleError(f"can't read {file}: {error.strerror or error}") from error
    try:  # from bytes, as bundles are: weights in other files would be missing there
        return onnxruntime.InferenceSession(
            content, session_options(0), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's errors share no public root
        advice = (
            "; its weights must lie in the same file" if "external" in str(error).lower() else ""
        )
        raise BundleError(
            f"{file} can't be loaded by ONNX Runtime: {_first_line(error)}{advice}"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@dataclass(frozen=True)
class AddResult:
    """Result of adding a model.

    Attributes
    ----------
    bundle : Bundle
    verdict : Verdict
        What the probe found.
    was_there : bool
        The same model was installed already.
    """

    bundle: Bundle
    verdict: Verdict
    was_there: bool


def add_model(
    file: Path, interface: Interface, about: Description, force: bool = False
) -> AddResult:
    """Probe a graph, make a bundle of it, and install it under its name.

    Parameters
    ----------
    file : Path
        An ONNX graph from windows of sound to vectors, weights included; it is copied.
    interface : Interface
    about : Description
    force : bool
        Put it in the place of another model of that name.

    Raises
    ------
    ModelError
        The name can't be used, or is taken by another model.
    BundleError, ModelSanityError
        See `audio_draft` and `check_audio_model`. Nothing was installed.
    """
    target = _place_of(about.name)
    draft = audio_draft(file, interface, about)
    if is_installed(about.name) and not force:
        installed = open_bundle(target)
        version = model_version(draft.document | {"files": draft.origin["sha256"]})
        if installed.model_version != version:
            raise ModelError(
                f"another model is installed as {about.name} ({installed.model_version}): choose "
                "another --name, or put this one in its place with --force"
            )
        return AddResult(installed, check_audio_model(installed), was_there=True)
    tidy_models(models_folder())
    verdicts: list[Verdict] = []
    bundle = publish_bundle(target, draft, lambda made: verdicts.append(check_audio_model(made)))
    return AddResult(bundle, verdicts[0], was_there=False)


def _place_of(name: str) -> Path:
    """Return where a model of that name is installed."""
    is_plain = name == Path(name).name and name.isprintable() and not name.startswith((".", "-"))
    if not name.strip() or not is_plain:
        raise ModelError(f"expected a model's name such as perch-2, without slashes; got {name!r}")
    if name == EMBEDDED_MODEL:
        raise ModelError(f"{name} is the model that comes with sqlclap: choose another name")
    return installed_folder(name)


def check_audio_model(bundle: Bundle) -> Verdict:
    """Verify a bundle, and that its graph gives each window the same vector every time.

    Raises
    ------
    BundleError, ModelSanityError
        See `verify_bundle` and `check_repeatable`.
    """
    verdict = verify_bundle(bundle)
    check_repeatable(bundle)
    return verdict
