"""Small policies for tests: a folder with a header, a dictionary and an organisation, and the rules that a test gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import dedent

from poruchik.engine.decide import Decider
from poruchik.model.decision import Decision
from poruchik.model.document import Document, SystemKind, Value
from poruchik.policy.load import Loaded, load_policy
from poruchik.workcalendar.calendar import WorkCalendar

HEADER = """
политика: проба
название: Проба
часовой пояс: Asia/Yekaterinburg
акты: [{акт: акт, название: Акт}]
эскалация по умолчанию: [{когда: "просрочено, каждый рабочий день", кому: {сотрудник: Петров П. П.}}]
"""
DICTIONARY = """
атрибуты:
  - {атрибут: тип, тип: строка, значения: [входящий, внутренний], суть: тип}
  - {атрибут: вид, тип: строка, значения: [обращение, письмо, запрос], суть: вид}
  - {атрибут: канал, тип: строка, значения: [почта, email, сайт], суть: канал}
  - {атрибут: листов, тип: число, суть: листов}
  - {атрибут: срочно, тип: да-нет, суть: срочно}
  - {атрибут: предел, тип: дата, суть: срок вышестоящего}
  - {атрибут: текст, тип: текст, суть: текст}
  - {атрибут: метки, тип: список, суть: метки}
  - {атрибут: класс, тип: строка, значения: [а, б], вычисляемый: да, суть: класс}
  - {атрибут: признак, тип: да-нет, вычисляемый: да, суть: признак}
не бывает:
  - {условие: {вид: письмо, канал: сайт}, почему: письма с сайта не приходят}
"""
ORGANIZATION = """
подразделения:
  - {подразделение: руководство, начальник: Минина М. М.}
  - {подразделение: отдел, начальник: Котова К. К., вышестоящее: руководство}
сотрудники:
  - {сотрудник: Минина М. М., подразделение: руководство, должность: министр}
  - {сотрудник: Котова К. К., подразделение: отдел, должность: начальник}
  - {сотрудник: Петров П. П., подразделение: отдел, должность: специалист}
роли:
  - {роль: контроль, исполняет: Минина М. М.}
"""
CALENDAR = WorkCalendar()


def write_policy(folder: Path, rules: str, **files: str) -> Path:
    """Write a folder of policies; `files` replace the header, the dictionary or the organisation."""
    texts = {"politika": HEADER, "atributy": DICTIONARY, "organizaciya": ORGANIZATION, "pravila": dedent(rules)} | files
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def load_rules(folder: Path, rules: str, **files: str) -> Loaded:
    """Write and load a policy."""
    return load_policy(write_policy(folder, rules, **files))


def decider(folder: Path, rules: str, **files: str) -> Decider:
    """Return a decider; a policy with errors fails the test with its messages."""
    loaded = load_rules(folder, rules, **files)
    assert not loaded.problems.errors, "\n".join(map(str, loaded.problems))
    assert loaded.policy is not None
    return Decider.build(loaded.policy, CALENDAR)


def document(at: str = "2026-11-02T10:00:00+05:00", **facts: Value) -> Document:
    """Return a document registered at a moment."""
    moment = datetime.fromisoformat(at)
    return Document("sed", SystemKind.SED, "1", moment, facts, reg_number="1", received_at=moment)


def fired(decision: Decision) -> set[str]:
    """Return the ids of the rules that fired and were not defeated."""
    return {rule.rule for rule in decision.fired}
