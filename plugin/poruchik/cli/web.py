"""`serve`, `users`: the pages, and who may open them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

import typer
from argon2 import PasswordHasher

from poruchik.app import Application
from poruchik.cli.installation import CONFIG, settings_from, to_prepare, to_read
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.clock import SimulatedClock, SystemClock
from poruchik.errors import PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.model.users import User, UserRole
from poruchik.policy.problems import suggest
from poruchik.publishing.today import office_of_today
from poruchik.settings import Settings
from poruchik.store.database import Store, Transaction
from poruchik.texts.labels import ROLES
from poruchik.web.access import MAX_PASSWORD, MIN_PASSWORD
from poruchik.web.server import WebServer
from poruchik.web.site import Site

ADMINISTRATOR = "администратор"
_PASSWORD_ENV = "PORUCHIK_NEW_PASSWORD"  # noqa: S105 — the name of a variable
_LOGIN = typer.Argument(..., metavar="ИМЯ", help="Имя для входа.")


def serve(
    config: Path | None = CONFIG,
    port: int | None = typer.Option(None, "--port", help="Порт вместо записанного в настройках; 0 — любой свободный."),
    link: str = typer.Option("", "--link", metavar="ИМЯ", help="Напечатать одноразовую ссылку для входа без пароля."),
    as_of: str = typer.Option("", "--as-of", help="Показать день, а не сегодня: 2026-12-17."),
) -> None:
    """Serve the pages until a signal."""
    settings = settings_from(config)
    clock = SimulatedClock(_morning(as_of, settings)) if as_of else SystemClock()
    with Application(settings, clock=clock, opening=Store.to_write) as application:
        site = Site.over(application, logins=SystemClock())
        word = site.access.link(_known(application, link).login) if link else ""
        with application.store.reading() as reading:
            nobody = not reading.users.listing()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with WebServer(site, port=port) as server:
            _tell_address(server, word, nobody=nobody)
            stop.wait()
    typer.echo("Страницы закрыты.")


def _tell_address(server: WebServer, word: str, *, nobody: bool) -> None:
    """Print where the pages are, and what is not as it should be."""
    typer.echo(f"Страницы: {server.url}. Остановить: Ctrl+C.")
    if word:
        typer.echo(f"Войти один раз, в течение 15 минут: {server.url}/login/{word}")
    if nobody:
        typer.echo("Учётных записей нет, войти некому. Заведите: poruchik users add ИМЯ --role контролёр", err=True)
    if server.in_the_clear:
        typer.echo(
            "Страницы открыты в сеть без TLS: пароли идут открыто. Поставьте перед ними посредник и впишите web.url.",
            err=True,
        )
    sys.stdout.flush()


def _morning(as_of: str, settings: Settings) -> datetime:
    try:
        named = datetime.fromisoformat(as_of)
    except ValueError:
        raise PoruchikError(f"--as-of: «{as_of}» — не день", remedy="напишите, например, 2026-12-17") from None
    with to_read(settings) as reading:
        zone = office_of_today(reading, settings, SystemClock()).calendar.zone
    return named if named.tzinfo else named.replace(hour=named.hour or 9, tzinfo=zone)


def _known(application: Application, login: str) -> User:
    with application.store.reading() as reading:
        return _user(reading, login)


# --- accounts ------------------------------------------------------------------------------------


def users_add(
    login: str = _LOGIN,
    role: str = typer.Option(..., "--role", help="администратор, контролёр, руководитель, исполнитель, автор правил."),
    person: str = typer.Option("", "--person", help="Сотрудник, как он назван в организации: «Иванов И. И.»."),
    config: Path | None = CONFIG,
) -> None:
    """Make an account; its password is asked for."""
    settings = settings_from(config)
    chosen = _role(role)
    login = _login(login)
    if chosen in (UserRole.HEAD, UserRole.EXECUTOR) or person:
        with to_prepare(settings) as reading:
            people = office_of_today(reading, settings, SystemClock()).organization.employees
        known = [one.name for one in people]
        if person not in known:
            what = f"сотрудника «{person}» в организации нет" if person else "не сказано, чья это запись"
            raise PoruchikError(what, remedy=suggest(person, known) or "назовите сотрудника: --person «Иванов И. И.»")
    hashed = PasswordHasher().hash(_new_password())
    now = SystemClock().now()
    with to_prepare(settings) as writing:
        if not writing.users.add(login, chosen, person, hashed, now):
            raise PoruchikError(f"имя «{login}» занято", remedy="назовите другое; список: poruchik users list")
        details = f"{ROLES[chosen]}{f', {person}' if person else ''}"
        writing.audit.add([AuditEntry(now, "учётная запись создана", f"account {login}", details, ADMINISTRATOR)])
    typer.echo(f"Создана запись «{login}»: {details}.")


def users_list(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print the accounts."""
    with to_read(settings_from(config)) as reading:
        users = reading.users.listing()
    if output is Format.JSON:
        print_json(
            [
                {"login": user.login, "role": user.role.value, "person": user.person, "disabled": user.disabled}
                for user in users
            ]
        )
        return
    rows = [(user.login, ROLES[user.role], user.person, "закрыта" if user.disabled else "открыта") for user in users]
    columns = [("Имя", 0), ("Роль", 0), ("Сотрудник", 1), ("Запись", 0)]
    print_table(f"Учётных записей: {len(users)}", columns, rows)


