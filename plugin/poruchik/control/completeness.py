"""What a report lacks of what the policy demands before an order is released (`проверки`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from poruchik.model.exchange import Report
from poruchik.policy.words import ReleaseCheck

_PRESENT: dict[ReleaseCheck, Callable[[Report], bool]] = {
    ReleaseCheck.CHANNEL: lambda report: bool(report.answer_channel),
    ReleaseCheck.ANSWER_DATE: lambda report: report.answered_on is not None,
    # An interim answer is no outcome: it does not end control (Росархив, приказ № 71).
    ReleaseCheck.OUTCOME: lambda report: bool(report.outcome) and "промежуточн" not in report.outcome.lower(),
    ReleaseCheck.ATTACHMENT: lambda report: bool(report.attachments),
    ReleaseCheck.CLEAN_DRAFT: lambda report: report.draft_hints == 0,
}
"""What can be seen in a report; «отчёт принят» is a person's own deed: the release."""
_ATTACHED = {
    ReleaseCheck.RECEIPT: "расписк",
    ReleaseCheck.CONSENT: "соглас(?!ован)",  # «согласование» is another's
    ReleaseCheck.WARNED: "уведомл[её]н|предупрежд",
    ReleaseCheck.COPY_TO_SENDER: "копи",
    ReleaseCheck.EACH_ANSWERED: "реестр",
    ReleaseCheck.APPLICANT_TOLD: "уведомлен",
    ReleaseCheck.RECEPTION_CARD: "карточк",
    ReleaseCheck.CHECKLIST: "(?<![а-яё])лист",  # not «специалист»
    ReleaseCheck.AGREED: "согласован",
    ReleaseCheck.ANONYMOUS: "обезличен",
}
"""What a file attached to the report is recognised by: a pattern that stands in its name, in lower case."""


def missing_in(report: Report, checks: Collection[str]) -> list[str]:
    """Return what a report lacks of what the policy demands, in the policy's words."""
    return [check for check in checks if not _is_there(ReleaseCheck(check), report)]


def _is_there(check: ReleaseCheck, report: Report) -> bool:
    if check in _ATTACHED:
        return any(re.search(_ATTACHED[check], name.lower()) for name in report.attachments)
    return check not in _PRESENT or _PRESENT[check](report)
