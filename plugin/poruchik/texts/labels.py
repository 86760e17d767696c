"""The words for states, kinds and causes that people read: one for the command line and the pages."""

from __future__ import annotations

from collections.abc import Mapping

from poruchik.model.commands import Operation
from poruchik.model.decision import ManualCode
from poruchik.model.delivery import OutboxState
from poruchik.model.exchange import ChangeKind
from poruchik.model.inbox import InboxState
from poruchik.model.order import PointKind
from poruchik.model.points import Fate
from poruchik.model.standing import OrderState
from poruchik.model.users import UserRole

STATES = {
    OrderState.WAITING: "ждёт отправки",
    OrderState.NEW: "в системе",
    OrderState.DELIVERED: "получено",
    OrderState.ACCEPTED: "принято",
    OrderState.REFUSED: "возвращено «не моё»",
    OrderState.REPORTED: "сдан отчёт",
    OrderState.RETURNED: "отчёт возвращён",
    OrderState.RELEASED: "снято с контроля",
    OrderState.CANCELLED: "аннулировано",
}
INBOX_STATES = {
    InboxState.NEW: "ждёт решения",
    InboxState.DECIDED: "решён",
    InboxState.MANUAL: "ручной разбор",
    InboxState.REFUSED: "карточка отклонена",
    InboxState.FAILED: "решение не получилось",
    InboxState.CLOSED: "закрыт",
}
OUTBOX_STATES = {
    OutboxState.WAITING: "ждёт отправки",
    OutboxState.LEASED: "отправляется",
    OutboxState.HELD: "приостановлено",
    OutboxState.SENT: "доставлено",
    OutboxState.DEAD: "не доставлено",
    OutboxState.WITHDRAWN: "отозвано",
}
OPERATIONS = {
    Operation.CREATE: "создание поручения",
    Operation.EXTEND: "изменение срока",
    Operation.REASSIGN: "передача другому исполнителю",
    Operation.RETURN: "возврат отчёта",
    Operation.RELEASE: "снятие с контроля",
    Operation.CANCEL: "аннулирование",
    Operation.NOTICE: "сообщение",
}
KINDS = {PointKind.REMINDER: "напоминание", PointKind.ESCALATION: "эскалация"}
FATES = {
    Fate.SENT: "отправлено",
    Fate.MERGED: "в общем сообщении",
    Fate.WITHDRAWN: "не отправлено",
    Fate.UNDELIVERED: "не доставлено",
}
ROLES = {
    UserRole.ADMINISTRATOR: "администратор",
    UserRole.CONTROLLER: "контролёр",
    UserRole.HEAD: "руководитель",
    UserRole.EXECUTOR: "исполнитель",
    UserRole.AUTHOR: "автор правил",
}
CHANGES: Mapping[str, str] = {
    ChangeKind.DELIVERED: "получено исполнителем",
    ChangeKind.ACCEPTED: "принято к исполнению",
    ChangeKind.REFUSED: "возвращено как «не моё»",
    ChangeKind.REPORTED: "сдан отчёт",
    ChangeKind.RETURNED: "отчёт возвращён",
    ChangeKind.TERM_ASKED: "просят продлить срок",
    ChangeKind.DRAFTED: "приложен проект ответа",
    ChangeKind.EXTENDED: "срок изменён",
    ChangeKind.REASSIGNED: "передано другому исполнителю",
    ChangeKind.RELEASED: "снято с контроля",
    ChangeKind.CANCELLED: "аннулировано",
    ChangeKind.SUSPENDED: "срок приостановлен",
    ChangeKind.RESUMED: "срок возобновлён",
}
"""What people did with an order."""
CAUSES: Mapping[str, str] = {
    ManualCode.BY_RULE: "правило велит решать человеку",
    ManualCode.CONFLICT: "правила расходятся",
    ManualCode.DISPUTED: "спорный случай: выбрать из предложенного",
    ManualCode.NO_LEAD: "не назван исполнитель",
    ManualCode.NO_PERSON: "некому поручить",
    ManualCode.NO_TERM: "не назначен срок",
    ManualCode.BAD_TERM: "срок не считается",
    ManualCode.UNKNOWN_ATTRIBUTE: "в карточке незнакомый признак",
    ManualCode.IMPOSSIBLE_CARD: "такой карточки не бывает",
    ManualCode.NO_LIST: "в карточке нет пунктов, на которые делить",
    ManualCode.UNCLASSIFIED: "тема текста не определена",
    ManualCode.SLOW_PATTERN: "шаблон правила не справился с текстом",
    "changed-after-orders": "карточка изменилась после поручения",
    "refused-by-executor": "исполнитель вернул «не моё»",
    "refused-card": "карточку не прочитать",
    "stray": "в системе есть поручение, которого нет в базе",
    "failed": "решение не получилось",
}
"""Why a document waits for a person, by the code in the inbox."""
