"""What the pages stand on: the store, the policy, the calendar, the clock; and the templates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Undefined

from poruchik.app import Application
from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.engine.decide import Deciding
from poruchik.engine.trace import value_text
from poruchik.model.order import citation
from poruchik.plugins import Plugins
from poruchik.policy.whole import Policy
from poruchik.settings import Settings
from poruchik.store.database import Store
from poruchik.store.overview import Horizon
from poruchik.texts import labels
from poruchik.texts.render import Texts
from poruchik.web.access import Access
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.duration import plural
from poruchik.workcalendar.wording import WEEKDAYS, day_text


@dataclass(frozen=True)
class Site:
    """Everything that a page may need. `clock` is the day that is looked at; logins go by the computer's own."""

    settings: Settings
    store: Store
    decider: Deciding
    clock: Clock
    access: Access
    connectors: Mapping[str, Connector]
    plugins: Plugins
    texts: Texts

    @classmethod
    def over(cls, application: Application, *, logins: Clock) -> Site:
        """Return the site of a running plugin."""
        return cls(
            settings=application.settings,
            store=application.store,
            decider=application.rulebook,
            clock=application.clock,
            access=Access(application.store, logins, hours=application.settings.web.session_hours),
            connectors={one.settings.name: one for one in application.connectors},
            plugins=application.plugins,
            texts=application.rulebook.texts,
        )

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self.decider.policy

    @property
    def calendar(self) -> WorkCalendar:
        """Return the work calendar."""
        return self.decider.calendar

    def horizon(self, now: datetime) -> Horizon:
        """Return the moments that the lists are divided by, seen from a local moment."""
        calendar, web, day = self.calendar, self.settings.web, now.date()
        return Horizon(
            now=now,
            today=calendar.day_end(day),
            soon=calendar.day_end(calendar.shift_working_days(day, web.soon_days)),
            risk=calendar.day_end(calendar.shift_working_days(day, web.risk_days)),
        )

    @cached_property
    def templates(self) -> Environment:
        """The templates, with the words that all of them use."""
        environment = Environment(
            loader=FunctionLoader(_template),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "day": _day,
            "fact": value_text,
            "moment": self._moment,
            "counted": _counted,
            "weekday": _weekday,
            "weekday_short": _weekday_short,
        }
        style = (files("poruchik.web") / "static" / "style.css").read_bytes()
        environment.globals |= {
            "labels": labels,
            "citation": citation,
            "style": f"/static/style.css?{hashlib.sha256(style).hexdigest()[:12]}",
        }
        return environment

    def render(self, template: str, facts: Mapping[str, Any]) -> str:
        """Return a page as HTML."""
        return self.templates.get_template(template).render(facts)

    def _moment(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(self.calendar.zone):%d.%m.%Y %H:%M}" if moment else "—"


def _template(name: str) -> str:
    package, colon, file = name.partition(":")
    place = files(package) / file if colon else files("poruchik.web") / "templates" / name
    return place.read_text("utf-8")


def _day(day: date | None) -> str:
    return day_text(day) if day and not isinstance(day, Undefined) else "—"


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def _weekday_short(day: date) -> str:
    return ("пн", "вт", "ср", "чт", "пт", "сб", "вс")[day.weekday()]


def _counted(amount: int, one: str, few: str, many: str) -> str:
    return f"{amount} {plural(amount, one, few, many)}"
