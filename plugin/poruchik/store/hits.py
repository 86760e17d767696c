"""How often each rule fired and was set aside, by version of the policy: counted when a decision is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from poruchik.model.decision import Decision
from poruchik.store.insert import insert_new
from poruchik.store.tables import rule_hits

_EVERY = ""
"""The name under which the decisions themselves are counted."""
_GROW = (
    update(rule_hits)
    .where(rule_hits.c.policy_version == bindparam("b_version"), rule_hits.c.rule == bindparam("b_rule"))
    .values(
        fired=rule_hits.c.fired + bindparam("b_fired"),
        defeated=rule_hits.c.defeated + bindparam("b_defeated"),
        last_at=bindparam("b_now"),
        last_inbox_id=bindparam("b_last"),
    )
)


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule fired and was set aside by an exception; the document it last did either on."""

    fired: int = 0
    defeated: int = 0
    last_at: datetime | None = None
    last_inbox_id: int = 0


class Hits:
    """One row a version and rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Sequence[tuple[int, Decision]], now: datetime) -> None:
        """Count decisions, each with the id of its document in the inbox."""
        fired: Counter[tuple[str, str]] = Counter()
        defeated: Counter[tuple[str, str]] = Counter()
        last: dict[tuple[str, str], int] = {}
        for inbox_id, decision in made:
            version = decision.policy_version
            for rule in (_EVERY, *(one.rule for one in decision.fired)):
                fired[version, rule] += 1
                last[version, rule] = inbox_id
            for one in decision.defeated:
                defeated[version, one.rule] += 1
                last[version, one.rule] = inbox_id
        new = [
            {"policy_version": version, "rule": rule, "fired": 0, "defeated": 0, "last_at": now, "last_inbox_id": one}
            for (version, rule), one in sorted(last.items())  # the same order everywhere: two workers must not block
        ]
        insert_new(self._connection, rule_hits, new, rule_hits.c.rule)
        if last:
            self._connection.execute(
                _GROW,
                [
                    {
                        "b_version": key[0],
                        "b_rule": key[1],
                        "b_fired": fired[key],
                        "b_defeated": defeated[key],
                        "b_now": now,
                        "b_last": inbox_id,
                    }
                    for key, inbox_id in sorted(last.items())
                ],
            )

    def of_version(self, version: str) -> tuple[int, dict[str, RuleHits]]:
        """Return how many decisions a version made, and the hits of its rules; a rule that never fired is absent."""
        query = select(rule_hits).where(rule_hits.c.policy_version == version)
        rows = {
            row["rule"]: RuleHits(row["fired"], row["defeated"], row["last_at"], row["last_inbox_id"])
            for row in self._connection.execute(query).mappings()
        }
        return rows.pop(_EVERY, RuleHits()).fired, rows

    def versions(self) -> list[tuple[str, int, datetime]]:
        """Return every version that decided something: how many documents, and when last; the newest first."""
        query = (
            select(rule_hits.c.policy_version, rule_hits.c.fired, rule_hits.c.last_at)
            .where(rule_hits.c.rule == _EVERY)
            .order_by(rule_hits.c.last_at.desc())
        )
        return [(version, fired, last_at) for version, fired, last_at in self._connection.execute(query)]
