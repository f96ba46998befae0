"""Turn what pydantic says into Findings that an editor can act on.

Each fault gets the place of its key in the file, plain words and a remedy; for a key or a value
that is not known, the nearest known one is offered.
"""

import difflib
import types
import typing
import unicodedata
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from newsletter.compose.dates import is_known
from newsletter.compose.yamlsyntax import slip_in
from newsletter.languages import is_tag
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, Place, YamlPath
from newsletter.model.written import EMPTY, Translated

_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("`{key}` is missing", "add the key `{key}`"),
    "string_type": ("`{key}` must be a text", "put quotation marks around it"),
    "string_too_long": ("`{key}` is longer than {max_length} characters", "shorten it"),
    "too_long": ("`{key}` is longer than {max_length} characters", "shorten it"),
    "string_pattern_mismatch": ("`{key}` is not written as it must be", "it must match {pattern}"),
    "int_type": ("`{key}` must be a whole number", "write digits only"),
    "int_parsing": ("`{key}` must be a whole number", "write digits only"),
    "int_from_float": ("`{key}` must be a whole number", "write digits only"),
    "float_type": ("`{key}` must be a number", "write digits only"),
    "float_parsing": ("`{key}` must be a number", "write digits only"),
    "greater_than": ("`{key}` must be more than {gt}", "check the number"),
    "greater_than_equal": ("`{key}` must be {ge} or more", "check the number"),
    "less_than_equal": ("`{key}` must be {le} or less", "check the number"),
    "bool_type": ("`{key}` must be true or false", "write true or false"),
    "bool_parsing": ("`{key}` must be true or false", "write true or false"),
    "tuple_type": (
        "`{key}` must be a list",
        "write it as `[one, two]` or with a dash in each line",
    ),
    "dict_type": ("`{key}` must hold keys of its own", "indent `key: value` lines below it"),
    "model_type": ("`{key}` must hold keys of its own", "indent `key: value` lines below it"),
    "model_attributes_type": (
        "`{key}` must hold keys of its own",
        "indent `key: value` lines below it",
    ),
    "too_short": ("`{key}` is empty", "name at least one"),
    "written": ("`{key}` {message}", "{remedy}"),
    "whole": ("{message}", "{remedy}"),
}
_OF_MAPPINGS = frozenset({"model_type", "model_attributes_type", "dict_type"})
_OF_SCALARS = frozenset({"string_type", "int_type", "float_type", "bool_type", "date_type"})
_LOOKS = str.maketrans("авекмнорстухіѕјё", "abekmhopctyxisje")
_SOUNDS = str.maketrans("абвгдезиклмнопрстуфхыіё", "abvgdeziklmnoprstufhyie")
"""Latin letters for Cyrillic ones: `р` looks like p, and is r on the other layout of a keyboard."""

_DATES = "`{key}` is not a date"
_DATE_REMEDY = "write it as 2015-03-17"


