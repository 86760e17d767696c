"""Finding a card on which rules stand, and proving by the decider itself that they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import islice, product

from poruchik.analysis.cone import Cone, Unsure, write_value
from poruchik.analysis.dependencies import Dependencies
from poruchik.analysis.space import OBLIGATORY, PASSES, REGISTERED_ON, SYSTEM, Key, Region, Space
from poruchik.analysis.together import Together
from poruchik.engine.compile import CompiledPolicy
from poruchik.engine.condition import holds
from poruchik.engine.decide import Decider
from poruchik.engine.fire import Firing
from poruchik.engine.index import IndexMatcher
from poruchik.model.document import Document, SystemKind, Value
from poruchik.policy.lines import NUMBER, OWN, RECEIVED, SIGNED, SOURCES
from poruchik.policy.model import Test
from poruchik.policy.operators import SlowPattern
from poruchik.workcalendar.calendar import WorkCalendar

Card = Mapping[str, Value]
"""The attributes of a card, its own fields among them."""


class Prover:
    """Answers about one policy. What it finds is confirmed by `decide`; what it does not find is not there.

    The second holds where every condition is about closed lists, yes and no, numbers and dates; for texts, lists and
    the operators of plugins a card may exist that is not found.
    """

    def __init__(self, compiled: CompiledPolicy, calendar: WorkCalendar, day: date) -> None:
        self.compiled = compiled
        self.space = Space(compiled, day)
        self.dependencies = Dependencies(compiled)
        self.together = Together(self.space, self.dependencies.number)
        self.decider = Decider(compiled.policy, calendar, compiled, IndexMatcher(compiled))
        self.quick_tries = 4
        """Combinations of conjunctions, and of many rules the first, that are tried before the solver is asked."""
        self.solved = 0
        """Questions that went to the solver."""
        self._base: dict[str, Value] = {name: self.space.first(name) for name in OBLIGATORY}

    def live(self, rules: Sequence[str], region: Region | None = None) -> Card | None:
        """Return a card on which all these rules are live: matched and not defeated. None: there is none.

        Raise Unsure, as the other questions do, when there may be one that cannot be found.
        """
        card = self._quickly(rules, region)
        if card is None:
            self.solved += 1
            found = self._whole.card(rules, region=region)
            card = found if found is None else self._base | found
            assert card is None or self.stands(rules, card), f"the solver and the decider disagree on {rules}"
        return card

    def live_one_of(self, rules: Sequence[str], region: Region) -> Card | None:
        """Return a card in the region on which at least one of these rules is live: one question about all of them."""
        for name in rules[: self.quick_tries]:
            card = self._quickly([name], region)
            if card is not None:
                return card
        if not rules:
            return None
        self.solved += 1
        found = self._whole.card((), region=region, one_of=rules)
        card = found if found is None else self._base | found
        assert card is None or not self._live_on(card).isdisjoint(rules), "the solver and the decider disagree"
        return card

    def live_without(self, rule: str, without: Sequence[str], *, one_of: Sequence[str] = ()) -> Card | None:
        """Return a card on which a rule is live and none of the others, and one of `one_of` where some are named."""
        self.solved += 1
        found = self._whole.card([rule], one_of=one_of, without=without)
        card = found if found is None else self._base | found
        live = self._live_on(card) if card is not None else set()
        assert card is None or (rule in live and live.isdisjoint(without)), (
            f"the solver and the decider disagree: {rule}"
        )
        return card

    def matched(self, rule: str, *, any_card: bool = False) -> Card | None:
        """Return a card whose attributes, derived ones too, satisfy a rule's condition, be it defeated or not.

        With `any_card` also one that cannot occur.
        """
        found = self._cone([rule], None).card((), [rule], any_card=any_card)
        return found if found is None else self._base | found

    def occurs(self, region: Region) -> Card | None:
        """Return a card in the region that can occur."""
        found = self._cone((), region).card((), region=region)
        return found if found is None else self._base | found

    def smallest(self, card: Card, keeps: Callable[[Card], bool]) -> Card:
        """Return the card without the attributes that can be left out while `keeps` still holds."""
        smaller = dict(card)
        for name in sorted(card):
            if name in OBLIGATORY:
                continue
            without = {key: value for key, value in smaller.items() if key != name}
            if keeps(without):
                smaller = without
        place = {name: number for number, name in enumerate(self.compiled.policy.attributes)}
        return dict(sorted(smaller.items(), key=lambda item: place.get(item[0], 0)))

    def stands(self, rules: Sequence[str], card: Card) -> bool:
        """Tell whether the card can occur and these rules are live on it, by the decider itself."""
        return self._live_on(card).issuperset(rules)

    def _live_on(self, card: Card) -> set[str]:
        """Return the rules that are live on a card; none where it cannot occur."""
        if any(holds(one.condition, card) for one in self.compiled.policy.impossible):
            return set()
        try:
            return {rule.id for rule in self.fire(card).live}
        except SlowPattern:
            raise Unsure from None

    def fire(self, card: Card) -> Firing:
        """Return what the decider's rules do on a card."""
        registered = card[REGISTERED_ON]
        assert isinstance(registered, datetime)
        return self.decider.fire(card, registered.date())

    def document(self, card: Card) -> Document:
        """Return the card as a document."""
        system, registered = SystemKind(str(card[SYSTEM])), card[REGISTERED_ON]
        assert isinstance(registered, datetime)
        return Document(
            source=SOURCES[system],
            system=system,
            external_id=str(card.get(NUMBER, "пример")),
            registered_at=registered,
            attributes={name: value for name, value in card.items() if name not in OWN},
            reg_number=str(card.get(NUMBER, "")),
            received_at=_moment(card.get(RECEIVED)),
            signed_at=_moment(card.get(SIGNED)),
        )

    @cached_property
    def _whole(self) -> Cone:
        """All rules in force in one: most questions are about two of them, and building it costs more than asking."""
        everything = (1 << len(self.dependencies.number)) - 1
        cone = Cone(self.space, self.dependencies, list(self.dependencies.number), everything)
        return cone.tells_apart(self._single())

    def _single(self) -> Iterator[Region]:
        """Yield every value of the closed lists by itself: gaps are looked for between them."""
        for name, attribute in self.compiled.policy.attributes.items():
            if attribute.values and self.space.has(name):
                for number in range(len(self.space.dimension(name).samples)):
                    yield {name: 1 << number}

    def _cone(self, rules: Sequence[str], region: Region | None) -> Cone:
        self.solved += 1
        inside = self.together.within(region or {})
        for name in rules:
            inside &= self.together.with_rule(name)
        return Cone(self.space, self.dependencies, rules, inside).tells_apart([region] if region else [])

    def _quickly(self, rules: Sequence[str], region: Region | None) -> Card | None:
        """Lay conjunctions of the rules over each other and try the first card that they leave."""
        for chosen in islice(product(*(self.space.regions[name] for name in rules)), self.quick_tries):
            facts = self._first_card([*chosen, *([region] if region else [])])
            if facts is not None and self.stands(rules, self._base | facts):
                return self._base | facts
        return None

    def _first_card(self, regions: Sequence[Region]) -> dict[str, Value] | None:
        joined: dict[Key, int] = {}
        for region in regions:
            for key, mask in region.items():
                joined[key] = joined.get(key, mask) & mask
        if not all(joined.values()):
            return None
        facts: dict[str, Value] = {}
        for key, mask in joined.items():
            if isinstance(key, str) and not self.space.is_derived(key):
                value = self.space.dimension(key).samples[(mask & -mask).bit_length() - 1]
                if value is not None:
                    facts[key] = value
        for name, wanted in _texts(joined):
            value = write_value(wanted, self.space.type_of(name))
            if value is not None:
                facts[name] = value
        return facts


def _texts(region: Region) -> Iterator[tuple[str, dict[Test, bool]]]:
    by_attribute: dict[str, dict[Test, bool]] = {}
    for key, mask in region.items():
        if isinstance(key, Test):
            by_attribute.setdefault(key.attribute, {})[key] = mask == PASSES
    yield from by_attribute.items()


def _moment(value: Value | None) -> datetime | None:
    return value if isinstance(value, datetime) else None
