"""Hold a file against its format: from plain data to the models of `model/`, or Findings.

The same models are exported as JSON Schemas, with one property for each language of the
workspace, so that an editor's YAML plug-in completes and checks these files.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from newsletter.compose.files import write_whole
from newsletter.compose.problems import did_you_mean, findings_of
from newsletter.compose.yamlfile import YamlFile
from newsletter.errors import InputRefused
from newsletter.model.content import KINDS, Issue, Item, ItemBase
from newsletter.model.finding import Finding
from newsletter.model.segmenting import Segments
from newsletter.model.settings import Lists, Settings

_Model = TypeVar("_Model", bound=BaseModel)

Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""


class _ForEditors(GenerateJsonSchema):
    """Schemas without what an editor would show or type for nothing.

    A title that repeats the key, and a default that is the same as leaving the key out.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave the titles of fields out."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Keep a default that says something: `order: newest`, not `lead: null`."""
        if schema.get("default") in (None, ()):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Refuse the names that do not fit the pattern, where the names of keys have one."""
        written = super().dict_schema(schema)
        if "patternProperties" in written:
            written["additionalProperties"] = False
        return written


def validate(file: YamlFile, model: type[_Model], *, rule: str) -> _Model:
    """Return the data of `file` as `model`; raises InputRefused with all its faults."""
    if not isinstance(file.data, dict):
        place = file.marks.at()
        remedy = "write `key: value` lines; see the reference for the keys"
        message = "the file is empty" if file.data is None else "the file must hold keys"
        raise InputRefused([Finding(rule=rule, place=place, message=message, remedy=remedy)])
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        raise InputRefused(findings_of(error, file.marks, model, rule=rule)) from None


def validate_item(file: YamlFile) -> Item:
    """Return the Item in `file`, of the kind that its key `kind` says."""
    kind = file.data.get("kind") if isinstance(file.data, dict) else "news"
    if isinstance(kind, str) and kind in KINDS:
        return validate(file, KINDS[kind], rule="item")
    if kind is None:
        message, remedy = "`kind` is missing", "known: " + ", ".join(KINDS)
    else:
        message, remedy = f"`kind` cannot be “{kind}”", did_you_mean(str(kind), KINDS)
    place = file.marks.at("kind")
    raise InputRefused([Finding(rule="item", place=place, message=message, remedy=remedy)])


def json_schemas(languages: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of file, by the name of the schema's file.

    They say what one file can tell by itself: keys, forms, the blocks of the languages. That a
    name exists and a day comes after another is left to `newsletter check`.
    """
    schemas = {
        "item": _item_schema(languages),
        "issue": _issue_schema(languages),
        "newsletter": _settings_schema(languages),
        "lists": _schema_of(Lists, languages),
        "segments": _schema_of(Segments, languages),
    }
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    return {f"{name}.schema.json": draft | schema for name, schema in schemas.items()}


def write_schemas(languages: tuple[str, ...], folder: Path) -> list[Path]:
    """Write the JSON Schemas into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, schema in json_schemas(languages).items():
        path = folder / name
        write_whole(path, (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode())
        paths.append(path)
    return paths


def _item_schema(languages: tuple[str, ...]) -> Schema:
    """One branch for each kind: only the faults of that kind are shown, only its keys offered."""
    branches = {kind: _schema_of(model, languages) for kind, model in KINDS.items()}
    definitions: Schema = {}
    for branch in branches.values():
        definitions |= branch.pop("$defs")
    for properties in [part["properties"] for part in definitions.values()]:
        if "verbatim" in properties:
            fields = [name for name in properties if name != "verbatim"]
            properties["verbatim"]["items"] = {"enum": fields}
    kind = {"enum": list(KINDS), "description": "What sort of item this is."}
    return {
        "title": "Item",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": kind} | _schema_of(ItemBase, languages)["properties"],
        "allOf": [{"if": _is_of(kind), "then": branch} for kind, branch in branches.items()],
        "$defs": definitions,
    }


def _is_of(kind: str) -> Schema:
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}


def _issue_schema(languages: tuple[str, ...]) -> Schema:
    """The issue says itself which languages it has, and so which blocks it must have."""
    schema = _schema_of(Issue, languages)
    schema["properties"]["languages"]["items"] = {"enum": list(languages)}
    schema["allOf"] = [
        {
            "if": {
                "required": ["languages"],
                "properties": {"languages": {"contains": {"const": language}}},
            },
            "then": {"required": [language]},
        }
        for language in languages
    ]
    return schema


def _settings_schema(languages: tuple[str, ...]) -> Schema:
    """Everything the office says of itself has to be there in all its languages."""
    schema = _schema_of(Settings, languages)
    for part in ("Publisher", "Sender", "Numbering"):
        schema["$defs"][part]["required"] += list(languages)
    for key in ("countries", "topics"):
        (names,) = schema["properties"][key]["patternProperties"].values()
        names["required"] = list(languages)
        names["properties"] = dict.fromkeys(languages, names["additionalProperties"])
    return schema


def _schema_of(model: type[BaseModel], languages: tuple[str, ...]) -> Schema:
    """Return the schema of `model`, with a property per language in the place of `texts`."""
    schema = model.model_json_schema(schema_generator=_ForEditors)
    for part in (schema, *schema.get("$defs", {}).values()):
        properties = part.get("properties", {})
        if texts := properties.pop("texts", None):
            words = texts["additionalProperties"]
            for language in languages:
                properties[language] = words | {"description": f"The words in {language}."}
            part["required"] = [key for key in part.get("required", []) if key != "texts"]
    return schema
