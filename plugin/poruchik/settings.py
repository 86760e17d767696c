"""The configuration file: one TOML file, its paths relative to itself, secrets only by reference."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poruchik.connector import SystemSettings
from poruchik.errors import SettingsError
from poruchik.model.document import SystemKind
from poruchik.policy.problems import suggest
from poruchik.resources import rules_folder

CONFIG_NAME = "poruchik.toml"
DEMO_FOLDER = "poruchik-demo"
SHIPPED = "поставляемая"
"""The word for the policies that come with the program."""
_TOP_KEYS = (
    "database",
    "database_password_env",
    "database_password_file",
    "policies",
    "poll_seconds",
    "fresh_minutes",
    "digests_to",
    "approvers",
    "systems",
    "web",
    "watch",
)
_WEB_KEYS = ("listen", "url", "session_hours", "soon_days", "risk_days")
_SYSTEM_KEYS = (
    "name", "kind", "connector", "url", "username", "password_env", "password_file", "timeout", "attempts",
    "calls_at_once", "calls_per_second", "longest_text", "knows_message_ids", "slots",
    "since", "under_control_since", "zone", "options",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The pages: where they are served, under which address people open them, and what their lists look ahead."""

    host: str = "127.0.0.1"
    port: int = 8270
    url: str = ""
    """The address people open, where it is not the one that is listened on: with https a proxy brings the TLS."""
    session_hours: float = 10.0
    soon_days: int = 3
    """Working days of «скоро»."""
    risk_days: int = 7
    """Working days within which an order that nobody accepted is at risk."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration file says."""

    path: Path
    database: str
    """Its address, with the password where it has one."""
    policies: Path
    systems: tuple[SystemSettings, ...]
    poll_seconds: float = 5.0
    fresh_minutes: float = 30.0
    """How long an escalation waits for a system that does not answer before it goes by what is known."""
    digests_to: str = ""
    """The system that takes the digests of those who have orders in several; without it, one digest a system."""
    web: WebSettings = WebSettings()
    watch: tuple[str, int] | None = None
    """Host and port of health and metrics; None: they are not served."""
    written_database: str = ""
    """The address as it is written in the file."""
    approvers: tuple[str, ...] = ()
    """Who may put policy sets into force: one publishes, another approves. Empty: whoever can run the command."""


def config_places() -> list[Path]:
    """Return where a configuration file is looked for that nobody names, the first place first."""
    named = os.environ.get("PORUCHIK_CONFIG")
    return [Path(named)] if named else [Path(CONFIG_NAME), Path(DEMO_FOLDER) / CONFIG_NAME]


