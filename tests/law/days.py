"""Working days by plain loops over a table typed from the decrees: nothing of the product's calendar is used here."""

from __future__ import annotations

from datetime import date, timedelta

DAY = timedelta(days=1)
_HOLIDAYS = [*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)]
_OFF_BY_DECREE = {
    2025: ["05-02", "05-08", "06-13", "11-03", "12-31"],
    2026: ["01-09", "03-09", "05-11", "12-31"],
    2027: ["02-22", "05-03", "05-10", "06-14", "11-05", "12-31"],
}
_WORKING_SATURDAYS = {"2025-11-01", "2027-02-20"}


def is_working(day: date) -> bool:
    """Tell whether people work on a day (ТК РФ, ст. 95, 112, and the decrees that move days off)."""
    if day.isoformat() in _WORKING_SATURDAYS:
        return True
    off = f"{day:%m-%d}" in _OFF_BY_DECREE[day.year] or (day.month, day.day) in _HOLIDAYS
    return day.weekday() < 5 and not off


def back_to_working(day: date) -> date:
    """Return the day, or the working day before it."""
    while not is_working(day):
        day -= DAY
    return day


def calendar_days(event: date, amount: int) -> date:
    """Return the last of so many days after an event, moved back where nobody works on it.

    A term never ends before it has begun: where all its days are off, it ends on the first working day after them.
    """
    day = back_to_working(event + amount * DAY)
    return day if day > event else working_days(event, 1)


def working_days(event: date, amount: int) -> date:
    """Return the last of so many working days after an event."""
    day = event
    while amount:
        day += DAY
        amount -= is_working(day)
    return day
