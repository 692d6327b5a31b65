"""The workflows are valid, and call the targets that there are."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml

from tests.docs.console import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
TARGET = re.compile(r"^\s*(?:timeout \S+ \d+ )?make ([a-z][a-z0-9-]*)", re.MULTILINE)


def jobs(name: str) -> dict[str, Any]:
    path = REPOSITORY / ".github" / "workflows" / name
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return found


def targets(name: str) -> set[str]:
    """Return what a workflow makes, with its matrix filled in."""
    found = set()
    for job in jobs(name).values():
        matrix = job.get("strategy", {}).get("matrix", {})
        for step in job["steps"]:
            for target in matrix.get("target", [""]):
                line = str(step.get("run", "")).replace("${{ matrix.target }}", target)
                found |= {*TARGET.findall(line)}
    return found


def made() -> set[str]:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    return {*re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE)}


def test_they_are_as_github_reads_them() -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    command = [sys.executable, "-m", "check_jsonschema", *schema, *map(str, WORKFLOWS)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", [path.name for path in WORKFLOWS])
def test_what_they_make_is_in_the_makefile(name: str) -> None:
    assert targets(name)
    assert targets(name) <= made()


def test_all_that_has_to_pass_on_a_clean_checkout_is_run() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in (REPOSITORY / ".ci").iterdir()]
    found = {*TARGET.findall("\n".join(scripts))}
    assert {"test", "test-browser", "test-datasette1"} <= found <= targets("ci.yml")


def test_the_pythons_are_those_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    classified = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    assert jobs("ci.yml")["python"]["strategy"]["matrix"]["python"] == classified
    assert project["requires-python"] == f">={classified[0]}"


def test_only_the_job_that_publishes_may_ask_for_an_identity() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        for name, job in workflow["jobs"].items():
            allowed = (
                {"id-token": "write"} if (path.name, name) == ("release.yml", "publish") else None
            )
            assert job.get("permissions") == allowed


def test_the_modules_that_the_release_runs_are_there() -> None:
    text = (REPOSITORY / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    modules = re.findall(r"python -m ([\w.]+)", text)
    assert {"releasing.check", "releasing.readme"} == {*modules}
    for module in modules:
        assert (REPOSITORY / f"{module.replace('.', '/')}.py").is_file()
