"""What people do with an order, by a seed: most accept and report in time, some refuse, ask for time, or do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from poruchik.model.exchange import ChangeKind, Report
from poruchik.model.order import plain_key

_OPENS, _CLOSES = 9, 18
_HALF_HOUR = timedelta(minutes=30)
_SHARES = {
    "in time": 55,
    "late": 12,
    "extended": 8,
    "refused": 6,
    "incomplete report": 6,
    "returned report": 4,
    "reassigned": 4,
    "cancelled": 3,
    "forgotten": 2,
}
"""Of a hundred orders, how many go which way."""
_TO = "Карпова Е. Е."
_DECIDES = "Соколова М. Г."


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody does at a moment. An empty `by` is the lead executor of that moment."""

    at: datetime
    kind: ChangeKind
    by: str = ""
    comment: str = ""
    lead: str = ""
    due_at: datetime | None = None
    report: Report | None = None


def deeds(seed: int, key: str, registered: datetime, due_at: datetime | None) -> Iterator[Deed]:
    """Yield what happens to an order of that key, at half hours while the office is open, one thing after another.

    It depends on the document and the rule, not on the version of the policy, so the same seed gives the same year.
    """
    last: datetime | None = None
    for deed in _deeds(seed, key, registered, due_at):
        last = deed.at if last is None or deed.at > last else _open(last + _HALF_HOUR)
        yield replace(deed, at=last)


def _open(moment: datetime) -> datetime:
    """Return a moment, or the next at which the office is open."""
    if moment.hour < _OPENS:
        return moment.replace(hour=_OPENS)
    return moment if moment.hour < _CLOSES else moment.replace(hour=_OPENS) + timedelta(days=1)


def _deeds(seed: int, key: str, registered: datetime, due_at: datetime | None) -> Iterator[Deed]:
    whose, number = plain_key(key).rsplit("/", 1)
    random = Random(f"{seed}/{whose}/{number}")  # noqa: S311 — a simulation
    due_at = due_at or registered + timedelta(days=10)
    (way,) = random.choices(list(_SHARES), list(_SHARES.values()))
    early = random.uniform(0.4, 0.9)
    answered = (registered + (due_at - registered) * early).date()
    complete = Report("почта", answered, "разъяснено", ("расписка", "согласие"))

    def at(share: float, *, days: float = 0.0) -> datetime:
        after = max((due_at - registered) * share, _HALF_HOUR) + timedelta(days=days)
        return _open(registered + _HALF_HOUR * int(after / _HALF_HOUR))

    if way == "cancelled":
        yield Deed(at(random.uniform(0.1, 0.9)), ChangeKind.CANCELLED, comment="Вопрос снят заявителем.")
        return
    if way == "forgotten":
        yield Deed(at(1, days=random.uniform(5, 30)), ChangeKind.RELEASED)
        return
    yield Deed(at(0.02), ChangeKind.DELIVERED)
    if way == "refused":
        yield Deed(at(0.06), ChangeKind.REFUSED, comment="Не наш вопрос.")
    if way == "reassigned":
        yield Deed(at(0.1), ChangeKind.REASSIGNED, by="начальник", lead=_TO)
    if random.random() < 0.85:
        yield Deed(at(0.12), ChangeKind.ACCEPTED)
    last = at(1, days=random.uniform(0.5, 8)) if way == "late" else at(early)
    if way == "extended":
        later = due_at + timedelta(days=random.randrange(5, 25))
        if later.day % 2:  # as a system writes it that keeps dates
            later = later.replace(hour=0, minute=0)
        yield Deed(at(0.5), ChangeKind.TERM_ASKED, due_at=later, comment="Ждём сведений от другого ведомства.")
        yield Deed(at(0.55), ChangeKind.EXTENDED, by=_DECIDES, due_at=later)
        last = at(1, days=3)
    if way == "incomplete report":
        yield Deed(at(early * 0.8), ChangeKind.REPORTED, report=Report("почта"))
    if way == "returned report":
        yield Deed(at(early * 0.6), ChangeKind.REPORTED, report=complete)
        yield Deed(at(early * 0.6, days=1), ChangeKind.RETURNED, by="контролёр", comment="Ответ не по существу.")
        last = max(last, at(early * 0.6, days=2))
    yield Deed(last, ChangeKind.REPORTED, report=complete)
    yield Deed(last + timedelta(days=1), ChangeKind.RELEASED, by="контролёр")
