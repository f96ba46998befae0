"""New items for editors: the skeleton of one, or one that is filled in, as a file with comments.

Every key that the kind must have stands there; the others are in comments, explained. What is
filled in is held against the format and the names of the office before a file is written.
"""

import datetime
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from newsletter.compose.files import write_new
from newsletter.compose.pool import PoolItem
from newsletter.compose.references import item_findings
from newsletter.compose.schema import validate_item
from newsletter.compose.workspace import Folder
from newsletter.compose.yamlfile import parse_yaml
from newsletter.compose.yamltext import commented, key_lines
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.content import KINDS, Item
from newsletter.model.settings import Settings

_SCHEMA_LINE = "# yaml-language-server: $schema=../../../schemas/item.schema.json"
_LATER = ("countries", "topics", "image", "written_in", "draft", "sample")
_BY_PROGRAMS = ("source",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What is known of an item that is to be written.

    `name` becomes part of its file's name. `words` are its texts by language; without any, all
    languages get a skeleton. `notes` stand as comments at its head, `remarks` beside their keys,
    `proposals` below the words.
    """

    kind: str
    name: str
    day: datetime.date
    facts: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    proposals: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name of the file without its ending."""
        return f"{self.day}-{self.name}"


def skeleton(folder: Folder, kind: str, name: str, day: datetime.date) -> Path:
    """Write an item to be filled in and return its path; raises WrongUsage if it exists."""
    return _write(folder, NewItem(kind=kind, name=name, day=day))


def write_item(folder: Folder, new: NewItem) -> Path:
    """Write an item that is filled in and return its path.

    Raises InputRefused when it would not be read back, WrongUsage when its name is taken.
    """
    checked_item(folder, new)
    return _write(folder, new)


def checked_item(folder: Folder, new: NewItem) -> Item:
    """Return what would be read back; raises InputRefused."""
    settings = folder.settings().value
    shown = path_of(folder, new).relative_to(folder.root).as_posix()
    file = parse_yaml(item_text(new, settings), shown)
    entry = PoolItem(new.id, validate_item(file), file.marks)
    if findings := item_findings(entry, settings, folder.root):
        raise InputRefused(findings)
    return entry.item


def path_of(folder: Folder, new: NewItem) -> Path:
    """Return where the file of an item stands."""
    return folder.root / "issues" / "items" / str(new.day.year) / f"{new.id}.yaml"


def is_taken(folder: Folder, item_id: str) -> bool:
    """Whether an item is called so, in whichever folder."""
    return any((folder.root / "issues" / "items").rglob(f"{item_id}.y*ml"))


def _write(folder: Folder, new: NewItem) -> Path:
    path = path_of(folder, new)
    text = item_text(new, folder.settings().value)
    if is_taken(folder, new.id):
        raise WrongUsage(
            f"there is an item {new.id} already", "choose another name, or edit that one"
        )
    write_new(path, text)
    return path


def item_text(new: NewItem, settings: Settings) -> str:
    """Return the file of an item."""
    lines = [_SCHEMA_LINE, *commented(new.notes), f"kind: {new.kind}", f"date: {new.day}"]
    lines += _fact_lines(new)
    for number, language in enumerate(_in_order(new, settings)):
        lines.append("")
        if language in new.words or not new.words:
            lines += _block_lines(new, language, plain=number > 0)
        else:
            lines += commented(_waiting_lines(new, language))
    return "\n".join(lines) + "\n"


def _in_order(new: NewItem, settings: Settings) -> list[str]:
    """Return the languages, those with words first: they are what is translated from."""
    return sorted(settings.languages, key=lambda language: language not in new.words)


def _fact_lines(new: NewItem) -> Iterator[str]:
    model = KINDS[new.kind]
    facts = {name: each for name, each in model.model_fields.items() if name != "texts"}
    own = [n for n in facts if n not in ("kind", "date", *_LATER, *_BY_PROGRAMS)]
    for name in (*own, *(n for n in _LATER if n in facts)):
        if name in new.facts:
            first, *others = key_lines(name, new.facts[name])
            yield _with_remark(first, new.remarks.get(name, ""))
            yield from others
        else:
            yield _key_line(name, facts[name], new.day)
    for name in _BY_PROGRAMS:
        if name in new.facts:
            yield from key_lines(name, new.facts[name])


def _block_lines(new: NewItem, language: str, *, plain: bool) -> Iterator[str]:
    """Yield the block of a language: what is there first, then what else may be."""
    given = new.words.get(language, {})
    fields = block_model(new.kind).model_fields
    yield f"{language}:"
    for name in (each for each in fields if each in given):
        yield from key_lines(name, given[name], "  ")
    if given:
        yield from (f"  {line}" for line in commented(new.proposals))
    # What must be written comes first.
    rest = [(name, each) for name, each in fields.items() if name not in given]
    for name, each in sorted(rest, key=lambda pair: not pair[1].is_required()):
        yield f"  {_key_line(name, each, new.day, plain=plain)}"


def _waiting_lines(new: NewItem, language: str) -> Iterator[str]:
    """Yield the block of a language that nobody has written yet."""
    yield f"{language}:"
    known = next(iter(new.words.values()))
    for name in block_model(new.kind).model_fields:
        if name in known and isinstance(known[name], str):
            yield f"  {name}:"


def block_model(kind: str) -> type[BaseModel]:
    """Return the model of one language's words in an item of `kind`."""
    found = typing.get_args(KINDS[kind].model_fields["texts"].annotation)[1]
    return typing.cast("type[BaseModel]", found)


def _key_line(name: str, field: FieldInfo, day: datetime.date, *, plain: bool = False) -> str:
    """Return a key to fill in, or a comment that offers it; explained unless `plain`."""
    line = f"{'' if field.is_required() else '# '}{name}: {_example(field.annotation, day)}"
    return line if plain else _with_remark(line, field.description or "")


def _with_remark(line: str, remark: str) -> str:
    return f"{line:<30}  # {remark}" if remark else line


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
