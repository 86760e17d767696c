"""The command line as a table: what a command is called, which function it is, what its help says."""

from __future__ import annotations

import typer

from poruchik.cli.deferred import add_command
from poruchik.cli.russian import group

_CLI = "poruchik.cli."
COMMANDS = (
    ("init", "service:init", "Создать папку с файлом настроек."),
    ("run", "service:run", "Работать: принимать документы, решать, отправлять поручения."),
    ("serve", "web:serve", "Открыть страницы контролёра, исполнителя, администратора, автора."),
    ("status", "status:status", "Как идёт работа: светофор, очереди, системы. Код: 0, 1 или 2."),
    ("backup", "backup:backup", "Копия базы в один файл; служба при этом работает."),
    ("verify", "backup:verify", "Проверить копию базы: цела ли, что в ней."),
    ("restore", "backup:restore", "Вернуть базу из копии: ничего не удвоится и не потеряется."),
    ("doctor", "doctor:doctor", "Проверить настройки, базу, политики, календарь, системы и плагины."),
)
GROUPS = {
    "rules": (
        "Политики: проверить, испытать, решить документ.",
        (
            ("check", "rules:check", "Найти ошибки в файлах политик и текстах."),
            ("test", "rules:test", "Выполнить проверки *.test.yaml рядом с правилами."),
            ("decide", "rules:decide", "Решить документ и показать решение."),
            ("explain", "rules:explain", "Объяснить решение: кто, к какому сроку и почему."),
            ("simulate", "simulate:simulate", "Прогнать архив документов по одной политике или сравнить две."),
            ("lexicon", "lexicon:lexicon", "Слова классификатора: попадания, промахи, точность и полнота."),
            ("schema", "author:make_schema", "JSON Schema файлов политик: подсказки в редакторе."),
            ("diff", "author:diff", "Чем одна политика отличается от другой."),
            ("coverage", "author:show_coverage", "Какой пункт акта каким правилом исполнен и чем проверен."),
            ("hears", "hears:show_hearing", "Кто узнаёт о просрочке каждого поручения и когда."),
            ("print", "author:print_policy", "Политика документом на согласование: DOCX или HTML."),
            ("init-pack", "author:start", "Начать набор правил своего органа: законы, люди, маршруты."),
            ("new", "author:new", "Завести новое правило с проверкой по шаблону."),
            ("publish", "publish:publish", "Проверить набор правил и ввести его в действие с даты."),
            ("approve", "publish:approve", "Утвердить набор правил, который опубликовал другой."),
            ("list", "publish:show", "Какие наборы правил когда действуют."),
            ("rollback", "publish:rollback", "Отменить последнюю публикацию: вернётся прежний набор."),
            ("extract", "publish:extract", "Достать сохранённый набор правил в папку."),
        ),
    ),
    "reply": (
        "Проект ответа: подсказки.",
        (("check", "reply:check", "Подсказки к проекту ответа: исход, простота, сокращения, латиница."),),
    ),
    "orders": (
        "Поручения: что открыто, просрочено, может опоздать, и одно с обоснованием.",
        (
            ("list", "orders:orders_list", "Открытые поручения, самые срочные сверху."),
            ("due", "orders:orders_due", "Что кончается сегодня и в ближайшие рабочие дни."),
            ("overdue", "orders:orders_overdue", "Что просрочено и ещё не исполнено."),
            ("at-risk", "orders:orders_at_risk", "Что может опоздать: срок близко, а поручение не принято."),
            ("show", "orders:orders_show", "Поручения одного документа: что с ними было, что дальше и почему."),
            ("parked", "parked:orders_parked", "Чей контроль приостановлен, потому что не читается, и почему."),
            ("unpark", "parked:orders_unpark", "Возобновить приостановленный контроль поручения."),
            ("differ", "differ:orders_differ", "Что в базе одно, а в системе другое, по последней сверке."),
            ("meeting", "reports:meeting", "Сводка к оперативному совещанию: просрочено, кончается, под угрозой."),
            ("results", "reports:results", "Отчёт об итогах: исполнено в срок, с опозданием, продлено."),
            ("report", "reports:report", "Отчёт плагина за период; без имени — какие есть."),
        ),
    ),
    "calendar": (
        "Рабочий календарь: год, расчёт срока, подтверждение, загрузка.",
        (
            ("show", "calendar:show", "Показать год: рабочие дни, праздники, переносы, сокращённые дни."),
            ("due", "calendar:due_command", "Посчитать срок и показать, как он сложился."),
            ("check", "calendar:check", "Что с календарём: какие годы подтверждены, до какого он хватает."),
            ("import", "calendar:import_command", "Сделать файл года из XML с xmlcalendar.ru."),
            ("what-if", "calendar:what_if_command", "Что сдвинет новый календарь: до того, как его внести."),
            ("recount", "calendar:recount_command", "Пересчитать открытые сроки по подтверждённому календарю."),
        ),
    ),
    "clock": (
        "Часы сервера, если их перевели.",
        (("accept", "clock:accept", "Время верно: контроль, который стоит из-за перевода часов, пойдёт дальше."),),
    ),
    "inbox": (
        "Документы, которые ждут человека: список и повторное решение.",
        (
            ("list", "queues:inbox_list", "Ручной разбор, отклонённые карточки, неполучившиеся решения."),
            ("replay", "queues:inbox_replay", "Решить заново: после правки карточки, правил или организации."),
        ),
    ),
    "changes": (
        "Изменения поручений, которые не прочитаны: список, повтор, ввод, закрытие.",
        (
            ("list", "changes:changes_list", "Что система сообщила о поручениях, а прочесть не удалось."),
            ("replay", "changes:changes_replay", "Прочитать заново: после обновления или правки настроек."),
            ("enter", "changes:changes_enter", "Ввести самому, что сделали в системе."),
            ("dismiss", "changes:changes_dismiss", "Закрыть без последствий, с причиной."),
        ),
    ),
    "outbox": (
        "Недоставленное: список, одно подробно, повтор, отказ от отправки.",
        (
            ("list", "queues:outbox_list", "Недоставленное; с --all и то, что ещё ждёт отправки."),
            ("retry", "queues:outbox_retry", "Отправить недоставленное ещё раз."),
            ("show", "queues:outbox_show", "Одна команда целиком: что в ней, что с ней было."),
            ("drop", "queues:outbox_drop", "Отказаться от отправки недоставленного, с причиной."),
        ),
    ),
    "users": (
        "Учётные записи страниц.",
        (
            ("add", "web:users_add", "Завести учётную запись."),
            ("list", "web:users_list", "Показать учётные записи."),
            ("password", "web:users_password", "Сменить пароль; открытые сеансы кончаются."),
            ("disable", "web:users_disable", "Закрыть запись; с --undo — открыть снова."),
        ),
    ),
}


def add_all(app: typer.Typer) -> None:
    """Add every command of the core."""
    for name, place, help_text in COMMANDS:
        add_command(app, name, help_text, _CLI + place)
    for group_name, (group_help, commands) in GROUPS.items():
        added = group(group_help)
        for name, place, help_text in commands:
            add_command(added, name, help_text, _CLI + place)
        app.add_typer(added, name=group_name)
