"""Co-executors: each person once, and never the lead, whatever roles he has on that day."""

from __future__ import annotations

from pathlib import Path

import pytest

from poruchik.control.opening import Opening
from poruchik.engine.trace import story
from support.policies import CALENDAR, ORGANIZATION, decider, document

PEOPLE = (
    ORGANIZATION
    + """
  - {роль: юрист, исполняет: Петров П. П.}
  - {роль: связист, исполняет: Петров П. П.}
"""
)


@pytest.mark.parametrize(
    ("lead", "named", "told"),
    [
        ("Котова К. К.", ["Петров П. П."], "отклонено: роль: связист: это же соисполнитель"),
        ("Петров П. П.", [], "отклонено: роль: юрист: это же ответственный"),
    ],
)
def test_one_person_in_two_roles_is_one_co_executor(tmp_path: Path, lead: str, named: list[str], told: str) -> None:
    rules = f"""
        правила:
          - правило: п
            основание: {{акт: акт, пункт: "1"}}
            суть: Ответить.
            если: {{вид: запрос}}
            то:
              ответственный: {{сотрудник: {lead}}}
              срок: {{длительность: 10 дней}}
              соисполнители: [{{роль: юрист}}, {{роль: связист}}]
    """
    made = decider(tmp_path / "p", rules, organizaciya=PEOPLE).decide(document(вид="запрос"))
    (order,) = made.orders
    assert [one.assignee.person for one in order.co_executors] == named
    keys = [item.key for item in Opening(CALENDAR, made.document.registered_at).items(made)]
    assert len(set(keys)) == len(keys) == 1 + len(named)
    assert told in "\n".join(story(made))
