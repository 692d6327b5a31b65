"""A model as a folder (contract, graphs, tokenizer, licence), and where models are found.

One is embedded, others are installed, and packages offer theirs by entry points of the group
``sqlclap.models`` (docs/extending.md): a point is called like the model, and gives a callable that
is told the name and returns the bundle's folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import BundleError, MissingModelError, NoTextTowerError, UnknownModelError
from sqlclap.homes import expand_home
from sqlclap.models.contract import Background, Contract, TextSpec, parse_contract
from sqlclap.models.versions import CONTRACT, Hold, hold_version, is_model_folder, model_folder
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def home() -> Path:
    """Return sqlclap's folder for what it downloads; it may not exist yet.

    ``$SQLCLAP_HOME``, or the platform's place for applications' data.
    """
    named = os.environ.get("SQLCLAP_HOME")
    if named:
        return expand_home(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "sqlclap"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sqlclap"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "sqlclap"


def models_folder() -> Path:
    """Return the folder that holds a folder for each installed model."""
    return home() / "models"


def installed_folder(name: str) -> Path:
    """Return the folder of an installed model of that name, whether it exists or not."""
    return models_folder() / name


def is_installed(name: str) -> bool:
    """Whether a model of that name is installed; it may be damaged."""
    if not name or name != Path(name).name or name.startswith("."):
        return False
    try:
        return is_model_folder(installed_folder(name))
    except OSError:  # a name that is too long
        return False


def installed_names() -> list[str]:
    """Return the names of all installed models, sorted."""
    folder = models_folder()
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if is_installed(entry.name))


EMBEDDED_MODEL = "sqlclap-mini"
_EMBEDDED_FOLDER = Path(__file__).parent / "bundles"
FORMER_EDITIONS: tuple[str, ...] = ("sqlclap-mini-1",)
"""Names of the embedded model's former editions that ship; their contracts have its name."""


def former_folders() -> list[Path]:
    """Return the folders of the embedded model's former editions."""
    return [_EMBEDDED_FOLDER / name for name in FORMER_EDITIONS]


@dataclass(frozen=True)
class Bundle:
    """A bundle whose contract has been read; its files are checked as they are loaded.

    Attributes
    ----------
    folder : Path
        The folder of its files; for an installed model, that of one version.
    contract : Contract
    canonical : str
        The contract's canonical JSON.
    hold : Hold, optional
        Protects the files from removal by an install while this bundle is in use.
    shipped : str
        The canonical JSON of the contract beside its files, where `contract` has other windows;
        see `sqlclap.models.windowing`.
    """

    folder: Path
    contract: Contract
    canonical: str
    hold: Hold | None = field(default=None, repr=False, compare=False)
    shipped: str = field(default="", repr=False, compare=False)

    @property
    def place(self) -> Path:
        """The model's folder, which stays the same for all versions."""
        return model_folder(self.folder)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.contract.name

    @property
    def text(self) -> TextSpec:
        """How words become tokens.

        Raises
        ------
        NoTextTowerError
            The model has no words.
        """
        if self.contract.text is None:
            raise NoTextTowerError(f"{self.name} has no words: it compares sounds only")
        return self.contract.text

    @property
    def text_background(self) -> Background:
        """Background scores of text against sound; errors are those of `text`."""
        _ = self.text
        background = self.contract.scoring.background.text
        if background is None:  # no contract is read that has words and no background
            raise BundleError(f"{self.folder}: contract.json: no scoring.background.text")
        return background

    @property
    def model_version(self) -> str:
        """16 hexadecimal digits; vectors of two versions are never compared."""
        return hashlib.sha256(self.canonical.encode("ascii")).hexdigest()[:16]

    def read(self, file: str) -> bytes:
        """Return a file's content after checking its hash against the contract.

        Raises
        ------
        BundleError
            The file is missing, not in the contract, or has another hash.
        """
        expected = self.contract.files.get(file)
        if expected is None:
            raise BundleError(f"{self.folder}: the contract lists no {file}")
        try:
            content = (self.folder / file).read_bytes()
        except OSError as error:
            raise BundleError(f"{self.folder}: can't read {file}: {error.strerror}") from error
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != expected.lower():
            raise BundleError(
                f"{self.folder}: {file} was altered or is incomplete "
                f"(SHA-256 {sha256[:12]}..., the contract says {expected[:12]}...); "
                "install it again"
            )
        return content


