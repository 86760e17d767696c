"""Recovery: a database that was put back catches up with a system before anything of it is told or done by people.

First the orders of the system are listed, documents are read and decided, and what is to be sent is looked up in the
system; when every order is here again, what people did with it is read; then messages go out, to each person in one.
Decisions: `docs/vosstanovlenie.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import structlog

from poruchik.clock import Clock
from poruchik.control.recognition import told
from poruchik.lanes.decide import STRAY
from poruchik.lanes.listing import NOT_HERE
from poruchik.lanes.reconcile import AGAIN
from poruchik.lanes.reconcile import LANE as RECONCILE
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Notice, NoticeKind
from poruchik.model.delivery import OutboxItem
from poruchik.model.epoch import Epoch, Stage
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxState, Settlement
from poruchik.store.database import Store, Transaction
from poruchik.texts.facts import AFTER_RESTORE
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import moment_text

RESTORED = "база данных восстановлена из копии"
CAUGHT_UP = "база данных догнала систему"
_NAMED = 500
"""Headlines that one message after a recovery can name."""
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
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

        It is called after a reading of the system that left nothing over: of its orders too in the stage that lists,
        and after their reconciliation in the stage that follows.
        """
        now = self._clock.now()
        with self._store.writing() as writing:
            if epoch.stage is Stage.LISTING:
                return writing.epochs.move(epoch, Stage.DECIDING, now)
            if epoch.stage is Stage.DECIDING:
                if writing.inbox.undecided(epoch.system) or writing.outbox.unfinished_commands(epoch.system, now):
                    return False
                if not writing.epochs.move(epoch, Stage.FOLLOWING, now):
                    return False
                self._hand_over(writing, epoch, calendar)
                place = writing.cursors.place(epoch.system, RECONCILE)
                writing.cursors.move(epoch.system, RECONCILE, seen=place, cursor=AGAIN, now=now)
                return True
            if not writing.epochs.move(epoch, Stage.CLOSED, now):
                return False
            # Messages about deeds on pages are called by it: none of what comes may be called as one of before was.
            writing.orders.count_from(epoch.system, int((epoch.began_at - _BEGINNING).total_seconds() // 60))
            messages = self._together(writing, epoch, calendar)
            writing.audit.add([AuditEntry(now, CAUGHT_UP, epoch.system, f"сообщений, собранных вместе: {messages}")])
        _log.info("a system has been caught up with", system=epoch.system, messages=messages)
        return True

    def _hand_over(self, writing: Transaction, epoch: Epoch, calendar: WorkCalendar) -> None:
        """Give the documents of the orders that no decision accounts for to a person."""
        now = self._clock.now()
        for document_key, listed in writing.strays.of_system(epoch.system).items():
            cause = f"в системе есть поручение, которого нет в базе: {told(listed, calendar)}"
            writing.audit.add([AuditEntry(now, NOT_HERE, document_key, told(listed, calendar))])
            revisions = writing.inbox.revisions(epoch.system, listed[0].document_id)
            if revisions and revisions[-1].state not in WAITS_FOR_A_PERSON:
                writing.inbox.settle([Settlement(revisions[-1].id, InboxState.MANUAL, STRAY, cause)], now)

    def _together(self, writing: Transaction, epoch: Epoch, calendar: WorkCalendar) -> int:
        """Put the messages of the epoch together, one for each person: some of them may have been sent before."""
        now, by_person = self._clock.now(), dict[tuple[str, str], list[OutboxItem]]()
        for item in writing.outbox.unsent_notices(epoch.system, now):
            if isinstance(item.command, Notice):
                by_person.setdefault((item.command.to.name, item.command.to.unit), []).append(item)
        for found in by_person.values():
            notices = [item.command for item in found if isinstance(item.command, Notice)]
            moment = moment_text(epoch.backup_at.astimezone(calendar.zone)) if epoch.backup_at else ""
            facts = {
                "копия": moment,
                "сообщения": [notice.subject for notice in notices[:_NAMED]],
                "всего": len(notices),
            }
            subject, text = self._texts.render(AFTER_RESTORE, facts)
            identity = f"{epoch.began_at.isoformat()} {epoch.system} {notices[0].to.name}"
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
