"""The log: to standard error, for people or a line of JSON an event, with the data of persons masked."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog

from poruchik.clock import elapsed
from poruchik.errors import PoruchikError

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_QUIET, _REMEMBERED = 600.0, 1000
"""Seconds for which the same is not said again, and events that are remembered."""
_LONGEST = 2000
"""Characters of one thing that is said: what systems send may be of any length."""
_MASKS = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,255}"), "‹почта›"),
    (re.compile(r"\b\d{3}-\d{3}-\d{3}[ -]\d{2}\b"), "‹СНИЛС›"),
    (re.compile(r"(?<![\w-])(?:\+7|8)[ (-]*\d{3}[ )-]*\d{3}[ -]?\d{2}[ -]?\d{2}\b"), "‹телефон›"),
    (re.compile(r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)? [А-ЯЁ]\. ?[А-ЯЁ]\."), "‹имя›"),
    (re.compile(r"\b[А-ЯЁ]\. ?[А-ЯЁ]\. ?[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"), "‹имя›"),
    (
        re.compile(
            r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)? [А-ЯЁ][а-яё]+ "
            r"[А-ЯЁ][а-яё]+(?:вич|вича|вичу|вичем|виче|вна|вны|вне|вну|вной|ична|ичны|ичне|ичну|ичной|ич|оглы|кызы)\b"
        ),
        "‹имя›",
    ),
)


def configure_logging(level: str, form: str = "text") -> None:
    """Send the log to standard error, so that what is printed stays usable by programs."""
    if level not in _LEVELS:
        raise PoruchikError(f"--log: подробности «{level}» нет", remedy="напишите " + ", ".join(_LEVELS))
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        # Not rich's traceback: it prints the values of variables, and these are people's letters.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _Repeated(),
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            _mask_event,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Repeated:
    """Leaves out what was said a short time ago: a system that is down says the same with every poll.

    Numbers do not tell two events apart. When a thing is said again after that, `repeated` tells how often it was not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[tuple[object, ...], tuple[float, int]] = {}

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if method not in ("warning", "error"):
            return event
        key = (method, *((name, value) for name, value in sorted(event.items()) if isinstance(value, str)))
        now = elapsed()
        with self._lock:
            said, left_out = self._said.get(key, (-_QUIET, 0))
            if now - said < _QUIET:
                self._said[key] = (said, left_out + 1)
                raise structlog.DropEvent
            if len(self._said) >= _REMEMBERED:
                del self._said[min(self._said, key=lambda one: self._said[one][0])]
            self._said[key] = (now, 0)
        if left_out:
            event["repeated"] = left_out
        return event


def mask(text: str) -> str:
    """Return a text without the names, addresses and numbers of persons that can be told by their form."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            cut = len(value) > _LONGEST and name != "exception"
            # Masked before it is cut: half a name is not known as one.
            event[name] = mask(value[: 10 * _LONGEST])[:_LONGEST] + "…" if cut else mask(value)
    return event
