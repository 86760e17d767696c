"""How long is left, in the words of a message: «осталось 3 рабочих дня», «просрочено на 4 часа»."""

from __future__ import annotations

from datetime import datetime, timedelta

from poruchik.model.inbox import WaitingDocument
from poruchik.model.order import Deadline
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import late_from
from poruchik.workcalendar.duration import Duration, Unit
from poruchik.workcalendar.wording import day_text


def left_text(due: datetime, now: datetime, calendar: WorkCalendar, *, hourly: bool) -> str:
    """Return how far the deadline is, or how far behind: in hours for a term in hours, else in working days."""
    now, due_at = now.astimezone(calendar.zone), due.astimezone(calendar.zone)
    if hourly:
        if timedelta(0) <= now - due_at < timedelta(minutes=1):
            return "срок истёк"
        span = _clock_text(abs(due_at - now))
        return f"осталось {span}" if due_at > now else f"просрочено на {span}"
    if now.date() == due_at.date() and now < late_from(due_at, due_at.date(), calendar, hourly=False):
        return f"срок сегодня, до {due_at:%H:%M}" if now <= due_at else "срок сегодня, до конца дня"
    if now <= due_at:
        days = calendar.count_working_days(now.date(), due_at.date())
        return f"осталось {Duration(days, Unit.WORKING_DAYS)}" if days else "срок кончается в ближайшие нерабочие дни"
    days = calendar.count_working_days(due_at.date(), now.date())
    if days <= 1:
        return "срок истёк"
    return f"просрочено на {Duration(days - 1, Unit.WORKING_DAYS)}"


def day_or_moment(due: datetime, calendar: WorkCalendar) -> str:
    """Return a term in a list: the day, and the hour where it is not the end of that day."""
    local = due.astimezone(calendar.zone)
    return f"{local:%d.%m.%Y}" if ends_a_day(local, calendar) else f"{local:%d.%m.%Y %H:%M}"


def ends_a_day(due: datetime, calendar: WorkCalendar) -> bool:
    """Tell whether a local moment is the end of its day: of work, or at 23:59."""
    return due == calendar.day_end(due.date()) or (due.hour, due.minute) == (23, 59)


def waiting_words(waiting: WaitingDocument, now: datetime, calendar: WorkCalendar) -> tuple[str, str]:
    """Return the term of a document that waits for a person, and how much of it is left."""
    if waiting.due_at is None:
        return "считается", ""
    due = waiting.due_at.astimezone(calendar.zone)
    left = left_text(due, now, calendar, hourly=not ends_a_day(due, calendar))
    return day_or_moment(due, calendar), left if waiting.by_law else f"{left}, срок внутренний"


def due_text(deadline: Deadline, calendar: WorkCalendar) -> str:
    """Return the deadline for people: the day, and the hour where the term is in hours."""
    due_at = deadline.due_at.astimezone(calendar.zone)
    return f"{day_text(due_at)}, {due_at:%H:%M}" if deadline.hourly else day_text(deadline.due_on)


def _clock_text(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    told = [str(Duration(hours, Unit.HOURS))] if hours else []
    if minutes or not hours:
        told.append(Duration(minutes, Unit.MINUTES).accusative)
    return " ".join(told)
