"""What any version stored is read by this one, and what a later one stores is said to be unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from poruchik.control.item import Plan, Progress
from poruchik.model import record, told
from poruchik.model.commands import VERSION, Command, Operation, read_command
from poruchik.model.document import Document, SystemKind
from poruchik.model.exchange import Report
from poruchik.model.record import RecordUnreadable
from poruchik.model.standing import Demands
from poruchik.model.told import decision_json


def payload(text: str) -> Command:
    """Read the content of a command; what it asks for stands beside it in the outbox."""
    _, told = record.read(text, VERSION)
    kind = Operation.NOTICE if "kind" in told else Operation.CREATE if "document_id" in told else Operation.RELEASE
    kind = Operation.EXTEND if "comment" in told and "due_at" in told else kind
    return read_command(kind, "m", "k", text)


def decision(text: str) -> dict[str, Any]:
    return decision_json(told.read(text, CARD))


CARD = Document("sed", SystemKind.SED, "1", datetime.now(UTC), {})
READERS: dict[str, Callable[[str], Any]] = {
    "plan": Plan.read, "progress": Progress.read, "report": Report.read, "card": Document.read,
    "demands": Demands.read, "payload": payload, "decision": decision,
}  # fmt: skip
KEPT: dict[str, list[list[str]]] = json.loads(
    (Path(__file__).parents[2] / "migrations" / "records.json").read_text(encoding="utf-8")
)
"""Kind → records, each as every version stored it, the earliest first."""


@pytest.mark.parametrize("kind", READERS)
def test_every_version_is_read_as_the_same(kind: str) -> None:
    for versions in KEPT[kind]:
        first, *others = map(READERS[kind], versions)
        assert all(one == first for one in others)
        assert [json.loads(one).get("v", 0) for one in versions] == list(range(len(versions)))


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "text", ['{"v":2}', '{"v":99}', '{"v":-1}', '{"v":"1"}', "[]", "null", "1", "{", "", "[" * 100_000]
)
def test_what_is_no_record_of_a_known_version_is_said_to_be_none(kind: str, text: str) -> None:
    with pytest.raises(RecordUnreadable):
        READERS[kind](text)


@pytest.mark.parametrize("kind", ["plan", "progress", "report", "card", "payload"])
def test_what_is_written_now_is_of_the_last_version(kind: str) -> None:
    for versions in KEPT[kind]:
        if versions[0] != "{}":
            assert READERS[kind](versions[-1]).stored() == versions[-1]
