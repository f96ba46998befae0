"""Commands that pages show can be typed: each exists, and so does each of its options."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from newsletter.cli.main import main
from tests.cli.program import run
from tests.docs.pages import ROOT, page, pages

TASKS = set(
    re.findall(r"^    ([a-z]+)\)", (ROOT / "run").read_text(encoding="utf-8"), re.MULTILINE)
)
_SETTING = re.compile(r"[A-Z_]+=.*")


def shown() -> Iterator[str]:
    """Yield every line of shell code in the pages, without the generated reference."""
    for each in pages():
        for block in each.code("sh"):
            for line in block.splitlines():
                yield from line.split("&&")


def mentioned() -> Iterator[str]:
    """Yield every command in running text."""
    for each in pages():
        yield from (code for code in each.inline_code if code.startswith(("newsletter ", "./run ")))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a command, without comments and settings before it."""
    words = shlex.split(text, comments=True)
    while words and _SETTING.fullmatch(words[0]):
        words.pop(0)
    return tuple(words)


def whole() -> list[tuple[str, ...]]:
    """Return every `newsletter` command in shell code, each once."""
    found = map(words_of, shown())
    return sorted({words for words in found if words[:1] == ("newsletter",)})


def find(words: tuple[str, ...]) -> tuple[click.Command, click.Context, list[str]]:
    """Return the command that `words` name, and what is left of them."""
    command: click.Command = main
    context = click.Context(main, info_name="newsletter", **main.context_settings)
    rest = list(words[1:])
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        child = command.commands.get(rest[0])
        assert child, f"there is no command {context.command_path} {rest[0]}"
        context = click.Context(child, parent=context, info_name=rest[0])
        command, rest = child, rest[1:]
    return command, context, rest


def test_pages_show_many_commands() -> None:
    assert len(whole()) > 30


@pytest.mark.parametrize("words", whole(), ids=" ".join)
def test_a_command_in_shell_code_can_be_typed(words: tuple[str, ...]) -> None:
    command, context, rest = find(words)
    given = command.make_parser(context).parse_args(rest)
    assert not given[1], f"{given[1]} is too much"
    named = {parameter for parameter in given[2] if parameter.name in given[0]}
    for parameter in command.params:
        assert parameter in named or not parameter.required, f"lacks {parameter.name}"
    for parameter in named:
        value = given[0][parameter.name or ""]
        if isinstance(parameter.type, click.Choice) and isinstance(value, str | list | tuple):
            parameter.type_cast_value(context, value)


@pytest.mark.parametrize("text", sorted(set(mentioned())))
def test_a_command_in_running_text_exists(text: str) -> None:
    words = words_of(text)
    if words[0] == "./run":
        assert words[1] in TASKS
    else:
        command, context, rest = find(words)
        command.make_parser(context).parse_args([word for word in rest if word != "…"])


def test_tasks_of_run_that_are_shown_exist() -> None:
    tasks = {words_of(line)[1] for line in shown() if line.startswith("./run ")}
    assert {"demo", "test"} <= tasks <= TASKS


def test_every_command_is_shown_where_people_learn_it() -> None:
    used = {words[1] for words in (*whole(), *map(words_of, mentioned())) if words[0] != "./run"}
    assert main.commands.keys() - used <= {"completion"}


def test_readme_shows_both_first_commands() -> None:
    code = "".join(page("README.md").code("sh"))
    assert re.findall(r"^\./run \w+", code, re.MULTILINE) == ["./run demo", "./run test"]


@pytest.mark.slow
def test_the_demo_says_what_readme_says(tmp_path: Path) -> None:
    said = run(tmp_path, "demo").stdout.splitlines()
    promised = next(page("README.md").code("text")).splitlines()
    assert len(promised) == 2
    assert set(promised) <= set(said)
