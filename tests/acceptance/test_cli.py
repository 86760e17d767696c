"""The commands as a person runs them, hostile input included: Russian, one line, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from lxml import html
from sqlalchemy.engine import make_url

from poruchik.cli import main
from poruchik.connector import SystemSettings
from poruchik.model.document import SystemKind
from poruchik.settings import read_settings
from poruchik_exchange.client import ExchangeConnector
from poruchik_stand import demo, month
from poruchik_stand.month import DOCUMENTS
from support.pages import Browser, text_of
from support.policies import write_policy
from support.world import World, appeal, world

CONFIG = """
database = "sqlite:///poruchik.db"
[[systems]]
name = "sed"
kind = "СЭД"
url = "{sed}"
[[systems]]
name = "sog"
kind = "СОГ"
url = "{sog}"
"""
DOCUMENT = {"система": "СОГ", "номер": "О-1", "тип": "входящий", "вид": "обращение", "канал": "почта", "тема": "телевидение",
            "дата регистрации": "2026-11-23T10:00:00+05:00"}  # fmt: skip


STAND = [sys.executable, "-c", "from poruchik.cli import main; main()", "stand", "--port", "0", "--format", "json"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path) as played:
        urls = {name: played.stand.url(name) for name in ("sed", "sog")}
        (tmp_path / "poruchik.toml").write_text(CONFIG.format(**urls), encoding="utf-8")
        yield played


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(one) for one in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_day_of_the_administrator(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.register(appeal("О-1"), appeal("О-2", канл="почта"))
    code, out, _ = run(capsys, "run", "--once")
    assert code == 0
    assert "Принято документов: 2" in out
    assert "Поручений доставлено: 1" in out
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    assert "[хорошо] система sog" in out
    assert "описание (?wsdl) с договором сходится" in out
    assert "[хорошо] Документы ждут человека: 1, первый с " in out
    code, out, _ = run(capsys, "inbox", "list", "--format", "json")
    (item,) = json.loads(out)
    assert item["code"] == "unknown-attribute"
    code, out, _ = run(capsys, "inbox", "replay", item["id"])
    assert code == 0
    assert "решён заново" in out
    run(capsys, "run", "--once")
    code, out, _ = run(capsys, "inbox", "list")
    assert "О-2" in out
    code, out, _ = run(capsys, "outbox", "list")
    assert "Недоставленное: 0" in out


def test_orders_with_their_reasons(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.register(appeal("О-1"))
    run(capsys, "run", "--once")
    code, out, _ = run(capsys, "orders", "list", "--format", "json")
    (order,) = json.loads(out)
    assert (order["document"], order["lead"], order["due_on"]) == ("О-1", "Лаптев О. Д.", "2026-12-23")
    for number in ("О-1", order["key"], order["internal_id"]):
        code, out, _ = run(capsys, "orders", "show", number)
        assert code == 0
        assert "подразделение «отдел телерадиовещания» → начальник Лаптев О. Д." in out
        assert "30 дней → 23 декабря 2026, среда" in out
        assert "поручение создано в системе" in out
    code, _, err = run(capsys, "orders", "show", "нет такого")
    assert code == 1
    assert "«нет такого» нет" in err


def test_a_system_that_is_down_is_told(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.stand.stop()
    code, out, _ = run(capsys, "run", "--once")
    assert code == 1
    assert "sog, GetDocuments: система не отвечает на соединение" in out
    code, out, _ = run(capsys, "doctor")
    assert code == 1
    assert "[плохо] система sed" in out


def test_rules_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "о.json"
    file.write_text(json.dumps(DOCUMENT, ensure_ascii=False), encoding="utf-8")
    code, out, _ = run(capsys, "rules", "decide", "--document", file, "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["orders"][0]["due_on"] == "2026-12-23"
    assert told["orders"][0]["lead_executor"]["ref"] == "подразделение: отдел телерадиовещания"
    assert told["as_of"] == "2026-11-23"
    assert {"orders", "slots", "clocks", "facts", "notify", "manual", "fired", "defeated", "trial"} <= set(told)
    code, out, _ = run(capsys, "rules", "explain", "--document", file, "--why-not", "тема-связь")
    assert "нужно «тема» — доступ в интернет, мобильная связь или почтовая связь" in out
    assert "телевидение" in out
    code, out, _ = run(capsys, "rules", "explain", "--document", file)
    assert "Сработало «обращение-30-дней»" in out
    assert "Канал ответа: почта — приказ-269, п. 8.3.5, правило «ответ-почтой»" in out
    assert "28–29 ноября 2026, суббота – воскресенье, выходные: дни 5–6" in out
    code, out, _ = run(capsys, "rules", "explain", "--document", file, "--format", "json")
    told = json.loads(out)
    assert told["orders"][0]["deadline"]["days"][-1].endswith("дни 28–30")
    assert any("Сработало" in line for line in told["story"])
    code, out, _ = run(capsys, "rules", "explain", "--document", file, "--why-not", "тема-связь", "--format", "json")
    told = json.loads(out)
    assert (told["fired"], told["attribute"], told["found"]) == (False, "тема", "телевидение")
    assert run(capsys, "rules", "check")[0] == 0
    assert run(capsys, "rules", "check", "--strict")[0] == 1
    assert run(capsys, "rules", "test")[0] == 0


def test_a_document_in_xml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from poruchik_stand.cards import card_of

    file = tmp_path / "о.xml"
    file.write_bytes(card_of(appeal("О-1", система="СОГ")))
    code, out, _ = run(capsys, "rules", "decide", "--document", file)
    assert code == 0
    assert "Лаптев О. Д., до 23.12.2026 18:00" in out


def test_cases_that_fail_say_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path / "p", """
        правила:
          - правило: п
            основание: {акт: акт, пункт: "1"}
            суть: Суть.
            если: {вид: обращение}
            то: {ответственный: {подразделение: отдел}, срок: {длительность: 5 дней}}
        """)  # fmt: skip
    (folder / "pravila.test.yaml").write_text(
        "проверки:\n  - проверка: неверная\n    документ: {вид: обращение, дата регистрации: 2026-11-02}\n"
        "    ожидаем: {срок: 2026-11-08, сработали: [п], не сработали: [нет-такого]}\n"
        "  - проверка: ещё\n    документ: {вид: обращение, дата регистрации: 2026-11-02}\n"
        "    ожидаем: {срок: 2026-11-08, ответственный: {роль: контроль}, ручной разбор: да}\n",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "rules", "test", folder)
    assert code == 1
    assert "pravila.test.yaml:4:64: неизвестное-правило: правила «нет-такого» нет" in out
    assert "срок: ожидали 2026-11-08, получили 2026-11-06" in out
    assert "ответственный: ожидали роль: контроль, получили подразделение: отдел" in out
    assert "Правила без двух проверок" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nothing"], "параметра --nothing нет"),
        (["nothing"], "нет такой команды"),
        (["run", "--formt", "json"], "параметра --formt нет"),
        (["run", "--format", "xml"], "--format: значение не годится"),
        (["run", "--config"], "--config нужно значение"),
        (["run", "лишнее"], "лишнее слово"),
        (["orders", "show"], "не указано: НОМЕР"),
        (["rules", "decide"], "не указано: --document"),
        (["stand", "--port", "много"], "--port: значение не годится"),
        (["inbox", "replay", "семь"], "значение не годится"),
        (["--log", "громко", "doctor"], "подробности «громко» нет"),
        (["run"], "не найден poruchik.toml"),
        (["run", "--config", "нет.toml"], "файла настроек нет"),
        (["doctor", "--config", "."], "не читается"),
        (["rules", "check", "нет-папки"], "такой папки нет"),
        (["rules", "check", "."], "нет ни politika.yaml"),
        (["rules", "decide", "--document", "нет.yaml"], "файл не открывается"),
        (["rules", "explain", "--document", "нет.yaml", "--why-not", "нет"], "правила «нет» нет"),
        (["stand", "--documents", "нет.yaml"], "файл не открывается"),
        (["stand", "--port", "99999"], "порта 99999 не бывает"),
        (["stand", "--store", "/нет/такой/x.db", "--port", "0"], "не открывается"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_in_russian(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code in (1, 2)
    told = out + err
    assert words in told
    assert "Traceback" not in told
    assert any("а" <= letter <= "я" for letter in told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("database = ", "это не TOML"),
        ("", "не названо ни одной системы"),
        ("[[systems]]\nname = 'a'", "kind: значение не задано"),
        ("[[systems]]\nname = 'a'\nkind = 'ЭДО'\nurl = 'x'", "неизвестный вид системы «ЭДО»"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\ntimeut = 5", "возможно, «timeout»"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\ntimeout = '5'", "нужно число"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\nknows_message_ids = 'нет'", "«нет» — не да и не нет"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\nzone = 'Урал'", "часового пояса «Урал» нет"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\nsince = 2026-11-24T00:00:00", "со смещением"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\npassword_env = 'NO_SUCH_VARIABLE'", "NO_SUCH_VARIABLE нет"),
        ("database_password_env = 'NO_SUCH'\n[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'", "database_password_env: переменной NO_SUCH"),
        ("database_password_file = 'нет'\n[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'", "database_password_file: файл"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\nconnector = 'exchang'", "возможно, «exchange»"),
        ("policies = 'нет'\n[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'", "policies: папки"),
        ("database = 'mysql://x'\n[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'", "адрес базы данных не годится"),
        ("database = 'sqlite:///нет/такой/x.db'\n[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'", "не открывается"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'x'\noptions = {soap = '1.3'}", "soap = «1.3»"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'ftp://x'", "адрес не годится"),
        ("[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'не адрес'", "адрес не годится"),
    ],
)  # fmt: skip
def test_wrong_settings_name_the_key(text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "poruchik.toml"
    file.write_text(text, encoding="utf-8")
    code, out, err = run(capsys, "run", "--once", "--config", file)
    assert code == 1
    assert words in out + err


def test_the_password_of_the_database_is_named_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "poruchik.toml"
    systems = "[[systems]]\nname = 'a'\nkind = 'СЭД'\nurl = 'http://127.0.0.1:1'\n"
    head = "database = 'postgresql+psycopg://office@127.0.0.1:1/base'\n"
    (tmp_path / "db.password").write_text("п@роль/1\n", encoding="utf-8")
    file.write_text(f"{head}database_password_file = 'db.password'\n{systems}", encoding="utf-8")
    assert make_url(read_settings(file).database).password == "п@роль/1"
    monkeypatch.setenv("DB", "другой")
    file.write_text(f"{head}database_password_env = 'DB'\n{systems}", encoding="utf-8")
    assert make_url(read_settings(file).database).password == "другой"
    file.write_text(head.replace("office@", "office:secret@") + systems, encoding="utf-8")
    file.chmod(0o644)
    _, out, err = run(capsys, "doctor", "--config", file)
    assert "пароль базы: стоит в" in out + err and "secret" not in out + err
    assert "читать может кто угодно — chmod 600" in out + err


def test_init_writes_a_file_that_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "новая"
    assert run(capsys, "init", folder)[0] == 0
    settings = read_settings(folder / "poruchik.toml")
    assert [system.name for system in settings.systems] == ["sed", "sog"]
    assert settings.database == f"sqlite:///{folder / 'poruchik.db'}"
    code, _, err = run(capsys, "init", folder)
    assert code == 1
    assert "файл уже есть" in err


def test_help_is_russian(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--help"],
        ["run", "--help"],
        ["rules", "check", "--help"],
        ["stand", "--help"],
        ["orders", "--help"],
    ):
        code, out, _ = run(capsys, *arguments)
        assert code == 0
        for english in (
            "Usage",
            "Options",
            "Commands",
            "Show this",
            "required",
            "default",
            "TEXT",
            "PATH",
            "Arguments",
        ):
            assert english not in out, (arguments, english)


@pytest.mark.long
def test_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "demo", "--format", "json")
    assert code == 0
    told = json.loads(out)
    assert told["documents"] >= 100
    assert told["orders"] >= 100
    assert told["reminders"] >= 50
    assert told["escalations"] >= 20
    assert told["digests"] >= 10
    assert told["answers"] >= 5
    messages = sum(told[kind] for kind in ("reminders", "escalations", "digests", "answers"))
    assert told["delivered"] >= told["orders"] + messages
    assert told["failed"] == 0
    assert told["returned"] >= 1
    assert 5 <= told["manual"] <= 16
    as_of = ("--as-of", "2026-12-17", "--format", "json")
    code, out, _ = run(capsys, "orders", "list", "--format", "json")
    still_open = {order["key"] for order in json.loads(out)}
    overdue = json.loads(run(capsys, "orders", "overdue", *as_of)[1])
    due = json.loads(run(capsys, "orders", "due", *as_of)[1])
    risky = json.loads(run(capsys, "orders", "at-risk", *as_of)[1])
    assert {order["key"] for order in (*overdue, *due, *risky)} <= still_open
    assert all(order["due_at"] < "2026-12-17" for order in overdue)
    assert all(order["due_at"] > "2026-12-17" for order in due)
    (unit,) = {order["unit"] for order in overdue[:1]}
    code, out, _ = run(capsys, "orders", "overdue", "--as-of", "2026-12-17", "--unit", unit, "--xlsx", "late.xlsx")
    assert code == 0
    sheet = openpyxl.load_workbook("late.xlsx").active
    assert sheet is not None
    assert {row[2].value for row in sheet.iter_rows(min_row=3)} == {unit}
    code, out, _ = run(capsys, "orders", "show", overdue[0]["document"])
    assert code == 0
    assert [line for line in out.splitlines() if line in ("Сейчас", "Что было", "Что дальше, если ничего не делать")]
    for wrong in (("--unit", "нет"), ("--as-of", "завтра"), ("--xlsx", "нет/такой/папки.xlsx")):
        code, _, err = run(capsys, "orders", "overdue", *wrong)
        assert code == 1
        assert err.startswith("Ошибка: ")
    code, out, _ = run(capsys, "inbox", "list", "--format", "json")
    causes = [item["cause"] for item in json.loads(out)]
    assert len(set(causes)) == told["manual"]
    _act_on_the_pages(tmp_path, overdue[0]["document"])
    for module in (month, demo):  # again, over its own folder; ten days show how it is told
        monkeypatch.setattr(module, "END", month.START + timedelta(days=10))
    code, out, _ = run(capsys, "demo")
    assert code == 0
    assert "demo --pages" in out
    assert "Ручной разбор" in out and "Осталось" in out
    assert "Чем кончилось" in out


def test_a_folder_with_other_files_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "чужая").mkdir()
    (tmp_path / "чужая" / "важное.txt").write_text("не трогать", encoding="utf-8")
    code, _, err = run(capsys, "demo", "--folder", "чужая")
    assert code == 1
    assert "чужие файлы" in err
    code, _, err = run(capsys, "demo", "--pages", "--folder", "чужая")
    assert code == 1
    assert "здесь ещё нет демонстрации" in err


def _act_on_the_pages(folder: Path, document: str) -> None:
    """Open the pages of the demo as its last line says, follow the link, transfer an order, see it come back."""
    program = [sys.executable, "-c", "from poruchik.cli import main; main()"]
    command = [*program, "demo", "--pages", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        try:
            printed = [process.stdout.readline() for _ in range(7)]
            (link,) = [line.split()[-1] for line in printed if line.startswith("  контролёр")]
            browser = Browser(link.partition("/login")[0])
            browser.post(link.removeprefix(browser.base), {})
            assert browser.post(link.removeprefix(browser.base), {}).status_code == 403, "the link opens once"
            card = browser.get(f"/orders?what=overdue&q={document}")
            path = html.fromstring(card.text).xpath("//tbody//th/a/@href")[0]
            shown = browser.submit(
                browser.get(f"{path}/reassign"), "Показать", lead="Носова А. Р.", comment="Для пробы."
            )
            browser.submit(shown, "Передать")
            for _ in range(100):
                if "Исполнитель Носова А. Р." in text_of(browser.get(path)):
                    break
                time.sleep(0.1)
            else:
                raise AssertionError(text_of(browser.get(path)))
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0


def test_the_documents_of_the_demo_can_be_rehearsed_with(tmp_path: Path) -> None:
    with subprocess.Popen([*STAND, "--documents", str(DOCUMENTS)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        pages = []
        for name, kind in (("sed", SystemKind.SED), ("sog", SystemKind.SOG)):
            connector = ExchangeConnector(SystemSettings(name, kind, "exchange", urls[name]))
            pages.append(connector.documents("", 200))
            connector.close()
        process.terminate()
    documents = [one for page in pages for one in page.documents]
    assert len(documents) == 119 and not any(page.refused or page.has_more for page in pages)
    now = datetime.now(UTC)
    registered = [one.registered_at for one in documents]
    assert timedelta(days=-1) < now - max(registered) < timedelta(days=2), "the last one came today"


def test_like_mistakes_of_documents_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = DOCUMENTS.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("тип: входящий", "тип: входящие").replace("за: 3 дня", "за: три дня"), "utf-8")
    code, out, err = run(capsys, "stand", "--port", "0", "--documents", wrong)
    assert code == 1
    lines = (out + err).strip().splitlines()
    assert len(lines) == 2, lines
    assert "wrong.yaml:4:38: значение: «тип»: значения «входящие» нет в словаре" in lines[0]
    assert "(и ещё мест: " in lines[0] and "три дня" in lines[1]


def test_the_stand_says_where_it_is(tmp_path: Path) -> None:
    with subprocess.Popen(STAND, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        import requests

        assert requests.get(urls["sed"] + "?wsdl", timeout=10).status_code == 200
        process.terminate()
        assert process.wait(timeout=20) in (0, -15)  # uvicorn ends with the signal once it has shut down
    assert set(urls) == {"sed", "sog", "desk"}


def test_the_service_works_until_it_is_told_to_stop(here: World, tmp_path: Path) -> None:
    here.register(appeal("О-1"))
    command = [sys.executable, "-c", "from poruchik.cli import main; main()", "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert "Поручик работает" in process.stdout.readline()
        for _ in range(200):
            if here.orders_by_external_id():
                break
            time.sleep(0.05)
        process.terminate()
        assert "Остановлен" in process.stdout.read()
        assert process.wait(timeout=20) == 0
    assert list(here.orders_by_external_id().values()) == [1]


@pytest.mark.parametrize(
    ("due", "words"),
    [("завтра", "не день и не момент"), ("2026-11-0Tх", "не день и не момент"), ('"2026-11-06T18:00"', "нет часового пояса"),
     ("нет", "ожидали нет, получили 2026-11-06"), ('"2026-11-06T17:00+05:00"', "получили 2026-11-06 18:00")],
)  # fmt: skip
def test_a_case_with_a_wrong_deadline(tmp_path: Path, capsys: pytest.CaptureFixture[str], due: str, words: str) -> None:
    folder = write_policy(tmp_path / "p", """
        правила:
          - правило: п
            основание: {акт: акт, пункт: "1"}
            суть: Суть.
            если: {вид: обращение}
            то: {ответственный: {подразделение: отдел}, срок: {длительность: 5 дней}}
        """)  # fmt: skip
    (folder / "pravila.test.yaml").write_text(
        "проверки:\n  - проверка: одна\n    документ: {вид: обращение, дата регистрации: 2026-11-02}\n"
        f"    ожидаем: {{срок: {due}}}\n",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "rules", "test", folder)
    assert code == 1
    assert words in out


def test_a_dictionary_that_names_other_systems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(
        tmp_path / "p", "правила: []", atributy="атрибуты: [{атрибут: система, тип: строка, значения: [ЭДО]}]"
    )
    file = tmp_path / "о.yaml"
    file.write_text("{система: ЭДО, дата регистрации: 2026-11-02}", encoding="utf-8")
    code, _, err = run(capsys, "rules", "decide", folder, "--document", file)
    assert code == 1
    assert "«система»: «ЭДО»" in err


def test_why_not_speaks_of_the_local_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path / "p", """
        правила:
          - правило: п
            основание: {акт: акт, пункт: "1"}
            суть: Суть.
            если: {вид: обращение}
            то: {приоритет: 1}
            действует: {по: 2026-11-02}
        """)  # fmt: skip
    file = tmp_path / "о.yaml"
    file.write_text('{вид: обращение, дата регистрации: "2026-11-02T20:00+00:00"}', encoding="utf-8")  # the 3rd at home
    code, out, _ = run(capsys, "rules", "explain", folder, "--document", file, "--why-not", "п")
    assert code == 0
    assert "на 03.11.2026 не действует" in out
