"""Matching by durable-rules: the only module that imports it, inside the envelope in which it is correct.

durable-rules sees integers alone. Every test is made in Python once a value; what the engine is given is a number for
the value of an attribute that rules compare with «=», and a flag for every other literal that holds. So long strings,
dates, absent attributes and regular expressions cannot reach what it gets wrong. A ruleset holds conjunctions only:
no `$or`, no negation, no join. The first condition of each is the marker, so that the engine's own state object
satisfies none. One fact at a time is asserted and retracted at once.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import durable_rules_engine
import structlog

from poruchik.engine.compile import CompiledPolicy, Literal, MatchClause
from poruchik.engine.condition import passes
from poruchik.engine.envelope import SHARDED_BY, Conjunctions, OutsideEnvelope, chunks, is_plain
from poruchik.engine.index import StratumIndex
from poruchik.model.document import Facts, Value
from poruchik.policy.operators import SlowPattern

MAX_REMEMBERED = 4096
_MARKER = "$k"
_WARM_UP = "$w"
_HEAD = '{"id":1,"sid":"d","$k":1'

_log = structlog.get_logger("poruchik.engine")
_names = count()


class DurableMatcher:
    """Matches with durable-rules, sharded by document type and kind; a shard it cannot carry goes to the index."""

    name = "durable-rules"

    def __init__(self, compiled: CompiledPolicy) -> None:
        self.taken_over: list[str] = []
        """Why shards went to the index, one Russian phrase each."""
        self._strata = [_Stratum(stratum.clauses, self.taken_over) for stratum in compiled.strata]
        self._lock = threading.Lock()
        """A ruleset holds one fact at a time; the pages decide beside the lanes."""

    def match(self, stratum: int, facts: Facts) -> frozenset[str]:
        """Return the ids of the rules of one stratum that fire on these facts."""
        with self._lock:
            return self._strata[stratum].match(facts)

    def close(self) -> None:
        """Give the engine's memory back; the matcher is not used afterwards."""
        for stratum in self._strata:
            stratum.close()


class _Stratum:
    def __init__(self, clauses: Sequence[MatchClause], taken_over: list[str]) -> None:
        self._clauses = clauses
        self._taken_over = taken_over
        self._index = StratumIndex(tuple(clauses))
        self._by_key: dict[tuple[Value | None, ...], _Shard | None] = {}
        self._by_members: dict[tuple[int, ...], _Shard | None] = {}

    def match(self, facts: Facts) -> frozenset[str]:
        key = tuple(facts.get(name) for name in SHARDED_BY)
        try:
            shard = self._by_key[key]
        except KeyError:
            shard = self._shard(key)
        if shard is None:
            return self._index.match(facts)
        try:
            return shard.match(facts)
        except SlowPattern:
            raise  # of the text, not of the engine
        except Exception as error:  # noqa: BLE001 — the C module raises bare Exception
            self._give_up(shard, f"ошибка durable-rules на документах {_named(key)}: {error}")
            return self._index.match(facts)

    def close(self) -> None:
        for shard in {id(shard): shard for shard in self._by_members.values() if shard}.values():
            shard.close()

    def _shard(self, key: tuple[Value | None, ...]) -> _Shard | None:
        values = dict(zip(SHARDED_BY, key, strict=True))
        members = tuple(
            number
            for number, clause in enumerate(self._clauses)
            if all(
                passes(literal.test, values[literal.test.attribute]) is not literal.negated
                for literal in clause.literals
                if literal.test.attribute in values
            )
        )
        if members not in self._by_members:
            self._by_members[members] = self._build(key, members)
        shard = self._by_members[members]
        if len(self._by_key) < MAX_REMEMBERED:
            self._by_key[key] = shard
        return shard

    def _build(self, key: tuple[Value | None, ...], members: tuple[int, ...]) -> _Shard | None:
        try:
            return _Shard(self._clauses[number] for number in members)
        except Exception as error:  # noqa: BLE001 — OutsideEnvelope, or the C module's bare Exception
            self._note(f"правила для {_named(key)} не помещаются в durable-rules: {error}")
            return None

    def _give_up(self, shard: _Shard, why: str) -> None:
        for table in (self._by_key, self._by_members):
            for key in [key for key, known in table.items() if known is shard]:
                table[key] = None  # type: ignore[index]  # the key comes from this very table
        self._note(why)

    def _note(self, why: str) -> None:
        self._taken_over.append(why)
        _log.warning("the index takes over", reason=why)