def users_password(login: str = _LOGIN, config: Path | None = CONFIG) -> None:
    """Give an account another password."""
    settings = settings_from(config)
    with to_prepare(settings) as reading:
        user = _user(reading, login)
    hashed = PasswordHasher().hash(_new_password())
    now = SystemClock().now()
    with to_prepare(settings) as writing:
        writing.users.set_password(user.id, hashed, now)
        writing.audit.add([AuditEntry(now, "пароль сменён", f"account {user.login}", who=ADMINISTRATOR)])
    typer.echo(f"Пароль записи «{user.login}» сменён, её сеансы закрыты.")


def users_disable(
    login: str = _LOGIN,
    undo: bool = typer.Option(False, "--undo", help="Открыть закрытую."),
    config: Path | None = CONFIG,
) -> None:
    """Close an account with its sessions, or open it again."""
    now = SystemClock().now()
    what = "учётная запись открыта" if undo else "учётная запись закрыта"
    with to_prepare(settings_from(config)) as writing:
        user = _user(writing, login)
        writing.users.set_disabled(user.id, not undo, now)
        writing.audit.add([AuditEntry(now, what, f"account {user.login}", who=ADMINISTRATOR)])
    typer.echo(f"«{user.login}»: {what}.")


def _user(reading: Transaction, login: str) -> User:
    user = reading.users.find(login.strip().casefold())
    if user is None:
        known = [one.login for one in reading.users.listing()]
        raise PoruchikError(f"записи «{login}» нет", remedy=suggest(login, known) or "список: poruchik users list")
    return user


def _login(text: str) -> str:
    login = text.strip().casefold()
    if not 2 <= len(login) <= 100 or not login.isprintable() or " " in login:
        raise PoruchikError(f"имя «{text}» не годится", remedy="от 2 до 100 знаков, без пробелов")
    return login


def _role(text: str) -> UserRole:
    for role, name in ROLES.items():
        if text.strip().casefold() in (role.value, name):
            return role
    raise PoruchikError(f"роли «{text}» нет", remedy="есть: " + ", ".join(ROLES.values()))


def _new_password() -> str:
    """Ask for a password twice, or take it from the environment where nobody can be asked."""
    password = os.environ.get(_PASSWORD_ENV)
    if password is None:
        if not sys.stdin.isatty():
            raise PoruchikError("пароль негде спросить", remedy=f"задайте его в переменной {_PASSWORD_ENV}")
        password = typer.prompt("Пароль", hide_input=True)
        if typer.prompt("Ещё раз", hide_input=True) != password:
            raise PoruchikError("пароли не совпали", remedy="повторите команду")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PoruchikError(
            f"пароль не годится: {len(password)} знаков", remedy=f"нужно от {MIN_PASSWORD} до {MAX_PASSWORD}"
        )
    return password
