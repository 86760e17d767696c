"""Which rules a rule hangs on: what defeats it, what sets the derived attributes that it reads."""

from __future__ import annotations

from collections.abc import Sequence

from poruchik.engine.compile import CompiledPolicy
from poruchik.model.document import Value
from poruchik.policy.model import tests_of
from poruchik.policy.words import Status


class Dependencies:
    """The graph of the rules that are in force. Without circles: the compiler has seen to that."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        in_force = [rule for rule in compiled.policy.rules if rule.status is Status.IN_FORCE]
        self.number = {rule.id: number for number, rule in enumerate(in_force)}
        """The bit of each rule."""
        place = {rule.id: number for number, rule in enumerate(compiled.policy.rules)}
        self._rules = compiled.rules
        self._defeaters: dict[str, list[str]] = {}
        self._setters: dict[str, list[tuple[str, Value]]] = {}
        for rule in in_force:
            for name in rule.instead:
                self._defeaters.setdefault(name, []).append(rule.id)
        for rule in sorted(in_force, key=lambda one: (compiled.levels[one.id], place[one.id])):
            for name, value in rule.effects.derived.items():
                self._setters.setdefault(name, []).append((rule.id, value))
        self._reads: dict[str, tuple[str, ...]] = {}

    def defeaters(self, rule: str) -> Sequence[str]:
        """Return the rules in force that say `вместо` of this one."""
        return self._defeaters.get(rule, ())

    def setters(self, attribute: str) -> Sequence[tuple[str, Value]]:
        """Return the rules in force that set a derived attribute, each with its value."""
        return self._setters.get(attribute, ())

    def asks(self, rule: str) -> list[str]:
        """Return the attributes that a rule asks for and others derive."""
        read = dict.fromkeys(test.attribute for test in tests_of(self._rules[rule].condition))
        return [name for name in read if name in self._setters]

    def needs(self, rule: str) -> tuple[str, ...]:
        """Return the rules that this one hangs on directly."""
        known = self._reads.get(rule)
        if known is None:
            found = [setter for name in self.asks(rule) for setter, _ in self.setters(name)]
            known = self._reads[rule] = tuple(dict.fromkeys([*self.defeaters(rule), *found]))
        return known

    def cone(self, roots: Sequence[str], inside: int) -> list[str]:
        """Return the roots and all that they hang on among the rules of `inside`, those hung on first."""
        found: dict[str, None] = {}
        stack = [(name, False) for name in roots]
        while stack:
            name, done = stack.pop()
            if done:
                found[name] = None
            elif name not in found:
                stack.append((name, True))
                stack += [
                    (one, False) for one in self.needs(name) if one not in found and inside >> self.number[one] & 1
                ]
        return list(found)
