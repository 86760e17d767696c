"""What durable-rules can carry: the limits that its compiler keeps, known without the engine itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from poruchik.engine.compile import CompiledPolicy, Literal
from poruchik.policy.model import EQUAL

SHARDED_BY = ("тип", "вид")
"""The attributes by which rulesets are divided."""
MAX_CLAUSES = 400
"""Of one ruleset: the limit of durable-rules is 511 children of one node, and all may be children of the marker."""
MAX_KEYS = 240
"""Of one fact: the limit is 250, and the marker, `id` and `sid` are keys too."""

Conjunctions = Mapping[frozenset[Literal], Sequence[str]]
"""The rules that fire on each conjunction."""


class OutsideEnvelope(Exception):
    """A ruleset that durable-rules cannot carry; the text says why."""


def uncarried(compiled: CompiledPolicy) -> Iterator[tuple[str, str]]:
    """Yield each rule that durable-rules cannot carry, with the reason; its documents go to the index."""
    for name, conjunctions in compiled.conjunctions.items():
        largest = max((len(_keys(one)) for one in conjunctions), default=0)
        if largest > MAX_KEYS:
            yield name, _too_many(name, largest)


def chunks(rules_of: Conjunctions) -> Iterator[dict[frozenset[Literal], Sequence[str]]]:
    """Split conjunctions so that each part stays inside the engine's limits."""
    chunk: dict[frozenset[Literal], Sequence[str]] = {}
    keys: set[str | Literal] = set()
    for literals, rules in rules_of.items():
        own = _keys(literals)
        if len(own) > MAX_KEYS:
            raise OutsideEnvelope(_too_many(rules[0], len(own)))
        if chunk and (len(chunk) == MAX_CLAUSES or len(keys | own) > MAX_KEYS):
            yield chunk
            chunk, keys = {}, set()
        chunk[literals] = rules
        keys |= own
    if chunk:
        yield chunk


def is_plain(literal: Literal) -> bool:
    """Tell whether a literal becomes a number that the engine compares, and not a flag computed before it."""
    # A day and a moment can be equal without being the same value, so dates go by flags.
    return literal.test.operator == EQUAL and not literal.negated and not isinstance(literal.test.operand, date)


def _keys(literals: frozenset[Literal]) -> set[str | Literal]:
    """Return what stands for each literal in a fact: the attribute for «=», else the literal itself."""
    left = (literal for literal in literals if literal.test.attribute not in SHARDED_BY)
    return {literal.test.attribute if is_plain(literal) else literal for literal in left}


def _too_many(rule: str, count: int) -> str:
    return f"в условии правила «{rule}» {count} проверок, движок вмещает {MAX_KEYS}"