def open_bundle(folder: Path) -> Bundle:
    """Open a bundle: its own folder, or a model's folder, whose current version it is.

    Raises
    ------
    BundleError
        There is no contract, or it can't be used.
    """
    version, hold = hold_version(folder)
    try:
        text = (version / CONTRACT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{folder} is no model bundle: can't read contract.json") from error
    contract, canonical = parse_contract(text, str(version))
    return Bundle(version, contract, canonical, hold)


MODEL_GROUP = "sqlclap.models"


@dataclass(frozen=True)
class OfferedModel:
    """A model that another package brings.

    Attributes
    ----------
    name : str
    origin : str
        The package and its version.
    point : importlib.metadata.EntryPoint
        Loaded when the model is asked for, not before.
    """

    name: str
    origin: str
    point: EntryPoint

    def folder(self) -> Path:
        """Ask the package where the bundle lies.

        Raises
        ------
        BundleError
            It doesn't say.
        """
        try:
            return Path(self.point.load()(self.name))
        except Exception as error:  # it is not ours: anything may come out of it
            reason = f"{type(error).__name__}: {error}"
            raise BundleError(
                f"{self.origin} offers the model {self.name} and can't give it ({reason}): upgrade "
                "or remove that package"
            ) from error


def offered_models() -> dict[str, OfferedModel]:
    """Return the models of other packages by name; of two with one name, the first package's."""
    from importlib.metadata import entry_points

    found: dict[str, OfferedModel] = {}
    for point in entry_points(group=MODEL_GROUP):
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        offered = OfferedModel(point.name, origin, point)
        held = found.setdefault(point.name, offered)
        if offered.origin < held.origin:
            found[point.name] = offered
    return dict(sorted(found.items()))


def find_named_bundle(name: str) -> Bundle:
    """Open the embedded model, an installed or an offered one, by name only.

    Raises
    ------
    UnknownModelError
        There is no such name.
    BundleError
        See `open_bundle`.
    """
    shipped = (EMBEDDED_MODEL, *FORMER_EDITIONS)
    if name not in shipped and not is_installed(name) and name not in offered_models():
        known = ", ".join(_names_there())
        raise UnknownModelError(
            f"no model {name!r} is installed: expected one of {known}; `sqlclap models list` shows "
            "what can be pulled"
        )
    return find_bundle(name)


def find_bundle(model: str) -> Bundle:
    """Open a bundle by name or folder; names take precedence, those of installed models first.

    Raises
    ------
    UnknownModelError
        There is no such name or folder.
    BundleError
        See `open_bundle`.
    """
    if model == EMBEDDED_MODEL or model in FORMER_EDITIONS:
        return open_bundle(_EMBEDDED_FOLDER / model)
    if is_installed(model):
        return open_bundle(installed_folder(model))
    # Whoever names a folder by its path doesn't wait for all packages to be looked through.
    if model == Path(model).name and (offered := offered_models().get(model)):
        return _open_offered(offered)
    if _is_folder(model):
        return open_bundle(expand_home(model))
    known = ", ".join(map(repr, _names_there()))
    raise UnknownModelError(
        f"no model {model!r}: expected {known} or the folder of a model bundle (with --model "
        "FOLDER on the command line); `sqlclap models list` shows what can be pulled"
    )


def _names_there() -> list[str]:
    return list(dict.fromkeys([EMBEDDED_MODEL, *installed_names(), *offered_models()]))


def find_stored_bundle(name: str) -> Bundle:
    """Open the bundle of a model whose vectors a library holds.

    Raises
    ------
    MissingModelError
        It is not here; the message says what can be done without it.
    BundleError
        See `open_bundle`.
    """
    try:
        return find_bundle(name)
    except UnknownModelError as error:
        raise MissingModelError(
            f"{name}, whose vectors the library holds, is not installed: its own sounds can be "
            "compared with each other, but words and other sounds need the model itself "
            "(`sqlclap models list`)"
        ) from error


def words_elsewhere(stored: Sequence[str], library: str) -> str:
    """Tell which model has words, for who searches a library in words by a model without.

    Parameters
    ----------
    stored : sequence of str
        Models with words of which the library holds vectors.
    library : str
        Its file.
    """
    here = [name for name in _names_there() if _has_words(name)]
    for name in stored:
        if name in here:
            return f"{name} has words, and vectors in this library: {_by_model(name)}"
    if stored:
        return f"{stored[0]}, which made vectors here, has words: give --model its folder"
    make = f"sqlclap ingest {typed(library)} --model {here[0]}"
    return f"{here[0]} has words: make its vectors with `{make}`, then {_by_model(here[0])}"


def _by_model(name: str) -> str:
    return f"search by it with --model {name}, in Python with model={name!r}"


def _has_words(name: str) -> bool:
    try:
        return find_bundle(name).contract.has_words
    except BundleError:  # damaged; the others are there all the same
        return False


def _open_offered(offered: OfferedModel) -> Bundle:
    bundle = open_bundle(offered.folder())
    if bundle.name != offered.name:  # a library knows its model by the contract's name
        raise BundleError(
            f"{offered.origin} offers a model {offered.name} whose contract calls it "
            f"{bundle.name}: the two must be the same"
        )
    return bundle


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and expand_home(name).is_dir()
    except OSError:  # a name that is too long
        return False
