"""What is told of persons does not stand in the log."""

from __future__ import annotations

import json

import pytest
import structlog

from poruchik.log import configure_logging, mask


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("отказ: Иванов И. И., ivanov.ii@mail.ru", "отказ: ‹имя›, ‹почта›"),
        ("И.И. Петрова-Водкина просит", "‹имя› просит"),
        ("от Сидоровой Анны Петровны и Лаптева Олега Дмитриевича", "от ‹имя› и ‹имя›"),
        ("тел. +7 (343) 123-45-67, 8 912 345 67 89", "тел. ‹телефон›, ‹телефон›"),
        ("СНИЛС 123-456-789 00", "СНИЛС ‹СНИЛС›"),
        ("документ О-1042, п. 8.3.4, 25.11.2026 10:15", "документ О-1042, п. 8.3.4, 25.11.2026 10:15"),
        ("sog, CreateOrders: нет ответа за 10 с", "sog, CreateOrders: нет ответа за 10 с"),
        ("Отдел Телерадиовещания Министерства", "Отдел Телерадиовещания Министерства"),
    ],
)
def test_masked(said: str, masked: str) -> None:
    assert mask(said) == masked


def test_the_same_is_said_once_in_a_while(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("poruchik.log.elapsed", lambda: now[0])
    configure_logging("warning", "json")
    log = structlog.get_logger("x")
    for polls in range(300):
        now[0] += 5
        log.warning("reading failed", system="sog", cause="нет ответа", commands=polls)
    log.warning("reading failed", system="sed", cause="нет ответа")
    configure_logging("warning")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["system"], one.get("repeated")) for one in told] == [
        ("sog", None), ("sog", 119), ("sog", 119), ("sed", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["ы" * 400_000, "Ы. " * 100_000, "a." * 200_000 + "@", "8 " * 200_000, "Иванов И. И. " * 30_000]
)
def test_what_is_said_may_be_of_any_length(capsys: pytest.CaptureFixture[str], text: str) -> None:
    configure_logging("warning", "json")
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("x").exception("cards were refused", first=text)
    configure_logging("warning")
    told = json.loads(capsys.readouterr().err)
    assert len(told["first"]) <= 3000
    assert "Иванов" not in told["first"] + told["exception"]


def test_what_is_remembered_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    log = structlog.get_logger("x")
    for number in range(2500):
        log.warning("a lane failed", lane=str(number))
    configure_logging("warning")
    assert len(capsys.readouterr().err.splitlines()) == 2500


def test_a_line_of_json_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    log = structlog.get_logger("x")
    log.info("left out")
    log.warning("a card was refused", system="sog", cause="Иванов И. И. не указан")
    try:
        raise ValueError("письмо от ivanov@mail.ru")
    except ValueError:
        log.exception("a lane failed", lane="decide")
    finally:
        configure_logging("warning")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["system"], first["cause"]) == ("a card was refused", "sog", "‹имя› не указан")
    assert first["level"] == "warning"
    assert "‹почта›" in second["exception"]
    assert "ivanov" not in second["exception"]
