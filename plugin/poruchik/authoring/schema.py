"""JSON Schema of the policy files, made from the vocabulary: completion and descriptions in an author's editor.

The schema is of the words that authors type, so it asks less than `rules check`: whatever a check accepts is valid.
With a policy, the names of its dictionary, people, parameters and rules are offered too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from poruchik.model.person_ref import Choice, RefKind
from poruchik.policy import vocabulary
from poruchik.policy.model import Attribute, ValueType
from poruchik.policy.shapes import INTEGER, Free, Key, Leaf, ListOf, Record, Shape
from poruchik.policy.vocabulary import ALL, ALWAYS, ANY, COMBINATORS, EXCEPT, OPERATORS, Operand
from poruchik.policy.whole import Policy

Schema = dict[str, Any]

FILES: Mapping[str, tuple[Record, tuple[str, ...]]] = {
    "pravila": (vocabulary.RULES_FILE, ("**/*.yaml",)),
    "proverki": (vocabulary.CASES_FILE, ("**/*.test.yaml",)),
    "politika": (vocabulary.HEADER, ("**/politika.yaml",)),
    "atributy": (vocabulary.DICTIONARY_FILE, ("**/atributy.yaml",)),
    "klassifikator": (vocabulary.CLASSIFIER_FILE, ("**/klassifikator.yaml",)),
    "punkty": (vocabulary.CLAUSES_FILE, ("**/punkty.yaml",)),
    "organizaciya": (vocabulary.ORGANIZATION_FILE, ("**/organizaciya.yaml",)),
}
"""The kinds of files: the record that each holds, and the names of such files."""

_SCALAR = ["string", "number", "boolean"]
"""Whatever YAML takes a word for, the policy reads it as it is typed."""
_YES_NO: Schema = {"enum": ["да", "нет", True, False]}
_EXAMPLES = {
    vocabulary.DURATION.name: ["30 дней", "3 рабочих дня", "24 часа", "1 месяц"],
    vocabulary.RUNG.name: ["за 3 рабочих дня", "в день срока", "через 12 часов", "просрочено", "просрочено на 1 день"],
    vocabulary.DATE.name: ["2026-01-01"],
}


def schema(kind: str, policy: Policy | None = None) -> Schema:
    """Return the schema of one kind of file (a key of FILES)."""
    record, _ = FILES[kind]
    made = _Schemas(policy)
    root = made.of(record)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": record.name,
        **root,
        "definitions": made.definitions,
    }


class _Schemas:
    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy
        self.definitions: dict[str, Schema] = {}

    def of(self, shape: Shape) -> Schema:
        match shape:
            case Leaf():
                return _leaf(shape)
            case ListOf():
                items = {"type": "array", "items": self.of(shape.item)}
                return {"anyOf": [items, self.of(shape.item)]} if shape.single else items
            case Record():
                return self._record(shape)
            case Free():
                return self._free(shape)

    def _record(self, record: Record) -> Schema:
        if record.name not in self.definitions:
            self.definitions[record.name] = {}  # a record may hold itself
            self.definitions[record.name] = {
                "type": "object",
                "properties": {key.ru: self._key(record, key) for key in record.keys},
                "required": [key.ru for key in record.keys if key.required],
                "additionalProperties": False,
            }
        return {"$ref": f"#/definitions/{record.name}"}

    def _key(self, record: Record, key: Key) -> Schema:
        told = key.gist[:1].upper() + key.gist[1:] + "."
        if key.several:
            told += f" Когда значение дают несколько правил: {key.several.value}."
        made = self._named(record, key) or self.of(key.shape)
        # Beside a $ref nothing counts in this draft, so the reference is wrapped.
        return {"allOf": [made], "description": told} if "$ref" in made else {**made, "description": told}

    def _named(self, record: Record, key: Key) -> Schema | None:
        """Return a schema that offers the policy's own names where the vocabulary asks for one of them."""
        policy = self._policy
        if policy is None:
            return None
        if record is vocabulary.BASIS and key.en == "act" and policy.acts:
            return _offered(policy.acts)
        rules = [rule.id for rule in policy.rules]
        if record is vocabulary.RULE and key.en in ("instead", "disputed"):
            return _one_or_more(_offered(rules))
        if record is vocabulary.EXPECTATION and key.en in ("fired", "silent", "defeated"):
            return _one_or_more(_offered(rules))
        if key.en == "attribute" and record.name == "предел":
            dates = [one.name for one in policy.attributes.values() if one.type in (ValueType.DATE, ValueType.MOMENT)]
            return _offered(dates)
        if record is vocabulary.FURTHER_ORDER and key.en == "each":
            return _offered([one.name for one in policy.attributes.values() if one.type is ValueType.LIST])
        return None

    # --- what the vocabulary leaves free ----------------------------------------------------------

    def _free(self, shape: Free) -> Schema:
        if shape is vocabulary.CONDITION:
            return self._condition()
        if shape is vocabulary.TERM_OR_NONE:
            return {
                "anyOf": [
                    {"const": vocabulary.NO_TERM, "description": "Для сведения, без срока."},
                    self.of(vocabulary.TERM),
                ]
            }
        if shape is vocabulary.SPAN:
            parameters = self._policy.parameters if self._policy else ()
            by_name = {
                "type": "object",
                "properties": {vocabulary.BY_PARAMETER: _offered(parameters)},
                "required": [vocabulary.BY_PARAMETER],
                "additionalProperties": False,
            }
            return {"anyOf": [_leaf(vocabulary.DURATION), by_name]}
        if shape is vocabulary.PERSON:
            return self._person()
        return {"type": "object", **self._attributes(_of_value)}

    def _condition(self) -> Schema:
        name = "условия"
        if name not in self.definitions:
            self.definitions[name] = {}
            own = {"$ref": f"#/definitions/{name}"}
            several = {"type": "array", "items": own, "minItems": 1}
            joined: dict[str, Schema] = {ALL: several, ANY: several, EXCEPT: {"anyOf": [own, several]}}
            combinators = {word: {**joined[word], "description": f"{gist}."} for word, gist in COMBINATORS.items()}
            attributes = self._attributes(_test)
            attributes["properties"] = combinators | attributes.get("properties", {})
            self.definitions[name] = {"type": "object", **attributes}
        return {"anyOf": [{"$ref": f"#/definitions/{name}"}, {"const": ALWAYS}]}

    def _attributes(self, made: Any) -> Schema:
        if self._policy is None:
            return {}
        own = {
            one.name: {**made(one), "description": one.gist} if one.gist else made(one)
            for one in self._policy.attributes.values()
        }
        return {"properties": own, "additionalProperties": False}

    def _person(self) -> Schema:
        name = "человек"
        if name not in self.definitions:
            relative = [kind.value for kind in RefKind if kind.is_relative and kind is not RefKind.SUPERIOR]
            organization = self._policy.organization if self._policy else None
            names: dict[RefKind, Iterable[str]] = {
                RefKind.ROLE: [role.name for role in organization.roles] if organization else (),
                RefKind.UNIT: [unit.name for unit in organization.units] if organization else (),
                RefKind.PERSON: [one.name for one in organization.employees] if organization else (),
            }
            gists = {
                RefKind.ROLE: "Кто исполняет роль.",
                RefKind.UNIT: "Начальник подразделения.",
                RefKind.PERSON: "Он сам.",
            }
            keys: Schema = {kind.value: {**_offered(names[kind]), "description": gists[kind]} for kind in names}
            keys[RefKind.SUPERIOR.value] = {"enum": list(range(1, 10)), "description": "Сколько уровней вверх."}
            keys[vocabulary.CHOICE] = {
                "enum": [one.value for one in Choice],
                "description": "Как выбрать в подразделении.",
            }
            keys[vocabulary.LIMIT] = {"type": "integer", "description": "Больше поручений никому не давать."}
            self.definitions[name] = {}  # a co-executor's part names people itself
            beside = {key.ru: self._key(vocabulary.CO_EXECUTOR, key) for key in vocabulary.CO_EXECUTOR.keys}
            whole = {"type": "object", "properties": keys | beside, "additionalProperties": False}
            self.definitions[name] = {"anyOf": [{"enum": relative}, whole, {"type": "string"}]}
        return {"$ref": f"#/definitions/{name}"}


