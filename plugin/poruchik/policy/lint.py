"""What only shows when the whole policy is read: names that lead nowhere, sources that are missing or unsure."""

from __future__ import annotations

from collections.abc import Iterator

from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Organization
from poruchik.policy.model import Effects, Parameter, Rule, Term
from poruchik.policy.problems import Position, Problems, suggest
from poruchik.policy.whole import Policy
from poruchik.policy.words import EVENT_ATTRIBUTES, Confidence, Event


def lint(policy: Policy, problems: Problems) -> None:
    """Note every cross-reference of the policy that does not hold."""
    known = {rule.id for rule in policy.rules}
    for rule in policy.rules:
        _names(rule, known, problems)
        _basis(rule, policy, problems)
        for effects in (rule.effects, *rule.effects.further):
            _people(rule, effects, policy, problems)
            _terms(rule, effects, policy, problems)
    for parameter in policy.parameters.values():
        _sources(parameter, problems)
    for step in policy.default_escalations:
        _known(step.to, "«эскалация по умолчанию»", policy.defaults_at, policy.organization, problems)
    triage = policy.triage
    for ref in (triage.to, triage.above, triage.administrator):
        if ref:
            _known(ref, "«ждёт человека»", triage.position, policy.organization, problems)


def _names(rule: Rule, known: set[str], problems: Problems) -> None:
    for word, names in (("вместо", rule.instead), ("спорно с", rule.disputed_with)):
        for name in names:
            if (name not in known and not problems.blind and name not in problems.unread) or name == rule.id:
                problems.error(
                    rule.at(name),
                    "неизвестное-правило",
                    f"«{word}» правила «{rule.id}»: правила «{name}» нет"
                    if name != rule.id
                    else f"«{word}» правила «{rule.id}» называет его само",
                    remedy=suggest(name, known - {rule.id}),
                )


def _basis(rule: Rule, policy: Policy, problems: Problems) -> None:
    stops = [one.suspension for one in (rule.effects, *rule.effects.further) if one.suspension]
    cited = [("основание", rule.act), *(("основание приостановки", one.act) for one in stops)]
    for what, act in cited if policy.acts else ():
        if act not in policy.acts:
            problems.error(
                rule.at(act),
                "неизвестный-акт",
                f"{what} правила «{rule.id}»: акта «{act}» нет в «акты» пакета",
                remedy=suggest(act, policy.acts) or "впишите акт в politika.yaml",
            )


def _people(rule: Rule, effects: Effects, policy: Policy, problems: Problems) -> None:
    for ref in _references(effects):
        _known(ref, f"правило «{rule.id}»", rule.at(str(ref)), policy.organization, problems)
    # A further order may be led by whoever leads the document's own, or has reported on it.
    for own in (effects.lead, effects.controller) if effects is rule.effects else (effects.controller,):
        if own and own.kind in (RefKind.LEAD, RefKind.CONTROLLER):
            problems.error(
                rule.at(str(own)),
                "человек",
                f"правило «{rule.id}»: «{own}» ссылается сам на себя",
                remedy="назовите роль, подразделение или сотрудника",
            )


def _known(ref: PersonRef, who: str, position: Position, organization: Organization, problems: Problems) -> None:
    """Note a role, a unit or a person that the organisation does not have."""
    found, candidates = True, []
    if ref.kind is RefKind.ROLE:
        found, candidates = organization.role(ref.name) is not None, [role.name for role in organization.roles]
    elif ref.kind is RefKind.UNIT:
        found, candidates = organization.unit(ref.name) is not None, [unit.name for unit in organization.units]
    elif ref.kind is RefKind.PERSON:
        found = organization.employee(ref.name) is not None
        candidates = [person.name for person in organization.employees]
    if not found:
        problems.error(
            position,
            "неизвестный-человек",
            f"{who}: в организации нет «{ref}»",
            remedy=suggest(ref.name, candidates) or "добавьте в organizaciya.yaml",
        )


def _references(effects: Effects) -> Iterator[PersonRef]:
    named = (effects.lead, effects.controller, effects.overseer, effects.refusal_to, *effects.notify)
    yield from (ref for ref in named if ref)
    yield from (co_executor.ref for co_executor in effects.co_executors)
    yield from (step.to for step in effects.escalations)
    yield from (step.to for co_executor in effects.co_executors for step in co_executor.escalations)
    if effects.extension and effects.extension.decides:
        yield effects.extension.decides


def _terms(rule: Rule, effects: Effects, policy: Policy, problems: Problems) -> None:
    own = [effects.term] if effects.term else []
    others = [co.term for co in effects.co_executors if co.term] + [clock.term for clock in effects.clocks]
    for term in (*own, *others):
        _parameter_term(rule, term, policy, problems)
    if not effects.every:
        for term in (*own, *others):
            if term.event is Event.PERIOD_END or _by_period(term, policy):
                problems.error(
                    term.position,
                    "событие",
                    f"срок правила «{rule.id}» идёт от конца периода, а поручение не повторяется",
                    remedy="допишите поручению «повторять» или назовите другое событие",
                )
    for term in own if effects is rule.effects else []:
        if term.event is Event.PREVIOUS_TERM:
            problems.error(
                term.position,
                "событие",
                f"срок правила «{rule.id}» не может идти от предыдущего: он первый",
                remedy="назовите событие: " + ", ".join(event for event in Event if event is not term.event),
            )


def _by_period(term: Term, policy: Policy) -> bool:
    parameter = policy.parameters.get(term.parameter)
    if term.event or parameter is None:
        return False
    return any(one.event is Event.PERIOD_END for one in parameter.values)


def _parameter_term(rule: Rule, term: Term, policy: Policy, problems: Problems) -> None:
    parameter = policy.parameters.get(term.parameter)
    events = {term.event, *(value.event for value in parameter.values)} if parameter else {term.event}
    for event, attribute in EVENT_ATTRIBUTES.items():
        if event in events and attribute not in policy.attributes:
            problems.error(
                term.position,
                "событие",
                f"срок правила «{rule.id}» идёт от {event.value}, а атрибута «{attribute}» в словаре нет",
                remedy=f"объявите его: {{атрибут: {attribute}, тип: дата}}",
            )
    if parameter and parameter.values and not any(value.duration for value in parameter.values):
        problems.error(
            term.position,
            "параметр",
            f"правило «{rule.id}»: параметр «{parameter.id}» — не срок",
            remedy="назовите параметр с ключом «длительность»",
        )


def _sources(parameter: Parameter, problems: Problems) -> None:
    if parameter.to_fill and not parameter.values:
        problems.warning(
            parameter.position,
            "заполнить",
            f"параметр «{parameter.id}» не заполнен: {parameter.to_fill}",
            why="пока значения нет, документы, чей срок от него зависит, решает человек",
            remedy="впишите «значения» с актом и датой",
        )
    elif not parameter.values:
        problems.error(
            parameter.position,
            "параметр",
            f"у параметра «{parameter.id}» нет значений",
            remedy="впишите значение",
        )
    for value in parameter.values:
        if not value.act:
            problems.warning(
                parameter.position,
                "без-источника",
                f"параметр «{parameter.id}», значение с {value.since:%d.%m.%Y}: не назван акт",
                remedy="впишите «акт» и «пункт»",
            )
        if value.confidence is not Confidence.HIGH:
            problems.warning(
                parameter.position,
                "уверенность",
                f"параметр «{parameter.id}», значение с {value.since:%d.%m.%Y}: уверенность "
                f"{value.confidence.value if value.confidence else 'не указана'}",
                remedy="сверьте с текстом акта и отметьте «уверенность: высокая»",
            )
