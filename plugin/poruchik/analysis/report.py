"""What the analysis found, as messages to the author of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from poruchik.analysis.findings import (
    MAX_CONFLICTS,
    ConflictSearch,
    FoundConflict,
    FoundGap,
    FoundIdle,
    Idleness,
    gaps,
    idle_rules,
)
from poruchik.analysis.hearing import Silence, silences
from poruchik.analysis.prover import Card, Prover
from poruchik.analysis.space import OBLIGATORY, REGISTERED_ON, SYSTEM
from poruchik.engine.compile import CompiledPolicy, compile_policy
from poruchik.engine.envelope import uncarried
from poruchik.errors import CalendarError
from poruchik.model.order import citation
from poruchik.policy.model import NOWHERE, Rule, Term
from poruchik.policy.problems import Problems
from poruchik.policy.slots import told
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due

_NOON = time(12)


def examine(policy: Policy, calendar: WorkCalendar, day: date, problems: Problems) -> None:
    """Note circles, conflicts, idle rules, gaps, terms beyond the calendar, and what durable-rules cannot carry.

    `day` is today: witnesses are registered on it where the rules allow, and terms are tried from it.
    """
    compiled = compile_policy(policy, problems)
    if compiled is None:
        return
    prover = Prover(compiled, calendar, day)
    search = ConflictSearch(prover)
    for found in search.conflicts():
        _conflict(found, problems)
    if search.cut_short:
        problems.warning(
            problems.found[-1].position,
            "споры-не-все",
            f"споров больше {MAX_CONFLICTS}, остальные не искали",
            remedy="разберите первые: у многих споров одна причина",
        )
    for idle in idle_rules(prover):
        _idle(idle, problems)
    _gaps(list(gaps(prover)), policy, problems)
    for silence in silences(prover, day):
        _silence(silence, problems)
    _calendar(policy, calendar, day, problems)
    _engine(compiled, problems)


def _conflict(found: FoundConflict, problems: Problems) -> None:
    one, other = found.rules
    what = f"{found.slot}: {_side(one, found.values[0])}, а {_side(other, found.values[1])}"
    on = f"на карточке {card_text(found.card)} сработают оба"
    if found.settled:
        problems.note(one.position, "спорно", what, why=f"{on}; так задумано («спорно с»), решит человек")
        return
    problems.error(
        one.position,
        "спор",
        what,
        why=f"{on}, и документ уйдёт на ручной разбор",
        remedy=f"если одно из них исключение, напишите ему «вместо: {other.id}» (или «вместо: {one.id}»), "
        "иначе сузьте условия; если решать человеку — «спорно с»",
    )


def _silence(found: Silence, problems: Problems) -> None:
    """A delay of which nobody hears is an error: such an order may be late for years."""
    order = f"поручение «{found.order}» правила «{found.rule.id}»" if found.order else f"правило «{found.rule.id}»"
    if found.card is not None:
        problems.error(
            found.rule.position,
            "тишина",
            f"{order}: о просрочке через месяц не услышит никто",
            why=f"на карточке {card_text(found.card)} ни одна ступень не повторяется",
            remedy="впишите в politika.yaml «эскалация по умолчанию» или правилу — "
            "{когда: 'просрочено, каждый рабочий день', кому: контролёр}",
        )
        return
    assert found.day is not None  # a silence is of a card or of a day
    problems.error(
        found.rule.position,
        "тишина",
        f"{order}: ступень есть, но {found.day:%d.%m.%Y} её некому услышать",
        why="; ".join(found.path),
        remedy="назначьте замещающего или впишите в «ждёт человека» администратора",
    )


def _side(rule: Rule, value: str) -> str:
    return f"правило «{rule.id}» ({citation(rule.act, rule.clause)}) → {value}"


def card_text(card: Card) -> str:
    """Return a card as an author writes it in a case; the day of registration and the system always."""
    registered = card[REGISTERED_ON]
    assert isinstance(registered, datetime)
    entries = [f"{name}: {told(value)}" for name, value in card.items() if name not in OBLIGATORY]
    entries += [f"{REGISTERED_ON}: {registered:%Y-%m-%d}", f"{SYSTEM}: {card[SYSTEM]}"]
    return f"{{{', '.join(entries)}}}"


_WHY_IDLE = {
    Idleness.CONTRADICTION: "его условия исключают друг друга",
    Idleness.IMPOSSIBLE: "карточки с такими условиями названы в «не бывает»",
    Idleness.NOT_DERIVED: "признака с нужным значением не ставит ни одно правило, которое сработало бы вместе с ним",
}


def _idle(found: FoundIdle, problems: Problems) -> None:
    rule = found.rule
    if found.why is Idleness.DEFEATED:
        by = ", ".join(f"«{name}»" for name in found.by)
        problems.warning(
            rule.position,
            "заслонено",
            f"правило «{rule.id}» никогда не действует",
            why=f"на каждой карточке, где оно подходит, вместо него работает {by}",
            remedy="сузьте исключение или отмените правило: «статус: отменена»",
        )
        return
    problems.warning(
        rule.position,
        "мёртвое",
        f"правило «{rule.id}» не сработает ни на одной карточке",
        why=_WHY_IDLE[found.why],
        remedy="исправьте условия или отмените правило: «статус: отменена»",
    )


def _gaps(found: list[FoundGap], policy: Policy, problems: Problems) -> None:
    """Note the gaps, one warning a type."""
    by_type: dict[str, list[str]] = {}
    for gap in found:
        head, *rest = gap.combination
        by_type.setdefault(head if rest else "", []).append((rest or [head])[0])
    for name, kinds in by_type.items():
        attribute = policy.attributes.get("вид") or policy.attributes.get("тип")
        of_type = f"тип «{name}», " if name else ""
        problems.warning(
            attribute.position if attribute else NOWHERE,
            "пробел",
            f"{of_type}{'вид' if name or 'вид' in policy.attributes else 'тип'} {_listed(kinds)}: никому не поручается",
            why="ни одно правило не назовёт ответственного, каждый такой документ уйдёт на ручной разбор",
            remedy="допишите правило, а если таких карточек нет — строку в «не бывает»",
        )


def _listed(names: list[str], limit: int = 8) -> str:
    shown = ", ".join(f"«{name}»" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} и ещё {len(names) - limit}"


def _calendar(policy: Policy, calendar: WorkCalendar, day: date, problems: Problems) -> None:
    """Note, once a year, that a term from today on counts on a year whose days off are not decreed yet."""
    start = datetime.combine(day, _NOON, calendar.zone)
    told_of: set[int] = set()
    for rule, term in _terms(policy):
        value = policy.parameters[term.parameter].on(day) if term.parameter in policy.parameters else None
        duration = term.duration or (value.duration if value else None)
        if duration is None or rule.status is Status.REPEALED or not rule.period.covers(day):
            continue
        try:
            counted = due(calendar, start, duration, term.roll or rule.default_roll)
        except CalendarError as error:
            problems.warning(term.position, "календарь", f"срок правила «{rule.id}»: {error.what}", remedy=error.remedy)
            continue
        if not counted.confirmed and counted.due_on.year not in told_of:
            told_of.add(counted.due_on.year)
            problems.warning(
                term.position,
                "календарь",
                f"срок правила «{rule.id}» ({duration}) от {day:%d.%m.%Y} уходит в {counted.due_on.year} год",
                why="календарь этого года ещё не подтверждён, срок будет предварительным",
                remedy=f"добавьте kalendar/{counted.due_on.year}.yaml по акту о переносе выходных",
            )


def _terms(policy: Policy) -> Iterable[tuple[Rule, Term]]:
    for rule in policy.rules:
        for effects in (rule.effects, *rule.effects.further):
            own = [effects.term] if effects.term and not effects.term.none else []
            others = [one.term for one in effects.co_executors if one.term] + [one.term for one in effects.clocks]
            yield from ((rule, term) for term in (*own, *others))


def _engine(compiled: CompiledPolicy, problems: Problems) -> None:
    """Note what durable-rules cannot carry; the index matches it all the same."""
    for name, reason in uncarried(compiled):
        problems.warning(
            compiled.rules[name].position,
            "движок",
            f"{reason}: документы с этим правилом ведёт битовый индекс",
            why="решения те же, но считает их не durable-rules",
            remedy="чтобы вернуть их движку, разделите условие на несколько правил с общим признаком",
        )
