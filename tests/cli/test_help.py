"""Help: at once, for every command, 80 columns wide."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from newsletter.cli.main import main
from tests.cli.program import run

HEAVY = {
    *("sqlalchemy", "alembic", "jinja2", "mjml", "premailer", "lxml", "babel", "pydantic"),
    *("rich", "starlette", "uvicorn", "aiosmtplib", "aiosmtpd", "PIL", "email_validator"),
    *("ruamel", "markdown_it", "asyncio", "weasyprint", "pyphen"),
}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def test_help_imports_nothing_that_is_slow_to_import() -> None:
    code = (
        "import sys, newsletter.cli.main; "
        "print(' '.join({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY - {"asyncio"} & set(done.stdout.split())


@pytest.mark.parametrize("module", ["click", "newsletter.cli.main"])
def test_ctrl_c_while_modules_are_read_is_a_stop_and_no_traceback(
    tmp_path: Path, module: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Pressed())\n"
    )
    done = run(tmp_path, "--help", code=4, PYTHONPATH=str(tmp_path))
    assert (done.stdout, done.stderr) == ("", "\nstopped\n")


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_explains_itself_within_80_columns(path: tuple[str, ...]) -> None:
    command: click.Command = main
    context = click.Context(main, info_name="newsletter")
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
        context = click.Context(command, parent=context, info_name=name)
    text = command.get_help(context)
    assert command.help
    assert max(map(len, text.splitlines())) <= 80


def test_help_names_every_command_once(tmp_path: Path) -> None:
    lines = [
        line.split()[0] for line in run(tmp_path, "--help").stdout.splitlines() if line.strip()
    ]
    assert all(lines.count(name) == 1 for name in main.commands)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_complete_commands(tmp_path: Path, shell: str) -> None:
    assert "_NEWSLETTER_COMPLETE" in run(tmp_path, "completion", shell).stdout
    asked = {"_NEWSLETTER_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    offered = run(tmp_path, code=0, typed="", **asked, COMP_WORDS="newsletter st")
    assert offered.stdout.strip() == "plain,status"


def test_a_wrong_option_is_wrong_usage(tmp_path: Path) -> None:
    assert "No such option" in run(tmp_path, "check", "--nope", code=2).stderr


def test_outside_of_a_workspace_the_way_in_is_named(tmp_path: Path) -> None:
    said = run(tmp_path, "status", code=2).stderr
    assert "there is no newsletter.yaml here or in a folder above" in said
    assert "newsletter init FOLDER" in said
