"""New files for editors: the skeleton of an item, and the next issue made from the last one."""

import calendar
import datetime
import re
import types
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from newsletter.compose.workspace import Folder
from newsletter.errors import WrongUsage
from newsletter.model.content import KINDS, Issue
from newsletter.model.settings import Settings

_SCHEMA_LINE = "# yaml-language-server: $schema={schema}\n"
_LATER = ("countries", "topics", "image", "sample")
_DATE_LINE = re.compile(r"(?P<key>\b(?:from|to): *)(?P<day>\d{4}-\d{2}-\d{2})")


def new_item(folder: Folder, kind: str, name: str, day: datetime.date) -> Path:
    """Write the skeleton of an item and return its path; raises WrongUsage if it exists.

    Every key that the kind must have stands there empty; the others are in comments, explained.
    """
    settings = folder.settings().value
    path = folder.root / "issues" / "items" / str(day.year) / f"{day}-{name}.yaml"
    return _write(path, _item_text(kind, day, settings))


def new_issue(folder: Folder, slug: str) -> tuple[Path, str]:
    """Write the issue `slug` as the one after the last, and return its path and the last's name.

    Number, serial, date and the dates of the picks move on; words stay for the editor to change.
    Raises WrongUsage when the issue exists, or when there is none to begin from.
    """
    slugs = folder.slugs()
    if not slugs:
        raise WrongUsage(
            "there is no issue to begin from", "copy one from: newsletter init --sample"
        )
    latest = max(slugs, key=lambda each: folder.issue(each).value.serial)
    settings, issue = folder.settings().value, folder.issue(latest).value
    text = (folder.root / "issues" / latest / "issue.yaml").read_text(encoding="utf-8-sig")
    path = folder.root / "issues" / slug / "issue.yaml"
    return _write(path, _next_issue_text(text, issue, settings)), latest


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise WrongUsage(f"{path} is there already", "choose another name, or edit it") from None
    return path


def _item_text(kind: str, day: datetime.date, settings: Settings) -> str:
    model = KINDS[kind]
    facts = {name: field for name, field in model.model_fields.items() if name != "texts"}
    own = [name for name in facts if name not in ("kind", "date", *_LATER)]
    lines = [f"kind: {kind}", f"date: {day}"]
    lines += [_key_line(name, facts[name], day) for name in (*own, *_LATER)]
    # What must be written comes first.
    words = sorted(
        _block_model(model).model_fields.items(), key=lambda each: not each[1].is_required()
    )
    for number, language in enumerate(settings.languages):
        lines += ["", f"{language}:"]
        lines += [f"  {_key_line(name, field, day, plain=number > 0)}" for name, field in words]
    return _SCHEMA_LINE.format(schema="../../../schemas/item.schema.json") + "\n".join(lines) + "\n"


def _block_model(model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of one language's words."""
    found = typing.get_args(model.model_fields["texts"].annotation)[1]
    return typing.cast("type[BaseModel]", found)


def _key_line(name: str, field: FieldInfo, day: datetime.date, *, plain: bool = False) -> str:
    """Return a key to fill in, or a comment that offers it; explained unless `plain`."""
    line = f"{'' if field.is_required() else '# '}{name}: {_example(field.annotation, day)}"
    return line if plain else f"{line:<30}  # {field.description}"


def _example(annotation: Any, day: datetime.date) -> str:
    """Return a value of the right form to write over."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union, typing.Annotated):
        return _example(parts[0], day)
    if origin is tuple:
        return "[]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        keys = ", ".join(f"{name}: …" for name in annotation.model_fields)
        return f"{{ {keys} }}"
    return {datetime.date: str(day), bool: "true", str: '""'}.get(annotation, "1")


def _next_issue_text(text: str, issue: Issue, settings: Settings) -> str:
    months = 12 // settings.numbering.per_year
    last = issue.number >= settings.numbering.per_year
    changes = {
        "number": 1 if last else issue.number + 1,
        "serial": issue.serial + 1,
        "date": later(issue.date, months),
    }
    for key, value in changes.items():
        text = re.sub(
            rf"^{key}:[ \t]*[^\s#]+", f"{key}: {value}", text, count=1, flags=re.MULTILINE
        )
    return _DATE_LINE.sub(
        lambda found: f"{found['key']}{later(datetime.date.fromisoformat(found['day']), months)}",
        text,
    )


def later(day: datetime.date, months: int) -> datetime.date:
    """Return `day` some months later; the last day of a month stays the last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return datetime.date(year, month, last if was_last else min(day.day, last))
