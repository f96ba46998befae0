"""Write docs/reference/ from the code: commands, settings, formats, template variables, checks.

`python docs/reference.py` writes the pages; with `--check` it only says which of them are out of
date, and exits with 1 if any is. What has no description fails here, so nothing goes undocumented.
"""

import dataclasses
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import newsletter
from newsletter.checks.check import MODULES, RULES
from newsletter.checks.deeper import DEEPER, DeeperRule
from newsletter.checks.faults import FAULTS
from newsletter.checks.rule import About, rules_of
from newsletter.cli.main import EXIT_CODES, FAMILIES, main
from newsletter.config import ENVIRONMENT
from newsletter.model import archive, edition, noticetext
from newsletter.model.content import KINDS, Issue, ItemBase, ItemText
from newsletter.model.noticetext import NoticeFile
from newsletter.model.segmenting import Segments
from newsletter.model.settings import Lists, Settings
from newsletter.model.theme import ThemeFile
from newsletter.render.theme import REQUIRED_STRINGS

FOLDER = Path(__file__).parent / "reference"
_NOTE = "<!-- Written by docs/reference.py from the code: change it there, then ./run docs -->\n\n"

FILTERS = {
    'wrap(width=72, indent="")': "Wraps paragraphs of plain text; an address stays whole.",
    "plural(number)": "The form of a string that goes with a number, {n} filled in: "
    "`strings.pages | plural(item.pages)`.",
    "in_language(edition)": "Rows of MJML inside an element that names their language; for "
    "`{% filter in_language(edition) %}` in stacked.mjml.j2.",
}
"""Filters that templates have besides those of Jinja."""


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    return {
        "commands.md": "".join(_commands()),
        "settings.md": "".join(_settings()),
        "items-and-issues.md": "".join(_formats()),
        "template-variables.md": "".join(_template_variables()),
        "checks.md": "".join(_checks()),
        **{f"checks/{rule.id}.md": "".join(_rule_page(rule)) for rule in (*RULES, *DEEPER)},
    }


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table; a bar inside a cell would end it."""
    names = list(headings)
    yield f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"
    for row in rows:
        cells = " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row)
        yield f"| {cells} |\n".replace("|  |", "| |")


# --- commands ---


def _commands() -> Iterator[str]:
    root = click.Context(main, info_name="newsletter", **main.context_settings)
    yield f"{_NOTE}# Commands\n\n"
    yield _help("newsletter", main, root)
    for heading, commands in FAMILIES:
        yield f"## {heading}\n\n"
        for command in commands:
            yield from _command(command, root)
    yield "## Exit codes\n\n"
    yield from _table(
        ("code", "meaning"), ((str(code), words) for code, words in EXIT_CODES.items())
    )


def _command(command: click.Command, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, parent=parent, info_name=command.name)
    if not command.help:
        raise SystemExit(f"the command {context.command_path} has no help")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.help:
            raise SystemExit(f"{context.command_path} {parameter.opts[0]} has no help")
    yield _help(f"### {context.command_path}", command, context)
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _command(child, context)


def _help(title: str, command: click.Command, context: click.Context) -> str:
    context.max_content_width = context.terminal_width = 80
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    heading = f"{title}\n\n" if title.startswith("#") else ""
    return f"{heading}```text\n{text}\n```\n\n"


# --- files ---


def _settings() -> Iterator[str]:
    yield f"{_NOTE}# Settings\n\n"
    yield "`newsletter.yaml` of the sample explains its keys in place. `LANGUAGE` stands for one "
    yield f"block per language (`en:`, `ru:`), `NAME` for a name of your own. {_MUST}\n"
    yield "\n## newsletter.yaml\n\n"
    yield from _model_table(Settings)
    yield "\n## subscribers/lists.yaml\n\n"
    yield from _model_table(Lists)
    yield "\n## subscribers/segments.yaml\n\n"
    yield "How conditions are joined: [Segments](../how-to/segments.md).\n\n"
    yield from _model_table(Segments)
    yield "\n## templates/THEME/theme.yaml\n\n"
    yield from _model_table(ThemeFile)
    named = " and ".join(f"`{name}`" for name in REQUIRED_STRINGS)
    yield f"\nEvery theme must have the strings {named}. A string is one line per language, or its "
    yield "plural forms (`one`, `few`, `many`, `other`) where it depends on a number.\n"
    yield "\n## templates/THEME/notices/KIND.yaml\n\n"
    yield "The mails to single readers: `confirm`, `welcome`, `goodbye`, `change`, `changed`. "
    yield "{lists} becomes the names of the lists, {office} the short name of the office, {days} "
    yield "the days for which the link works.\n\n"
    yield from _model_table(NoticeFile)
    yield "\n## Environment\n\nWhat is set there goes over the files.\n\n"
    rows = ((f"`{name}`", words) for name, words in ENVIRONMENT.items())
    yield from _table(("variable", "meaning"), rows)


def _formats() -> Iterator[str]:
    yield f"{_NOTE}# Items and issues\n\n"
    yield "Facts stand once; words stand in one block per language (`en:`, `ru:`), here "
    yield f"`LANGUAGE`. {_MUST}\n"
    yield "\n## Keys of every item\n\n"
    yield "`issues/items/YEAR/DATE-NAME.yaml`; the name of the file is the item's id.\n\n"
    yield from _table(
        _HEADINGS,
        [
            ("`kind`", "yes", f"What sort of item this is: {', '.join(KINDS)}."),
            *_rows(ItemBase, ""),
            *_rows(ItemText, "LANGUAGE."),
        ],
    )
    common = {path for path, _ in (*_keys(ItemBase, ""), *_keys(ItemText, "LANGUAGE."))} | {"kind"}
    for kind, model in KINDS.items():
        yield f"\n## kind: {kind}\n\n{_first_line(model)}\n\n"
        rows = list(_rows(model, "", leave_out=common))
        yield from _table(_HEADINGS, rows) if rows else ("No keys of its own.\n",)
    yield "\n## Issue\n\n`issues/NAME/issue.yaml`; the name of the folder is the issue's name.\n\n"
    yield from _model_table(Issue)


_HEADINGS = ("key", "must", "meaning")
_MUST = "A key that “must” be there must be there wherever the key above it is."


def _model_table(model: type[BaseModel]) -> Iterator[str]:
    yield from _table(_HEADINGS, _rows(model, ""))


def _rows(
    model: type[BaseModel], prefix: str, leave_out: Iterable[str] = ()
) -> Iterator[tuple[str, str, str]]:
    for path, field in _keys(model, prefix):
        if path in leave_out:
            continue
        if not field.description:
            raise SystemExit(f"{model.__name__}: {path} has no description")
        must = "yes" if field.is_required() else ""
        yield f"`{path}`", must, f"{field.description}{_values(field)}{_default(field)}"


def _keys(
    model: type[BaseModel], prefix: str, above: tuple[type[BaseModel], ...] = ()
) -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key below `model`, words by language behind `LANGUAGE.`.

    What may hold itself (`above`) is written out once.
    """
    above = (*above, model)
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner, step = _inner(field.annotation)
        if name == "texts":
            if inner:
                yield from _keys(inner, f"{prefix}LANGUAGE.", above)
            elif field.description:
                yield f"{prefix}LANGUAGE", field
            continue
        yield key, field
        if inner and inner not in above:
            yield from _keys(inner, f"{key}{step}.", above)


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the model inside an annotation, and how an entry of a collection is written."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union, typing.Annotated):
        found = [_inner(part) for part in parts]
        return next((each for each in found if each[0]), (None, ""))
    if origin is tuple:
        return _inner(parts[0])[0], "[]"
    if origin is dict:
        return _inner(parts[1])[0], ".NAME"
    return None, ""


