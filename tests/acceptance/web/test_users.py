"""`users` and `serve` as an administrator runs them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from poruchik.cli import main
from poruchik.errors import SettingsError
from poruchik.settings import read_settings
from support.pages import Browser, text_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

CONFIG = """
database = "sqlite:///poruchik.db"
[web]
listen = "127.0.0.1:0"
[[systems]]
name = "sog"
kind = "СОГ"
url = "{sog}"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORUCHIK_NEW_PASSWORD", "очень-длинный-пароль")
    with world(tmp_path) as played:
        (tmp_path / "poruchik.toml").write_text(CONFIG.format(sog=played.stand.url("sog")), encoding="utf-8")
        yield played


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_accounts(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "users", "add", "Kuzmina", "--role", "контролёр")[0] == 0
    code, out, _ = run(capsys, "users", "add", "ivanov", "--role", "head", "--person", "Иванов И. И.")
    assert (code, out) == (0, "Создана запись «ivanov»: руководитель, Иванов И. И..\n")
    _, out, _ = run(capsys, "users", "list")
    assert "kuzmina" in out and "руководитель" in out and "открыта" in out
    assert run(capsys, "users", "disable", "ivanov")[1] == "«ivanov»: учётная запись закрыта.\n"
    assert '"disabled": true' in run(capsys, "users", "list", "--format", "json")[1]
    assert run(capsys, "users", "disable", "ivanov", "--undo")[0] == 0
    assert "сменён" in run(capsys, "users", "password", "kuzmina")[1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "x y", "--role", "контролёр"), "имя «x y» не годится"),
        (("add", "x" * 200, "--role", "контролёр"), "не годится"),
        (("add", "kuzmina", "--role", "царь"), "роли «царь» нет"),
        (("add", "ivanov", "--role", "исполнитель"), "не сказано, чья это запись"),
        (
            ("add", "ivanov", "--role", "исполнитель", "--person", "Иванов И. Й."),
            "сотрудника «Иванов И. Й.» в организации нет",
        ),
        (("password", "nobody"), "записи «nobody» нет"),
        (("disable", "nobody"), "записи «nobody» нет"),
    ],
)
def test_what_is_wrong_with_an_account(
    here: World, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    code, out, err = run(capsys, "users", *arguments)
    assert code == 1 and out == ""
    assert why in err and len(err.splitlines()) == 1


def test_a_login_is_given_once_and_passwords_have_a_length(
    here: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "users", "add", "kuzmina", "--role", "контролёр")
    assert "имя «kuzmina» занято" in run(capsys, "users", "add", "KUZMINA", "--role", "контролёр")[2]
    for password in ("короткий", "x" * 201):
        monkeypatch.setenv("PORUCHIK_NEW_PASSWORD", password)
        assert "пароль не годится" in run(capsys, "users", "add", "other", "--role", "контролёр")[2]
    monkeypatch.delenv("PORUCHIK_NEW_PASSWORD")
    assert "пароль негде спросить" in run(capsys, "users", "add", "other", "--role", "контролёр")[2]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('listen = "8270"', "не адрес и порт"),
        ('listen = "127.0.0.1:99999"', "не адрес и порт"),
        ('url = "poruchik.example.ru"', "не годится"),
        ('url = "https://poruchik.example.ru/a"', "без пути"),
        ("session_hours = 100", "нужно число от 0.25 до 24"),
        ("risk_days = 0", "нужно число от 1 до 60"),
        ("port = 1", "такого ключа нет"),
    ],
)
def test_what_is_wrong_with_the_settings(here: World, tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "poruchik.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('listen = "127.0.0.1:0"', line), encoding="utf-8")
    with pytest.raises(SettingsError, match=why):
        read_settings(file)


def test_serve_and_run_open_the_pages(here: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, "users", "add", "kuzmina", "--role", "контролёр")
    here.register(appeal("О-1"))
    program = [sys.executable, "-c", "from poruchik.cli import main; main()"]
    for arguments in (["run", "--serve"], ["serve", "--as-of", "2026-12-30", "--link", "kuzmina"]):
        with subprocess.Popen([*program, *arguments], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
            assert process.stdout is not None
            try:
                url = process.stdout.readline().split()[1].rstrip(".")
                browser = Browser(url)
                assert browser.get("/health").json() == {"status": "ok"}
                if arguments[0] == "serve":
                    link = process.stdout.readline().split()[-1]
                    page = browser.post(link.removeprefix(url), {})
                    assert "Сегодня, среда, 30 декабря 2026" in text_of(page)
                    assert "О-1" in text_of(page), "taken in by the service before"
                else:
                    page = browser.log_in("kuzmina", "очень-длинный-пароль")
                    for _ in range(100):
                        if "О-1" in browser.get("/orders?what=all").text:
                            break
                        time.sleep(0.05)
                    assert "О-1" in browser.get("/orders?what=all").text
            finally:
                process.terminate()
                assert process.wait(timeout=30) == 0


def test_serve_says_what_is_wrong(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "users", "add", "kuzmina", "--role", "контролёр")
    assert "записи «nobody» нет" in run(capsys, "serve", "--link", "nobody")[2]
    assert "не день" in run(capsys, "serve", "--as-of", "завтра")[2]
    busy = here.stand.url("sog").split(":")[2].split("/")[0]
    assert "страницы не открыть на 127.0.0.1" in run(capsys, "serve", "--port", busy)[2]
    assert "страницы не открыть" in run(capsys, "serve", "--port", "99999")[2]
