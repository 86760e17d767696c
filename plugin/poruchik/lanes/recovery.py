"""Recovery: a database that was put back catches up with a system before anything of it is told or done by people.

First documents are read and decided, and what is to be sent is looked up in the system; when every order is here again,
what people did with it is read; then messages go out, to each person in one. Decisions: `docs/vosstanovlenie.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import structlog

from poruchik.clock import Clock
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Notice, NoticeKind
from poruchik.model.delivery import OutboxItem
from poruchik.model.epoch import Epoch, Stage
from poruchik.store.database import Store, Transaction
from poruchik.texts.facts import AFTER_RESTORE
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import moment_text

RESTORED = "база данных восстановлена из копии"
CAUGHT_UP = "база данных догнала систему"
_log = structlog.get_logger("poruchik.recovery")


def begin(
    writing: Transaction, systems: Iterable[str], backup_at: datetime | None, cause: str, now: datetime, *, who: str
) -> None:
    """Begin an epoch of each system; `backup_at` is the moment of the copy, None where nobody knows it."""
    known = list(systems)
    writing.epochs.begin(known, backup_at, cause, now)
    writing.audit.add([AuditEntry(now, RESTORED, name, cause, who) for name in known])


class Recovery:
    """The stages of the open epochs."""

    def __init__(self, store: Store, texts: Texts, clock: Clock) -> None:
        self._store = store
        self._texts = texts
        self._clock = clock

    def goes_on(self, epoch: Epoch, calendar: WorkCalendar) -> bool:
        """Bring an epoch a stage further once all that its stage asks for is read and done; tell whether it was.

        It is called after a reading of the system that left nothing over.
        """
        now = self._clock.now()
        with self._store.writing() as writing:
            if epoch.stage is Stage.DECIDING:
                if writing.inbox.undecided(epoch.system) or writing.outbox.unfinished_commands(epoch.system, now):
                    return False
                return writing.epochs.move(epoch, Stage.FOLLOWING, now)
            if not writing.epochs.move(epoch, Stage.CLOSED, now):
                return False
            told = self._together(writing, epoch, calendar)
            writing.audit.add([AuditEntry(now, CAUGHT_UP, epoch.system, f"сообщений, собранных вместе: {told}")])
        _log.info("a system has been caught up with", system=epoch.system, messages=told)
        return True

    def _together(self, writing: Transaction, epoch: Epoch, calendar: WorkCalendar) -> int:
        """Put the messages of the epoch together, one for each person: some of them may have been sent before."""
        now, by_person = self._clock.now(), dict[tuple[str, str], list[OutboxItem]]()
        for item in writing.outbox.unsent_notices(epoch.system, now):
            if isinstance(item.command, Notice):
                by_person.setdefault((item.command.to.name, item.command.to.unit), []).append(item)
        for found in by_person.values():
            notices = [item.command for item in found if isinstance(item.command, Notice)]
            moment = moment_text(epoch.backup_at.astimezone(calendar.zone)) if epoch.backup_at else ""
            facts = {"копия": moment, "сообщения": [notice.subject for notice in notices], "всего": len(notices)}
            subject, text = self._texts.render(AFTER_RESTORE, facts)
            identity = f"{epoch.id} {epoch.system} {notices[0].to.name}"
            one = Notice(
                f"restored:{hashlib.sha256(identity.encode()).hexdigest()[:32]}",
                notices[0].order_key,
                kind=NoticeKind.ANSWER,
                to=notices[0].to,
                subject=subject,
                text=text,
                orders=tuple(dict.fromkeys(key for notice in notices for key in notice.orders)),
            )
            writing.outbox.withdraw([item.id for item in found], "собрано в одно сообщение после восстановления", now)
            writing.points.merge([item.message_id for item in found], one.message_id)
            writing.outbox.add([(epoch.system, one)], now)
        return len(by_person)