def _values(field: FieldInfo) -> str:
    """Return the words that may stand there, when there are few."""
    for part in (field.annotation, *typing.get_args(field.annotation)):
        if typing.get_origin(part) is typing.Literal:
            words = ", ".join(f"`{each}`" for each in typing.get_args(part))
            return f" One of {words}." if len(typing.get_args(part)) > 1 else f" Only {words}."
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required() or not isinstance(field.default, int | float | str | bool):
        return ""
    written = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f" Default: `{written}`."


# --- templates ---


def _template_variables() -> Iterator[str]:
    yield f"{_NOTE}# Template variables\n\n"
    yield "A template knows four names: `edition`, `theme`, `strings` and `slots`. A layout below "
    yield "`parts/` also finds the section it draws in `section`. `stacked.mjml.j2` and "
    yield "`stacked.txt.j2` know `stack` and `parts` instead of `edition` and `strings`: for each "
    yield "language its edition, its strings and its greeting. An unknown name is an error.\n"
    for found in _classes(edition):
        yield f"\n## {found.__name__}\n\n{_first_line(found)}\n\n"
        yield from _table(("name", "type", "meaning"), _fields(found))
    yield "\n## The web archive\n\nA template below `web/` knows `theme`, `strings` and the fields "
    yield "of its class: of the class IssuePage for `web/issue.html.j2`, and so on. A layout below "
    yield "`web/parts/` also finds its `section`.\n"
    for found in _classes(archive):
        yield f"\n### {found.__name__}\n\n{_first_line(found)}\n\n"
        yield from _table(("name", "type", "meaning"), _fields(found))
    yield "\n## Notices\n\n`notice.mjml.j2` and `notice.txt.j2` know `notice`, `theme`, `strings` "
    yield "and `slots`.\n"
    for found in _classes(noticetext):
        yield f"\n### {found.__name__}\n\n{_first_line(found)}\n\n"
        yield from _table(("name", "type", "meaning"), _fields(found))
    yield "\nTheir slots:\n\n"
    rows = ((f"`slots.{name}`", words) for name, words in noticetext.NOTICE_SLOTS.items())
    yield from _table(("name", "meaning"), rows)
    yield "\n## Slots\n\nWhat differs from reader to reader; filled when a mail is made.\n\n"
    rows = ((f"`slots.{name}`", words) for name, words in edition.SLOTS.items())
    yield from _table(("name", "meaning"), rows)
    yield "\n## Theme and strings\n\n`theme.name`, `theme.colours.NAME` and `strings.ID` are what "
    yield "`theme.yaml` says; `strings` are in the language of the edition.\n"
    yield "\n## Filters\n\nBesides [those of Jinja]"
    yield "(https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters):\n\n"
    rows = ((f"`{name}`", words) for name, words in FILTERS.items())
    yield from _table(("filter", "meaning"), rows)
    yield "\nOf Jinja's global functions there are `range` and `namespace`.\n"