def read_settings(path: Path) -> Settings:
    """Read a configuration file; raise SettingsError naming the key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError("файла настроек нет", where=str(path), remedy="создайте его: poruchik init ПАПКА") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"файл настроек не читается: {error}", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"это не TOML: {error}", where=str(path), remedy="проверьте кавычки и скобки в этой строке"
        ) from error
    return _Reader(path).settings(data)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.resolve().parent

    def settings(self, data: Mapping[str, Any]) -> Settings:
        self._known(data, _TOP_KEYS, "")
        tables = data.get("systems", [])
        if not isinstance(tables, list) or not tables:
            raise self._wrong("systems", "не названо ни одной системы", "добавьте таблицу [[systems]]")
        systems = tuple(self._system(table, f"systems[{number}]") for number, table in enumerate(tables, start=1))
        names = [system.name for system in systems]
        for name in names:
            if names.count(name) > 1:
                raise self._wrong("systems", f"две системы с именем «{name}»", "дайте им разные имена")
        return Settings(
            path=self._path,
            database=self._database(data),
            policies=self._policies(data),
            systems=systems,
            poll_seconds=self._number(data, "poll_seconds", 5.0, "", low=0.1, high=3600),
            fresh_minutes=self._number(data, "fresh_minutes", 30.0, "", low=0, high=1440),
            digests_to=self._one_of(data, "digests_to", names),
            web=self._web(data.get("web", {})),
            watch=self._watch(data.get("watch")),
            written_database=self._text(data, "database", "", default=""),
            approvers=self._approvers(data.get("approvers", [])),
        )

    def _approvers(self, names: Any) -> tuple[str, ...]:
        good = isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names)
        if not good or len(set(names)) == 1:
            raise self._wrong("approvers", "здесь нужны двое или больше", 'напишите ["Иванова И. И.", "Петров П. П."]')
        return tuple(dict.fromkeys(name.strip() for name in names))

    def _web(self, table: Any) -> WebSettings:
        if not isinstance(table, dict):
            raise self._wrong("web", "здесь нужна таблица", "напишите [web]")
        self._known(table, _WEB_KEYS, "web")
        standard = WebSettings()
        host, port = self._listen(table, "web", f"{standard.host}:{standard.port}")
        url = self._text(table, "url", "web", default="").rstrip("/")
        if url and not re.fullmatch(r"https?://[^/\s]+", url):
            raise self._wrong("web.url", f"«{url}» не годится", 'например "https://poruchik.example.ru", без пути')
        return WebSettings(
            host=host,
            port=port,
            url=url,
            session_hours=self._number(table, "session_hours", standard.session_hours, "web", low=0.25, high=24),
            soon_days=int(self._number(table, "soon_days", standard.soon_days, "web", low=1, high=30)),
            risk_days=int(self._number(table, "risk_days", standard.risk_days, "web", low=1, high=60)),
        )

    def _watch(self, table: Any) -> tuple[str, int] | None:
        if table is None:
            return None
        if not isinstance(table, dict):
            raise self._wrong("watch", "здесь нужна таблица", "напишите [watch]")
        self._known(table, ("listen",), "watch")
        return self._listen(table, "watch", "127.0.0.1:8271")

    def _listen(self, table: Mapping[str, Any], where: str, default: str) -> tuple[str, int]:
        listen = self._text(table, "listen", where, default=default)
        host, _, port = listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise self._wrong(f"{where}.listen", f"«{listen}» — не адрес и порт", f'например "{default}"')
        return host.strip("[]"), int(port)

    def _database(self, data: Mapping[str, Any]) -> str:
        password = self._password(data, "", "database_")
        url = self._text(data, "database", "", default="sqlite:///poruchik.db")
        head, separator, place = url.partition(":///")
        if head.startswith("sqlite") and separator and place and not Path(place).is_absolute():
            return f"{head}:///{self._folder / place}"
        return _with_password(url, password) if password else url

    def _policies(self, data: Mapping[str, Any]) -> Path:
        place = self._text(data, "policies", "", default=SHIPPED)
        folder = rules_folder() if place == SHIPPED else self._folder / place
        if not folder.is_dir():
            raise self._wrong("policies", f"папки {folder} нет", f"укажите папку или слово «{SHIPPED}»")
        return folder

    def _system(self, table: Any, where: str) -> SystemSettings:
        if not isinstance(table, dict):
            raise self._wrong(where, "здесь нужна таблица", "напишите [[systems]]")
        self._known(table, _SYSTEM_KEYS, where)
        kind = self._text(table, "kind", where)
        if kind not in list(SystemKind):
            raise self._wrong(f"{where}.kind", f"неизвестный вид системы «{kind}»", "напишите СЭД или СОГ")
        options = table.get("options", {})
        if not isinstance(options, dict):
            raise self._wrong(f"{where}.options", "здесь нужна таблица", "напишите [systems.options]")
        return SystemSettings(
            name=self._text(table, "name", where),
            kind=SystemKind(kind),
            connector=self._text(table, "connector", where, default="exchange"),
            url=self._text(table, "url", where),
            username=self._text(table, "username", where, default=""),
            password=self._password(table, where),
            timeout=self._number(table, "timeout", 10.0, where, low=0.1, high=600),
            attempts=int(self._number(table, "attempts", 3, where, low=1, high=20)),
            calls_at_once=int(self._number(table, "calls_at_once", 4, where, low=1, high=100)),
            calls_per_second=self._number(table, "calls_per_second", 0, where, low=0, high=10_000),
            longest_text=int(self._number(table, "longest_text", 100_000, where, low=200, high=100_000)),
            knows_message_ids=self._flag(table, "knows_message_ids", where, default=True),
            slots=self._flag(table, "slots", where, default=False),
            since=self._moment(table, "since", where),
            under_control_since=self._moment(table, "under_control_since", where),
            zone=self._zone(table, where),
            options=options,
        )

    def _password(self, table: Mapping[str, Any], where: str, of: str = "") -> str:
        """Read a secret from the environment or from a file; it never stands in the configuration itself."""
        by_name, by_file = f"{of}password_env", f"{of}password_file"
        if by_name in table:
            name = self._text(table, by_name, where)
            if name not in os.environ:
                raise self._wrong(_key(where, by_name), f"переменной {name} нет в окружении", "задайте её")
            return os.environ[name]
        if by_file in table:
            file = self._folder / self._text(table, by_file, where)
            try:
                return file.read_text(encoding="utf-8").strip()
            except OSError as error:
                what = f"файл {file} не читается: {error.strerror}"
                raise self._wrong(_key(where, by_file), what, "проверьте имя и права") from error
        return ""

    def _one_of(self, data: Mapping[str, Any], key: str, names: list[str]) -> str:
        name = self._text(data, key, "", default="")
        if name and name not in names:
            raise self._wrong(key, f"системы «{name}» нет", suggest(name, names) or f"есть: {', '.join(names)}")
        return name

    def _flag(self, table: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(f"{where}.{key}", f"«{value}» — не да и не нет", "напишите true или false")
        return value

    def _moment(self, table: Mapping[str, Any], key: str, where: str) -> datetime | None:
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self._wrong(f"{where}.{key}", "нужна дата и время со смещением", "например 2026-11-24T00:00:00+05:00")
        return value

    def _zone(self, table: Mapping[str, Any], where: str) -> str:
        name = self._text(table, "zone", where, default="")
        try:
            return ZoneInfo(name).key if name else ""
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._wrong(f"{where}.zone", f"часового пояса «{name}» нет", "например Asia/Yekaterinburg") from None

    def _text(self, table: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
        value = table.get(key, default)
        name = _key(where, key)
        if value is None:
            raise self._wrong(name, "значение не задано", f'добавьте {key} = "…"')
        if not isinstance(value, str) or (not value and default is None):
            raise self._wrong(name, "здесь нужен текст в кавычках", f'напишите {key} = "…"')
        return value

    def _number(
        self, table: Mapping[str, Any], key: str, default: float, where: str, *, low: float, high: float
    ) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            name = _key(where, key)
            raise self._wrong(name, f"«{value}» не годится", f"нужно число от {low:g} до {high:g}")
        return float(value)

    def _known(self, table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in keys:
                name = _key(where, key)
                raise self._wrong(name, "такого ключа нет", suggest(key, keys))

    def _wrong(self, key: str, what: str, remedy: str) -> SettingsError:
        return SettingsError(f"{key}: {what}", where=str(self._path), remedy=remedy)


def _key(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _with_password(url: str, password: str) -> str:
    """Put a password into the address of a database; what is no address is refused when it is opened."""
    head, separator, rest = url.partition("://")
    user, at, place = rest.partition("@")
    return f"{head}{separator}{user}:{quote(password, safe='')}@{place}" if at and ":" not in user else url
