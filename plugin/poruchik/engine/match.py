"""The protocol of matching, and the choice of the matcher."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from poruchik.engine.compile import CompiledPolicy
from poruchik.engine.envelope import SHARDED_BY
from poruchik.engine.index import IndexMatcher
from poruchik.model.document import Facts
from poruchik.policy.model import Attribute


@dataclass(frozen=True, slots=True)
class Matching:
    """What matches the rules here, for whoever looks after the program."""

    name: str
    why_no_durable: str
    """In Russian; «» where durable-rules runs."""
    taken_over: tuple[str, ...]
    """Why the index has taken parts of the rules over, in Russian."""


class Matcher(Protocol):
    """Finds the rules whose conditions hold. Implementations agree exactly; a property test holds them to it."""

    name: str
    taken_over: list[str]
    """Why this matcher handed shards to the index, if it did."""

    def match(self, stratum: int, facts: Facts) -> frozenset[str]:
        """Return the ids of the rules of one stratum that fire on these facts."""

    def close(self) -> None:
        """Give memory back; the matcher is not used afterwards."""


def why_no_durable() -> str:
    """Return why durable-rules cannot run here, in Russian; «» when it can."""
    if importlib.util.find_spec("durable_rules_engine") is not None:
        return ""
    if sys.version_info >= (3, 13):
        return "durable-rules не собирается для Python 3.13 и новее"
    return "durable-rules не установлен: нужны gcc и заголовки Python (пакеты gcc и python3-dev)"


def try_out(matcher: Matcher, attributes: Mapping[str, Attribute]) -> None:
    """Match a card of every type and kind, so that what the engine cannot carry shows in `taken_over`."""
    kinds = [attributes[name].values or ("",) if name in attributes else ("",) for name in SHARDED_BY]
    for values in product(*kinds):
        matcher.match(0, dict(zip(SHARDED_BY, values, strict=True)))


def build_matcher(compiled: CompiledPolicy) -> Matcher:
    """Return the matcher that runs here: durable-rules where it can be imported, the bitset index elsewhere."""
    if why_no_durable():
        return IndexMatcher(compiled)
    from poruchik.engine.durable import DurableMatcher  # noqa: PLC0415 — needs the C module

    return DurableMatcher(compiled)
