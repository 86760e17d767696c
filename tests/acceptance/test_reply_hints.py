"""A draft of a reply attached in the СЭД: hints come back to the executor, and block only where a rule says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest

from poruchik.model.document import Document, SystemKind
from poruchik.resources import rules_folder
from poruchik_exchange.mapping import cut
from support.world import NOW, World, world

POOR = "В целях рассмотрения осуществляется работа с ОГСПДО."
GOOD = "Вышку построят до 1 июня 2027 года: вопрос будет решён в этот срок."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-10", "outcome": "будет решён"}


def appeal(**more: object) -> Document:
    facts = {"тип": "входящий", "вид": "обращение", "канал": "почта", "тема": "телевидение", **more}
    return Document("sog", SystemKind.SOG, "o-1", NOW, facts, reg_number="О-1")  # type: ignore[arg-type]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_hints_come_to_the_executor(here: World) -> None:
    here.register(appeal())
    here.live_until("2026-11-24T12:00")
    here.act("o-1", "drafted", by="Лаптев О. Д.", comment=POOR)
    here.live_until("2026-11-24T12:05")
    (text,) = here.texts()
    assert here.notices()[0][1:] == ("answer", "Лаптев О. Д.", "О-1: подсказки к проекту ответа, 4")
    assert "строка 1: канцелярит «в целях» — проще: чтобы (приказ-269, п. 11.1)." in text
    assert "не видно исхода" in text
    with here.running.store.reading() as reading:
        (key,) = here.orders_by_external_id()
        kept = " ".join(one.details for one in reading.audit.about("sog:o-1", key))
    assert "подсказок: 4" in kept
    assert "осуществляется" not in kept  # a letter to a person is checked and not kept
    here.act("o-1", "drafted", by="Лаптев О. Д.", comment=GOOD)
    here.live_until("2026-11-24T12:10")
    assert here.notices()[1][3] == "О-1: к проекту ответа подсказок нет"


def test_hints_block_nothing_by_themselves(here: World) -> None:
    here.register(appeal())
    here.live_until("2026-11-24T12:00")
    here.act("o-1", "drafted", by="Лаптев О. Д.", comment=POOR)
    here.act("o-1", "reported", by="Лаптев О. Д.", report=REPORT)
    here.live_until("2026-12-30T12:00")
    assert not any("отчёт неполон" in one for _, _, _, one in here.notices())
    assert here.calls("ChangeOrders") == []  # the report was not returned


def test_a_rule_may_ask_for_a_clean_draft(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    path = rules / "prikaz-269" / "pismennye.yaml"
    text = path.read_text("utf-8").replace("[канал ответа, дата ответа]", "[проект без замечаний]")
    path.write_text(text, "utf-8")
    with world(tmp_path, policies=rules) as here:
        here.register(appeal())
        here.live_until("2026-11-24T12:00")
        here.act("o-1", "drafted", by="Лаптев О. Д.", comment=POOR)
        here.act("o-1", "reported", by="Лаптев О. Д.", report=REPORT)
        here.live_until("2026-11-24T12:05")
        assert here.calls("ChangeOrders") == ["ok"]  # returned: «проект без замечаний»
        here.act("o-1", "drafted", by="Лаптев О. Д.", comment=GOOD)
        here.act("o-1", "reported", by="Лаптев О. Д.", report=REPORT)
        here.live_until("2026-11-24T12:10")
        assert here.calls("ChangeOrders") == ["ok"]  # the second report stays


def test_an_interim_answer_does_not_end_it(here: World) -> None:
    here.register(appeal())
    here.live_until("2026-11-24T12:00")
    here.act("o-1", "reported", by="Лаптев О. Д.", report=REPORT | {"outcome": "промежуточный ответ"})
    here.live_until("2026-11-24T12:05")
    assert here.calls("ChangeOrders") == ["ok"]  # returned


def test_an_extension_is_asked_within_the_term(here: World) -> None:
    here.register(appeal())
    here.live_until("2026-12-25T10:00")
    here.act("o-1", "termAsked", by="Лаптев О. Д.", dueAt=datetime.fromisoformat("2027-01-15T18:00+05:00"))
    here.live_until("2026-12-25T10:05")
    assert "срок истёк 24 декабря 2026: продлевают до его конца (59-ФЗ, ст. 12 ч. 2)" in here.texts()[-1]


def test_the_letter_goes_out_with_the_order(here: World) -> None:
    here.register(appeal(**{"в компетенции": False}))
    here.live_until("2026-11-24T12:00")
    (order,) = here.stand.store.orders("sog")
    told = unescape(order.xml.decode())
    assert "Проект: уведомление о переадресации" in told
    assert "Ваше обращение № О-1 от 24 ноября 2026 направлено" in told
    assert "не позднее 1 декабря 2026 (59-ФЗ, ст. 8 ч. 3)" in told


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("Ответить заявителю.", 19, "Ответить заявителю."),
        ("Ответить заявителю.", 15, "Ответить…"),
        ("Ответить заявителю.", 9, "Ответить…"),
        ("Ответить", 5, "Отве…"),
        ("один два три", 9, "один два…"),
    ],
)
def test_texts_are_cut_at_a_word(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept
    assert len(kept) <= limit