def _leaf(leaf: Leaf) -> Schema:
    if leaf.words:
        return {"enum": list(leaf.words)}
    if leaf is vocabulary.YES_NO:
        return dict(_YES_NO)
    if leaf is INTEGER:
        return {"type": ["integer", "string"]}
    examples = _EXAMPLES.get(leaf.name)
    return {"type": list(_SCALAR)} | ({"examples": examples} if examples else {})


def _offered(names: Iterable[str]) -> Schema:
    """Return a schema of the names; any word without them."""
    known = list(dict.fromkeys(names))
    return {"enum": known} if known else {"type": list(_SCALAR)}


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [{"type": "array", "items": item}, item]}


def _of_value(attribute: Attribute) -> Schema:
    if attribute.type is ValueType.LIST:
        return _one_or_more(_offered(attribute.values))
    if attribute.type is ValueType.YES_NO:
        return dict(_YES_NO)
    return _offered(attribute.values)


def _test(attribute: Attribute) -> Schema:
    """Return what may stand after an attribute in «если»: a value, several, or operators."""
    value = _of_value(attribute)
    operands: dict[Operand, Schema] = {
        Operand.VALUE: value,
        Operand.PART: _one_or_more({"type": list(_SCALAR)}),
        Operand.BOUNDS: {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
        Operand.YES_NO: dict(_YES_NO),
        Operand.TEST: {},
    }
    fitting = [one for one in OPERATORS if not one.types or attribute.type in one.types]
    operators = {
        "type": "object",
        "properties": {one.ru: {**operands[one.operand], "description": f"{one.gist}."} for one in fitting},
        "minProperties": 1,
    }
    if attribute.type in (ValueType.LIST, ValueType.TEXT):
        return operators
    return {"anyOf": [value, {"type": "array", "items": value}, operators]}
