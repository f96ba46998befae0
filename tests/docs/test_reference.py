"""The reference is what the code says now, and nothing is missing from it."""

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import jinja2
import pytest

from newsletter.checks.check import RULES, check
from newsletter.checks.deeper import DEEPER
from newsletter.cli.main import EXIT_CODES, main
from newsletter.config import ENVIRONMENT
from newsletter.model import edition
from newsletter.model.content import Issue
from newsletter.model.settings import Lists, Settings
from newsletter.render import templates
from tests.docs.pages import ROOT, page
from tests.workspace import edit, small_office, take_the_way


def commands(
    command: click.Command = main, path: str = "newsletter"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name."""
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, f"{path} {name}")


ALL_COMMANDS = dict(commands())


def test_the_generated_pages_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "docs" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout}{run.stderr}"


@pytest.mark.parametrize("name", [name for name in ALL_COMMANDS if " " in name])
def test_every_command_and_option_is_documented(name: str) -> None:
    text = page("docs/reference/commands.md").text
    section = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert section, f"{name} has no section"
    for parameter in ALL_COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert all(option in section[1] for option in parameter.opts)
        else:
            assert parameter.make_metavar(click.Context(ALL_COMMANDS[name])) in section[1]


def test_every_exit_code_is_documented() -> None:
    for name in ("docs/reference/commands.md", "docs/how-to/send-an-issue.md"):
        assert all(f"| {code} | " in page(name).text for code in EXIT_CODES)


@pytest.mark.parametrize("model", [Settings, Lists])
def test_every_setting_is_documented(model: type[Settings | Lists]) -> None:
    text = page("docs/reference/settings.md").text
    assert all(f"| `{name}` |" in text for name in model.model_fields)


def test_every_setting_of_the_sample_is_documented() -> None:
    text = page("docs/reference/settings.md").text
    sample = (ROOT / "newsletter.yaml").read_text(encoding="utf-8")
    keys = re.findall(r"^(?:  )?([a-z_]{3,}):", sample.split("\ncountries:")[0], re.MULTILINE)
    assert len(keys) > 20
    assert [key for key in keys if not re.search(rf"`(\w+\.)*{key}`", text)] == []


def test_every_key_of_an_issue_is_documented() -> None:
    text = page("docs/reference/items-and-issues.md").text
    assert all(f"| `{name}` |" in text for name in Issue.model_fields if name != "texts")


def test_every_environment_variable_is_documented_and_there_are_no_others() -> None:
    text = page("docs/reference/settings.md").text
    assert all(f"| `{name}` |" in text for name in ENVIRONMENT)
    used: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r"\bNEWSLETTER_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert used == ENVIRONMENT.keys()


def test_every_template_variable_and_slot_is_documented() -> None:
    text = page("docs/reference/template-variables.md").text
    for found in vars(edition).values():
        if isinstance(found, type) and dataclasses.is_dataclass(found):
            assert f"\n## {found.__name__}\n" in text
            assert all(f"| `{field.name}` |" in text for field in dataclasses.fields(found))
    assert all(f"| `slots.{name}` |" in text for name in edition.SLOTS)


def test_every_filter_and_function_of_templates_is_documented() -> None:
    environment = templates._environment(ROOT / "templates" / "ilo-moscow")
    text = page("docs/reference/template-variables.md").text
    ours = environment.filters.keys() - jinja2.Environment().filters.keys()
    assert ours == set(re.findall(r"^\| `(\w+)\(", text, re.MULTILINE))
    theirs = environment.globals.keys() & jinja2.Environment().globals.keys()
    assert theirs
    assert all(f"`{name}`" in text for name in theirs)


def test_every_rule_has_a_row_and_a_page() -> None:
    index = page("docs/reference/checks.md").text
    for rule in (*RULES, *DEEPER):
        assert f"| [`{rule.id}`](checks/{rule.id}.md) | {rule.severity.value} |" in index
        text = page(f"docs/reference/checks/{rule.id}.md").text
        assert all(f"| `{limit}` | {value:g} |" in text for limit, value in rule.limits.items())
        assert f"    {rule.id}: " in text


def test_a_finding_has_a_name_that_is_documented(tmp_path: Path) -> None:
    office = small_office(tmp_path / "office")
    edit(office, "issues/spring/issue.yaml", "serial: 60", "serial: 59")
    edit(office, "issues/items/school.yaml", "label: About the school", "label: here")
    checked = take_the_way(office, "spring")
    found = {each.rule for each in check(checked.composition, checked.renderings).findings}
    assert {"numbering", "link-vague"} <= found
    text = page("docs/reference/checks.md").text
    assert all(f"| [`{rule}`](" in text for rule in found)