class _Shard:
    """The conjunctions that documents of one type and kind can meet, in as many rulesets as they need."""

    def __init__(self, clauses: Iterable[MatchClause]) -> None:
        rules_of: dict[frozenset[Literal], list[str]] = {}
        for clause in clauses:
            left = frozenset(literal for literal in clause.literals if literal.test.attribute not in SHARDED_BY)
            rules_of.setdefault(left, []).extend(clause.rules)
        self._rulesets = [_Ruleset(chunk) for chunk in chunks(rules_of)]

    def match(self, facts: Facts) -> frozenset[str]:
        fired: set[str] = set()
        for ruleset in self._rulesets:
            ruleset.match(facts, fired)
        return frozenset(fired)

    def close(self) -> None:
        for ruleset in self._rulesets:
            ruleset.close()


class _Ruleset:
    """One ruleset of durable-rules and the way facts are written for it."""

    def __init__(self, conjunctions: Conjunctions) -> None:
        self._rules = list(conjunctions.values())
        used = Counter(literal for literals in conjunctions for literal in literals)
        self._attributes = [
            _AttributeWriter(number, name, [literal for literal in used if literal.test.attribute == name])
            for number, name in enumerate(dict.fromkeys(literal.test.attribute for literal in used))
        ]
        conditions = {
            literal: condition for attribute in self._attributes for literal, condition in attribute.conditions.items()
        }
        # The engine crashes on deleting a state that never fired: one rule is there for that alone.
        definition = [f'"{_WARM_UP}": {{"all": [{{"m": {{"$and": [{{"{_MARKER}": 1}}, {{"{_WARM_UP}": 1}}]}}}}]}}']
        for number, literals in enumerate(conjunctions):
            # Shared conditions first, so that the engine's tree branches late.
            ordered = sorted(literals, key=lambda literal: (-used[literal], conditions[literal]))
            parts = ", ".join([f'{{"{_MARKER}": 1}}', *(f"{{{conditions[literal]}}}" for literal in ordered)])
            definition.append(f'"{number}": {{"all": [{{"m": {{"$and": [{parts}]}}}}]}}')
        self._handle = durable_rules_engine.create_ruleset(f"p{next(_names)}", "{" + ", ".join(definition) + "}")
        self._has_fired = False

    def match(self, facts: Facts, fired: set[str]) -> None:
        """Add the ids of the rules that fire."""
        parts = [_HEAD]
        for attribute in self._attributes:
            value = facts.get(attribute.name)
            parts.append(attribute.absent if value is None else attribute.write(value))
        parts.append("}")
        for name in self._fire("".join(parts)):
            fired.update(self._rules[int(name)])

    def close(self) -> None:
        if not self._has_fired:
            list(self._fire(f'{_HEAD},"{_WARM_UP}":1}}'))
        durable_rules_engine.delete_state(self._handle, "d")
        durable_rules_engine.delete_ruleset(self._handle)

    def _fire(self, fact: str) -> Iterator[str]:
        """Assert a fact, yield the name of each rule that it fires, retract it."""
        handle = self._handle
        code, state = durable_rules_engine.assert_fact(handle, fact)
        if code not in (0, 1):  # 1: no rule takes it
            raise OutsideEnvelope(f"движок ответил кодом {code}")
        if code == 0:
            action = durable_rules_engine.start_action_for_state(handle, state)
            message = action[1] if action else None
            while message:
                self._has_fired = True
                yield message[2 : message.index('"', 2)]
                message = durable_rules_engine.complete_and_start_action(handle, state)
        durable_rules_engine.retract_fact(handle, fact)


class _AttributeWriter:
    """Writes what the engine must know of one attribute's value, remembered by value."""

    def __init__(self, number: int, name: str, literals: Sequence[Literal]) -> None:
        self.name = name
        self._code_key = f"a{number}"
        plain = [literal for literal in literals if is_plain(literal)]
        operands = dict.fromkeys(literal.test.operand for literal in plain)
        self._codes = {operand: code for code, operand in enumerate(operands, start=1)}
        self._flags = {literal: f"a{number}f{n}" for n, literal in enumerate(literals) if not is_plain(literal)}
        self.conditions = {literal: f'"{self._code_key}": {self._codes[literal.test.operand]}' for literal in plain} | {
            literal: f'"{flag}": 1' for literal, flag in self._flags.items()
        }
        """The engine's condition for each literal."""
        self._remembered: dict[tuple[type, Value], str] = {}
        self.absent = self._compute(None)

    def write(self, value: Value) -> str:
        """Return a piece of the fact's JSON."""
        key = (type(value), value)
        piece = self._remembered.get(key)
        if piece is None:
            piece = self._compute(value)
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[key] = piece
        return piece

    def _compute(self, value: Value | None) -> str:
        pieces = [
            f',"{flag}":1'
            for literal, flag in self._flags.items()
            if passes(literal.test, value) is not literal.negated
        ]
        code = None if value is None else self._codes.get(value)
        return "".join(pieces) if code is None else f',"{self._code_key}":{code}' + "".join(pieces)


def _named(key: tuple[Value | None, ...]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in zip(SHARDED_BY, key, strict=True) if value) or "без типа"