def _classes(module: types.ModuleType) -> list[type]:
    """Return the classes of template variables of a module, the Edition first."""
    found = [each for each in vars(module).values() if dataclasses.is_dataclass(each)]
    classes = [
        each for each in found if isinstance(each, type) and each.__module__ == module.__name__
    ]
    return sorted(classes, key=lambda each: each.__name__ != "Edition")


def _fields(found: Any) -> Iterator[tuple[str, str, str]]:
    for field in dataclasses.fields(found):
        if "doc" not in field.metadata:
            raise SystemExit(f"{found.__name__}.{field.name} has no documentation")
        yield f"`{field.name}`", _type_in_words(field.type), field.metadata["doc"]


_PLAIN = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "yes or no",
    "date": "date",
    "Html": "HTML",
}


def _type_in_words(annotation: Any) -> str:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple:
        return f"list of {_type_in_words(parts[0])}"
    if origin is Mapping:
        return f"{_type_in_words(parts[1])} by name"
    if origin is types.UnionType:
        return f"{_type_in_words(parts[0])} or none"
    name = annotation.__name__
    return _PLAIN.get(name) or f"[{name}](#{name.lower()})"


# --- checks ---


def _checks() -> Iterator[str]:
    yield f"{_NOTE}# Checks\n\n"
    yield "`newsletter check` first reads every file it needs, then asks its rules about the issue "
    yield "and its editions. An error stops `build`, `test` and `send`, and the archive on the web "
    yield "unless it is about the mail alone; a warning is for you to judge; a note is only told. "
    yield "How to set them for your office: [Check an issue](../how-to/check-an-issue.md). "
    yield "`newsletter check --explain RULE` says what stands on the page of a rule.\n"
    for module in MODULES:
        yield f"\n## {_family(module)}\n\n"
        yield from _rule_table(rules_of(module))
    yield "\n## What is found only when somebody asks\n\nBy `--links`, `--spam` and `--html`: "
    yield "[Deeper checks](../how-to/deeper-checks.md).\n\n"
    yield from _rule_table(DEEPER)
    yield "\n## What is found while files are read\n\nAll of these are errors, but for rows of "
    yield "people that are only doubtful.\n\n"
    _insist_on_faults()
    yield from _table(("name", "meaning"), ((f"`{name}`", words) for name, words in FAULTS.items()))