def findings_of(
    error: ValidationError, marks: Marks, model: type[BaseModel], *, rule: str
) -> list[Finding]:
    """Return one Finding for each fault in `error`, which came from validating `model`."""
    faults = error.errors()
    deeper = {fault["loc"][:depth] for fault in faults for depth in range(1, len(fault["loc"]))}
    return [
        _finding(fault, marks, model, rule)
        for fault in faults
        # a list whose only entry is faulty is not also too short
        if not (fault["type"] == "too_short" and fault["loc"] in deeper)
    ]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return “did you mean …?” for the nearest of `known`, or the list when it is short."""
    choices = list(known)
    if near := difflib.get_close_matches(word, choices, n=1, cutoff=0.6):
        return f"did you mean `{near[0]}`?"
    if 0 < len(choices) <= 12:
        return "known: " + ", ".join(choices)
    return "check the spelling"


def _finding(fault: ErrorDetails, marks: Marks, model: type[BaseModel], rule: str) -> Finding:
    kind = fault["type"]
    path = _path(fault["loc"], marks, of_key=kind == "extra_forbidden")
    key = _name(path)
    place = marks.at(*(path[:-1] if kind == "missing" else path))
    if slip := _slip(fault, path, place, marks):
        place, message, remedy = slip
    elif kind == "extra_forbidden":
        message, remedy = _unknown_key(str(path[-1]), fault["loc"][:-1], model, marks, path[:-1])
    elif kind == "literal_error":
        known = [
            word.strip("'")
            for word in str(fault["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        ]
        message = f"`{key}` cannot be “{fault['input']}”"
        remedy = did_you_mean(str(fault["input"]), known)
    elif fault["input"] is None and kind in _OF_SCALARS:
        message, remedy = f"`{key}` is empty", EMPTY
    elif kind.startswith("date"):
        message, remedy = _DATES.format(key=key), _DATE_REMEDY
    else:
        words = {"key": key, "said": fault["msg"], **(fault.get("ctx") or {})}
        if kind == "written" and not path:
            kind = "whole"  # what is wrong with a file as a whole names its keys itself
        of_key = kind == "written" and fault["loc"][-1:] == ("[key]",)
        if of_key:
            kind, words["message"] = "whole", f"the key {words['message']}"
        message, remedy = (
            text.format(**words) for text in _WORDS.get(kind, ("`{key}`: {said}", "check it"))
        )
    return Finding(rule=rule, place=place, message=message, remedy=remedy)


def _slip(
    fault: ErrorDetails, path: YamlPath, place: Place, marks: Marks
) -> tuple[Place, str, str] | None:
    """Return where a space after a colon is missing, if that makes the fault."""
    said = fault["input"]
    if fault["type"] in _OF_MAPPINGS and isinstance(said, str):
        line = said.split("\n")[0]
        place = marks.find(line.split()[0] if line.split() else line, *path)
    elif path and (said is None or fault["type"] == "extra_forbidden"):
        line = str(path[-1])
    else:
        return None
    if (slip := slip_in(line)) is None:
        return None
    return Place(place.file, place.line, place.column + slip.column - 1), slip.message, slip.remedy


def _unknown_key(
    key: str, loc: tuple[str | int, ...], model: type[BaseModel], marks: Marks, path: YamlPath
) -> tuple[str, str]:
    """Return what to say of a key at `path` that is not known, for the nearest that is.

    A capital, or a letter of another alphabet that looks alike, is named: nobody sees it.
    """
    known, translated = _keys_at(model, loc)
    foreign = "".join(dict.fromkeys(letter for letter in key if not letter.isascii()))
    message = f"the key `{key}` is not known"
    if foreign:
        alphabet = unicodedata.name(foreign[0], "unknown").split()[0].capitalize()
        message += f": {alphabet} “{', '.join(foreign)}” is not a Latin letter"
    for meant in _readings(key):
        if meant in known:
            return message, f"did you mean `{meant}`?"
        if translated and is_tag(meant) and is_known(meant):
            if (*path, meant) not in marks.spots:
                message += f", and so the block `{meant}:` is missing"
            return message, f"did you mean `{meant}`?"
    remedy = did_you_mean(key, known)
    blocks = ", and a block for each language, like `en:`"
    return message, remedy + (blocks if translated and remedy.startswith("known:") else "")


def _readings(key: str) -> Iterator[str]:
    """Yield what `key` may have been meant to be, all in small Latin letters."""
    small = key.lower()
    for reading in (small, small.translate(_LOOKS), small.translate(_SOUNDS)):
        if reading != key:
            yield reading


def _path(loc: tuple[str | int, ...], marks: Marks, *, of_key: bool) -> tuple[str | int, ...]:
    """Return where the fault at `loc` of the model stands in the file."""
    if loc[-1:] == ("[key]",) and not of_key:
        loc = loc[:-1]  # a key of a mapping is faulty, not its value
    # Only models have `texts`: in the file the blocks stand beside the facts.
    path = (*(part for part in loc[:-1] if part != "texts"), *loc[-1:])
    while path and isinstance(path[-1], int) and path not in marks.spots:
        path = path[:-1]  # one word where a list may stand
    return path


def _name(path: tuple[str | int, ...]) -> str:
    """Return how an editor would call the value at `path`: `links` 2 `url`."""
    if not path:
        return "the file"
    last = path[-1]
    return f"{_name(path[:-1])} {last + 1}" if isinstance(last, int) else last


def _keys_at(model: type[BaseModel], path: Iterable[str | int]) -> tuple[list[str], bool]:
    """Return the keys that may stand at `path` in a file of `model`, and whether blocks may."""
    current: object = model
    for part in path:
        current = _step(current, part)
    found = _models_in(current)
    keys = [
        field.alias or name
        for each in found
        for name, field in each.model_fields.items()
        if name != "texts"
    ]
    return keys, any(issubclass(each, Translated) for each in found)


def _step(annotation: object, part: str | int) -> object:
    if typing.get_origin(annotation) is dict:
        return typing.get_args(annotation)[1]
    if isinstance(part, int):
        return annotation
    for model in _models_in(annotation):
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
    return None


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """Return the models that an annotation such as `tuple[Link, ...] | None` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (
        tuple,
        dict,
        typing.Union,
        types.UnionType,
        typing.Annotated,
    ):
        return [model for part in typing.get_args(annotation) for model in _models_in(part)]
    return []
