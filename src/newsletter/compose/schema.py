"""Hold a file against its format: from plain data to the models of `model/`, or Findings.

The same models are exported as JSON Schemas, with one property for each language of the
workspace, so that an editor's YAML plug-in completes and checks these files.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from newsletter.compose.problems import did_you_mean, findings_of
from newsletter.compose.yamlfile import YamlFile
from newsletter.errors import InputRefused
from newsletter.model.content import KINDS, Issue, Item
from newsletter.model.finding import Finding
from newsletter.model.settings import Lists, Settings

_Model = TypeVar("_Model", bound=BaseModel)


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
    """Return the JSON Schema of each kind of file, by the name of the schema's file."""
    items = [_by_language(model.model_json_schema(), languages) for model in KINDS.values()]
    definitions = {name: part for item in items for name, part in item.pop("$defs", {}).items()}
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    branches = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": item}
        for kind, item in zip(KINDS, items, strict=True)
    ]
    item_schema = {
        **draft,
        "title": "Item",
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"enum": list(KINDS), "description": "What sort of item this is."}
        },
        "allOf": branches,
        "$defs": definitions,
    }
    whole = {"issue": Issue, "newsletter": Settings, "lists": Lists}
    return {
        "item.schema.json": item_schema,
        **{
            f"{name}.schema.json": {**draft, **_by_language(model.model_json_schema(), languages)}
            for name, model in whole.items()
        },
    }


def _by_language(schema: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """Return `schema` with one property per language where the model gathers them in `texts`."""
    for part in (schema, *schema.get("$defs", {}).values()):
        properties = part.get("properties", {})
        if texts := properties.pop("texts", None):
            words = texts["additionalProperties"]
            for language in languages:
                properties[language] = {**words, "description": f"The words in {language}."}
            part["required"] = [key for key in part.get("required", []) if key != "texts"]
    return schema
