"""``sqlclap config``."""

from __future__ import annotations

import os

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.settings import (
    SETTINGS,
    change_setting,
    default_library,
    read_settings,
    settings_file,
)
from sqlclap.cli.table_output import print_json
from sqlclap.errors import SettingsError
from sqlclap.homes import expand_home
from sqlclap.quantities import printable

EPILOG = """\b
Examples:
    sqlclap config                           what is set, and which library is the default
    sqlclap config library ~/sounds.db       from now on: sqlclap search "deep kick"
    sqlclap config player "mpv --no-video"
    sqlclap config library --unset
"""


@click.command(name="config", epilog=EPILOG)
@click.argument("name", required=False, type=click.Choice([*SETTINGS]))
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Take the setting back.")
@JSON
@one_line_errors
def command(name: str | None, value: str | None, unset: bool, as_json: bool) -> None:
    """Show or change settings.

    NAME alone shows a setting, NAME and VALUE set it.

    library: the library of commands that name none; each of them says on standard error which one
    it took. The variable SQLCLAP_LIBRARY goes before this setting. Without either, it is the
    library that was used last.

    player: the command that `sqlclap play` runs.
    """
    if unset and (name is None or value is not None):
        raise SettingsError("--unset takes the name of a setting, and no value")
    if name is not None and (unset or value is not None):
        change_setting(name, None if value is None else _checked(name, value))
    settings = read_settings()
    found = default_library()
    shown = {key: settings.get(key) for key in SETTINGS if name in (None, key)}
    if as_json:
        default = None if found is None else {"path": found.path, "from": found.origin}
        print_json({"file": str(settings_file()), **shown, "default_library": default})
        return
    for key, text in shown.items():
        click.echo(printable(f"{key}: {text if text is not None else '(not set)'}"))
    if name is None:
        default_text = f"{found.path} ({found.origin})" if found else "(none yet)"
        click.echo(printable(f"default library: {default_text}"))
        click.echo(printable(f"settings: {settings_file()}"))


def _checked(name: str, value: str) -> str:
    if not value.strip():
        raise SettingsError(f"expected a {name}, got an empty text: --unset takes it back")
    # Commands are run in any folder.
    return os.path.abspath(expand_home(value)) if name == "library" else value  # noqa: PTH100
