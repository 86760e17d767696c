"""`init`, `run`: setting an installation up and running it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import typer

from poruchik.app import Application
from poruchik.cli.installation import CONFIG, settings_from
from poruchik.cli.output import FORMAT, Format, print_json
from poruchik.clock import SystemClock
from poruchik.collector import collect_rarely
from poruchik.errors import SettingsError
from poruchik.files import written_privately
from poruchik.lanes.runtime import Round
from poruchik.settings import CONFIG_NAME
from poruchik.watch.server import Watch
from poruchik.web.server import WebServer
from poruchik.web.site import Site

_TEMPLATE = """\
# Настройки Поручика. Пути — относительно этого файла. Проверить: poruchik doctor

# База данных: sqlite:///файл или postgresql+psycopg://имя@сервер/база; пароль — из окружения или из файла
database = "sqlite:///poruchik.db"
# database_password_env = "PORUCHIK_DB_PASSWORD"
# database_password_file = "db.password"

# Папка политик; слово «поставляемая» — правила, которые идут с программой
policies = "поставляемая"

# Эта папка станет первым набором правил; её изменения действуют, когда опубликованы: poruchik rules publish.
# Кто вправе их вводить: один публикует, другой утверждает. Без этого — любой, кто может запустить команду
# approvers = ["Иванова И. И.", "Петров П. П."]

# Пауза между опросами систем, секунды
poll_seconds = 5

# Куда слать сводку тому, у кого поручения в нескольких системах; без этого — по сводке в каждую
# digests_to = "sed"

# Страницы: poruchik serve, или вместе со службой — poruchik run --serve
[web]
listen = "127.0.0.1:8270"
# url = "https://poruchik.example.ru"   # адрес для людей, если страницы стоят за посредником с TLS
# session_hours = 10                    # через сколько часов войти заново
# soon_days = 3                         # «скоро» — столько рабочих дней вперёд
# risk_days = 7                         # «под угрозой»: не принято, а до срока столько рабочих дней

# Для наблюдения: /health (светофор) и /metrics (Prometheus); без этой таблицы не отвечают
# [watch]
# listen = "127.0.0.1:8271"

# Одна таблица на каждую систему
[[systems]]
name = "sed"                  # под этим именем система известна в журналах и базе; потом не менять
kind = "СЭД"                  # СЭД или СОГ
connector = "exchange"        # открытый договор обмена Поручика (schemas/exchange)
url = "http://127.0.0.1:8269/sed"
timeout = 10                  # сколько секунд ждать ответа целиком
# calls_at_once = 4           # столько исполнителей программы могут слать ей команды одновременно
# calls_per_second = 0        # не больше стольких обращений с командами в секунду; 0 — без ограничения
# longest_text = 100000       # сколько знаков система хранит в одном тексте; длиннее — обрежем по слову
# slots = true                # слать с поручением приоритет, канал ответа, маршрут; без этого они только в обосновании
# username = "poruchik"
# password_env = "PORUCHIK_SED_PASSWORD"    # пароль — из окружения или из файла:
# password_file = "sed.password"
# since = 2026-11-24T00:00:00+05:00         # документы, зарегистрированные раньше, не брать
# under_control_since = 2026-11-24T00:00:00+05:00   # срок прошёл раньше — одним списком контролёру, без эскалации
# zone = "Asia/Yekaterinburg"               # только если система пишет время без часового пояса

[[systems]]
name = "sog"
kind = "СОГ"
connector = "exchange"
url = "http://127.0.0.1:8269/sog"
"""


def init(folder: Path = typer.Argument(..., metavar="ПАПКА", help="Где создать.")) -> None:
    """Write a commented configuration file."""
    file = folder / CONFIG_NAME
    if file.exists():
        raise SettingsError("файл уже есть", where=str(file), remedy="исправьте его или назовите другую папку")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_privately(file) as made:
            made.write(_TEMPLATE.encode())
    except OSError as error:
        raise SettingsError(f"папку не создать: {error.strerror}", where=str(folder)) from error
    typer.echo(f"Создан {file}. Впишите адреса систем и проверьте: poruchik doctor --config {file}")


def run(
    config: Path | None = CONFIG,
    once: bool = typer.Option(False, "--once", help="Сделать всё, что есть сейчас, и закончить."),
    serve: bool = typer.Option(False, "--serve", help="И открыть страницы."),
    output: Format = FORMAT,
) -> None:
    """Run the lanes until there is nothing to do, or until a signal."""
    stop = threading.Event()
    with Application(settings_from(config)) as application:
        collect_rarely()
        if once:
            rounds = application.worker.run_until_idle()
            total = _summed(rounds)
            if output is Format.JSON:
                print_json(total)
            else:
                typer.echo(_told(total, rounds[-1]))
            if rounds[-1].troubles:
                raise typer.Exit(1)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        names = ", ".join(f"{one.settings.name} ({one.settings.url})" for one in application.connectors)
        with ExitStack() as opened:
            if serve:
                server = opened.enter_context(WebServer(Site.over(application, logins=SystemClock())))
                typer.echo(f"Страницы: {server.url}.")
            typer.echo(f"Поручик работает: {names}. Остановить: Ctrl+C.")
            service = application.service()
            if application.settings.watch:
                opened.enter_context(Watch(application, application.settings.watch, lambda: service.counts))
            ended = service.serve(stop)
        typer.echo("Остановлен." if ended else "Остановлен; что было в пути, закончит следующий запуск.")
        if not ended:
            # A thread that waits for an answer would hold up the end of the process; its rows keep their lease.
            sys.stdout.flush()
            os._exit(0)


def _summed(rounds: list[Round]) -> dict[str, int]:
    names = ("taken", "refused", "decided", "sent", "failed", "postponed")
    return {name: sum(getattr(done, name) for done in rounds) for name in names}


def _told(total: dict[str, int], last: Round) -> str:
    lines = [
        f"Принято документов: {total['taken']}, отклонено карточек: {total['refused']}, решено: {total['decided']}.",
        f"Поручений доставлено: {total['sent']}, не доставлено: {total['failed']}.",
    ]
    if last.postponed or total["postponed"]:
        lines.append("Часть отправок отложена: система не приняла их сейчас; повторим сами при следующем запуске.")
    lines += [f"Система {name} не читается: {cause}" for name, cause in last.troubles.items()]
    return "\n".join(lines)