def _rule_table(rules: Iterable[About]) -> Iterator[str]:
    rows = (
        (f"[`{rule.id}`](checks/{rule.id}.md)", rule.severity.value, f"{rule.title}.")
        for rule in rules
    )
    yield from _table(("rule", "severity", "what holds when it is kept"), rows)


def _family(module: types.ModuleType) -> str:
    """Return what the rules of a module are about: the beginning of its docstring."""
    words = re.split(r"[:.]", (module.__doc__ or "").strip())[0].removeprefix("Rules about ")
    return " ".join(words.split()).capitalize()


def _rule_page(rule: About) -> Iterator[str]:
    yield f"{_NOTE}# {rule.id}\n\n{rule.title}. Severity: {rule.severity.value}.\n"
    if rule.mail_only:
        yield "\nIt is about the mail alone: it does not stop the "
        yield "[archive](../../how-to/archive.md) on the web.\n"
    if isinstance(rule, DeeperRule):
        yield f"\nAsked only with the option `{rule.option}`: "
        yield "[Deeper checks](../../how-to/deeper-checks.md).\n"
    yield f"\n## Why\n\n{rule.why}\n"
    yield f"\n## How to mend it\n\n{_sentence(rule.mend)}\n"
    if rule.in_html:
        yield f"\nIn a mail from elsewhere (`--html`): {_marked(rule.in_html)}.\n"
    source = f"[{_sentence(rule.source)}]({rule.url})" if rule.url else _sentence(rule.source)
    yield f"\n## Source\n\n{source}\n"
    yield "\n## Settings\n\n"
    if rule.limits:
        yield from _limits(rule)
        yield "\n"
    written = ", ".join(f"{name}: {value:g}" for name, value in rule.limits.items())
    grave = rule.severity.value
    value = f"{{ severity: {grave}, limits: {{ {written} }} }}" if written else grave
    yield "In `newsletter.yaml`; `off` turns it off.\n\n```yaml\nchecks:\n  rules:\n"
    yield f"    {rule.id}: {value}\n```\n\n[All rules](../checks.md)\n"


def _limits(rule: About) -> Iterator[str]:
    """Yield the table of limits, with what they mean where the rule says it."""
    values = [(f"`{name}`", f"{value:g}") for name, value in rule.limits.items()]
    if not isinstance(rule, DeeperRule):
        yield from _table(("limit", "value"), values)
        return
    bounds = [rule.bounds[name] for name in rule.limits]
    rows = [(*row, str(each), each.meaning) for row, each in zip(values, bounds, strict=True)]
    yield from _table(("limit", "value", "may be", "meaning"), rows)


def _sentence(words: str) -> str:
    """Return `words` with a capital and a full stop, signs of markup as they are read."""
    safe = _marked(words)
    return f"{safe[:1].upper()}{safe[1:]}."


def _marked(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;") if "`" not in words else words


def _insist_on_faults() -> None:
    """Exit when FAULTS and the sources name different rules."""
    source = Path(newsletter.__file__).parent
    used: set[str] = set()
    for path in source.rglob("*.py"):
        used |= set(re.findall(r'rule="([a-z-]+)"', path.read_text(encoding="utf-8")))
    known = {*FAULTS, *(rule.id for rule in (*RULES, *DEEPER))}
    if missing := sorted(used - known):
        raise SystemExit(f"FAULTS in checks/faults.py lacks {', '.join(missing)}")
    if surplus := sorted(FAULTS.keys() - used):
        raise SystemExit(f"nothing finds {', '.join(surplus)}: take it out of checks/faults.py")


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").splitlines()[0]


def main_script(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are out of date."""
    checking = "--check" in arguments
    wanted = pages()
    stale = [name for name, text in wanted.items() if _held(FOLDER / name) != text]
    held = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.md"))
    strays = sorted(name for name in held if name not in wanted)
    for name in (*stale, *strays):
        print(
            f"docs/reference/{name} {'is out of date: ./run docs' if checking else 'written anew'}"
        )
    if checking:
        return 1 if stale or strays else 0
    (FOLDER / "checks").mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(wanted[name], encoding="utf-8")
    for name in strays:
        (FOLDER / name).unlink()
    return 0


def _held(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main_script(sys.argv[1:]))
