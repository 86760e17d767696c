"""What people said of documents: one value an attribute, whatever the card says, for every revision of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from poruchik.model.document import Value, tagged, untagged
from poruchik.store.tables import corrections

_KEYS: BindParameter[Any] = bindparam("b_keys", expanding=True)
_OF = select(corrections).where(corrections.c.document_key.in_(_KEYS)).order_by(corrections.c.attribute)


@dataclass(frozen=True, slots=True)
class Correction:
    """One attribute of a document as a person names it."""

    attribute: str
    value: Value
    who: str
    at: datetime


class Corrections:
    """At most one of an attribute of a document."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_documents(self, keys: Iterable[str]) -> dict[str, list[Correction]]:
        """Return what was said of each of these documents; one of which nothing was said is absent."""
        found: dict[str, list[Correction]] = {}
        for row in self._connection.execute(_OF, {"b_keys": list(keys)}):
            said = Correction(row.attribute, untagged(json.loads(row.value)), row.who, row.at)
            found.setdefault(row.document_key, []).append(said)
        return found

    def put(self, document_key: str, said: Correction) -> None:
        """Keep what was said in place of what was said of the attribute before."""
        self.withdraw(document_key, said.attribute)
        row = {
            "document_key": document_key,
            "attribute": said.attribute,
            "value": json.dumps(tagged(said.value), ensure_ascii=False),
            "who": said.who,
            "at": said.at,
        }
        self._connection.execute(insert(corrections).values(row))

    def withdraw(self, document_key: str, attribute: str) -> None:
        """Let the card be right again."""
        of_it = corrections.c.document_key == document_key, corrections.c.attribute == attribute
        self._connection.execute(delete(corrections).where(*of_it))


def facts(said: Iterable[Correction]) -> dict[str, Value]:
    """Return what was said as facts."""
    return {one.attribute: one.value for one in said}
