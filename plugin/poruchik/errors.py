"""Errors by cause. Each carries the fields that explain it; the message for people is Russian.

The tree decides what happens next: `retryable` errors are tried again, `outcome_unknown` ones only after
the system was asked what became of the command, all others end in the dead letters with their cause.
"""

from __future__ import annotations

from typing import ClassVar


class PoruchikError(Exception):
    """Something that a person must be told: what is wrong, where, and what to do."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} — {self.remedy}" if self.remedy else head


class SettingsError(PoruchikError):
    """The configuration file is missing, unreadable or says something impossible."""


class PolicyError(PoruchikError):
    """Policies cannot be used; `poruchik rules check` lists every problem."""


class CalendarError(PoruchikError):
    """A date cannot be computed: no calendar covers it, or the term makes no sense."""


class StoreError(PoruchikError):
    """The database is missing, newer than this program, or damaged."""


class StoreMissing(StoreError):
    """There is no database yet: nothing has worked on it."""


class RowRefused(StoreError):
    """The database does not take what was to be written: it is wrong itself, or another has written it meanwhile."""


class PluginError(PoruchikError):
    """A plugin cannot be loaded, or two plugins claim the same name."""


class DocumentRefused(PoruchikError):
    """A document cannot be taken in: its card breaks the contract. The rest goes on."""

    def __init__(self, what: str, *, external_id: str, where: str = "", remedy: str = "") -> None:
        self.external_id = external_id
        super().__init__(what, where=where or f"документ {external_id}", remedy=remedy)


class IntegrationError(PoruchikError):
    """An exchange with a connected system failed. `where` names the system and the operation."""

    retryable: ClassVar[bool] = False
    outcome_unknown: ClassVar[bool] = False


class SystemUnreachable(IntegrationError):
    """No connection was made: nothing was sent, so it is safe to try again."""

    retryable = True


class SystemBusy(IntegrationError):
    """The system answered that it cannot serve now (503, or a fault that says «later»)."""

    retryable = True


class OutcomeUnknown(IntegrationError):
    """The message left and no usable answer came: it may have been carried out. Ask before repeating."""

    retryable = True
    outcome_unknown = True


class BadAnswer(IntegrationError):
    """The system answered something that is not the contract: garbage, an oversized or hostile XML."""

    retryable = True
    outcome_unknown = True


class AnswerTooLarge(BadAnswer):
    """The answer is larger than what is read at once: less has to be asked for.

    Where a single item was asked for, `head` and `tail` are what it begins and ends with, and `items` tells how many
    came; otherwise they are empty and 0.
    """

    retryable = False

    def __init__(self, what: str, *, head: str = "", tail: str = "", items: int = 0, where: str = "") -> None:
        self.head, self.tail, self.items = head, tail, items
        super().__init__(what, where=where, remedy="сообщите владельцу системы")


class TooLateToSend(IntegrationError):
    """The time in which a message had to leave was over before it did: nothing was sent."""


class AccessDenied(IntegrationError):
    """The system does not let us in: wrong name, password or certificate."""


class RequestRefused(IntegrationError):
    """The system understood and refused for good; a repetition would be refused again."""

    def __init__(self, what: str, *, code: str = "", where: str = "", remedy: str = "") -> None:
        self.code = code
        super().__init__(what, where=where, remedy=remedy)
