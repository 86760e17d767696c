"""The manual queue: both proposals of a settled conflict, an order by a person, again, closed; proved in the stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from poruchik.cli.main import main
from poruchik.marks import hookimpl
from poruchik.model.decision import Decision
from poruchik.model.document import SystemKind
from support.bending import bending, change, key_of, tell
from support.pages import Browser, pages, text_of
from support.policies import DICTIONARY, write_policy
from support.world import World, appeal, raw_card, world

pytestmark = pytest.mark.both_databases
WITH_PARTS = """
правила:
  - правило: поручить
    основание: {акт: акт, пункт: "3"}
    суть: Ответ готовит отдел.
    если: {вид: обращение}
    то:
      срок: {длительность: 10 дней}
      соисполнители: [{сотрудник: Котова К. К.}, {сотрудник: Петров П. П., срок: {длительность: 5 дней}}]
      письма: [расписка]
      приоритет: 2
      ответственный: {подразделение: отдел}
  - правило: руководство
    основание: {акт: акт, пункт: "5"}
    суть: Руководство.
    если: {срочно: да}
    то: {ответственный: {подразделение: руководство}}
    спорно с: поручить
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played:
        played.register(
            appeal(
                "Д-1",
                system=SystemKind.SED,
                тип="договор",
                вид="договор закупки",
                канал="сэд",
                тема="цифровые проекты",
                сумма=5_000_000,
            ),
            appeal("О-1"),
            appeal("О-2", канл="почта"),
            appeal("О-3", тема="телевидение", вид="жалоба на услугу"),
        )
        played.live_until("2026-11-24T12:00")
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            yield played, browser


def waiting(browser: Browser) -> dict[str, str]:
    """Return the documents of the queue: number → address."""
    tree = html.fromstring(browser.get("/manual").text)
    return {link.text: link.get("href") for link in tree.xpath("//tbody//th/a")}


def orders_of(played: World, system: str, document: str) -> list[tuple[str, str, str]]:
    """Return the orders of a document as a client of the stand reads them: lead, term, text."""
    page = (played.stand_client if system == "sog" else played.sed_client).GetOrders(cursor="", limit=100)
    return [(one.lead.name, f"{one.dueAt:%Y-%m-%d}", one.text) for one in page.order if one.documentId == document]


def test_both_proposals_of_a_settled_conflict(here: tuple[World, Browser]) -> None:
    played, browser = here
    address = waiting(browser)["Д-1"]
    assert "спорный случай" in text_of(browser.get(address))
    form = browser.get(f"{address}/assign")
    sides = html.fromstring(form.text).xpath("//ul[@class='sides']/li")
    assert len(sides) == 2, text_of(form)
    links = html.fromstring(form.text).xpath("//ul[@class='sides']//a/@href")
    taken = browser.get(links[1])
    (lead,) = html.fromstring(taken.text).xpath("//select[@name='lead']//option[@selected]/@value")
    assert lead
    preview = browser.submit(taken, "Показать", due="2026-12-10", comment="По регламенту.")
    assert "Проверьте, что уйдёт в систему sed" in text_of(preview)
    card = browser.submit(preview, "Поручить")
    assert "Поручение отправлено в систему." in text_of(card)
    played.live_until("2026-11-24T12:10")
    ((who, due, _),) = orders_of(played, "sed", "Д-1")
    assert (who, due) == (lead, "2026-12-10")
    told = text_of(browser.get(card.url.removeprefix(browser.base)))
    assert "выбрал(а) Кузьмина Е. В.: По регламенту." in told
    assert "срок назначил(а) Кузьмина Е. В." in told
    assert "Что дальше, если ничего не делать" in told, "the order is under control"
    assert "Д-1" not in waiting(browser)


def test_an_order_where_no_rule_could_decide(here: tuple[World, Browser]) -> None:
    played, browser = here
    address = waiting(browser)["О-2"]
    form = browser.get(f"{address}/assign")
    for fields, why in (
        ({"lead": "", "due": "2026-12-10", "text": "Разобраться."}, "исполнитель не выбран"),
        ({"lead": "Карпова Е. Е.", "due": "", "text": "Разобраться."}, "не назван срок"),
        ({"lead": "Карпова Е. Е.", "due": "2026-11-01", "text": "Разобраться."}, "1 ноября 2026 уже прошло"),
        ({"lead": "Карпова Е. Е.", "due": "2026-12-10", "text": ""}, "не сказано, что сделать"),
        (
            {"lead": "Никто Н. Н.", "due": "2026-12-10", "text": "Разобраться."},
            "сотрудника «Никто Н. Н.» в организации нет",
        ),
        (
            {"lead": "Карпова Е. Е.", "due": "2026-12-10", "text": "x", "take": "тема-связь"},
            "этого документа не касается",
        ),
    ):
        page = browser.submit(form, "Показать", **fields)
        assert page.status_code == 422 and why in text_of(page), (why, text_of(page))
    preview = browser.submit(form, "Показать", lead="Карпова Е. Е.", due="2026-12-10", text="Разобраться.")
    assert orders_of(played, "sog", "О-2") == []
    browser.submit(preview, "Поручить")
    again = browser.submit(preview, "Поручить")
    assert again.status_code == 409, "a form sent twice"
    played.live_until("2026-11-24T12:10")
    assert orders_of(played, "sog", "О-2") == [("Карпова Е. Е.", "2026-12-10", "Разобраться.")]
    played.live_until("2026-12-11T12:00")
    assert any("О-2" in subject for _, kind, _, subject in played.notices() if kind == "escalation")


def test_an_order_by_a_person_counts_its_rules_and_is_told_to_the_plugins(here: tuple[World, Browser]) -> None:
    played, browser = here
    heard: list[Decision] = []

    class Ear:
        @hookimpl
        def poruchik_decision_made(self, decision: Decision) -> None:
            heard.append(decision)

    played.running.plugins._manager.register(Ear())

    def decisions() -> int:
        with played.running.store.reading() as reading:
            return reading.hits.of_version(played.running.rulebook.policy.version)[0]

    before = decisions()
    form = browser.get(f"{waiting(browser)['О-2']}/assign")
    browser.submit(
        browser.submit(form, "Показать", lead="Карпова Е. Е.", due="2026-12-10", text="Разобраться."), "Поручить"
    )
    assert decisions() == before + 1
    assert [(one.document.title, one.orders[0].lead.person) for one in heard] == [("О-2", "Карпова Е. Е.")]


def test_a_refused_order_is_given_to_another_and_leaves_the_queue(here: tuple[World, Browser]) -> None:
    played, browser = here
    with played.running.store.writing() as writing:
        (order,) = writing.orders.find("О-1")
        writing._connection.exec_driver_sql(f"UPDATE orders SET demands = '{{}}' WHERE id = {order.id}")
    played.act("О-1", "refused", "Лаптев О. Д.", comment="не моё")
    played.live_until("2026-11-24T12:10")
    page = browser.get(waiting(browser)["О-1"])
    (link,) = html.fromstring(page.text).xpath("//a[contains(@href, 'reassign')]/@href")
    shown = browser.submit(browser.get(link), "Показать", lead="Карпова Е. Е.", comment="Её вопрос.")
    browser.submit(shown, "Передать")
    played.live_until("2026-11-24T12:20")
    assert [who for who, _, _ in orders_of(played, "sog", "О-1")] == ["Карпова Е. Е."]
    assert "О-1" not in waiting(browser)


def test_again_and_closed(here: tuple[World, Browser]) -> None:
    played, browser = here
    address = waiting(browser)["О-2"]
    browser.submit(browser.get(address), "Решить заново")
    assert "О-2" not in waiting(browser)
    played.live_until("2026-11-24T12:10")
    assert "О-2" in waiting(browser), "the rules say the same"
    page = browser.get(address)
    assert "нужно написать, почему" in text_of(browser.submit(page, "Закрыть", comment=""))
    stale = dict(html.fromstring(page.text).xpath("//form[contains(@action, 'close')]")[0].fields)
    browser.submit(page, "Закрыть", comment="Ошибочная регистрация.")
    assert "О-2" not in waiting(browser)
    assert browser.post(f"{address}/close", {**stale, "comment": "ещё раз"}).status_code == 409
    assert "на странице: закрыто без поручения" in text_of(browser.get(address))


def test_only_a_controller_decides(here: tuple[World, Browser]) -> None:
    _, browser = here
    address = waiting(browser)["О-2"]
    for login in ("adm", "law"):
        browser.log_in(login)
        page = browser.get(address)
        assert "Что сделать" not in text_of(page)
        token = html.fromstring(page.text).xpath("//input[@name='token']/@value")[0]
        for deed in ("assign", "again", "close"):
            assert browser.post(f"{address}/{deed}", {"token": token}).status_code == 404


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played, bending(played) as proxy:
        played.register(appeal("О-1"), appeal("О-2"))
        played.running.worker.run_until_idle()
        key = key_of(played, "О-1")
        tell(proxy, change(key, "inProgress", "9", "<comment>моя жалоба</comment>"), change("", "accepted", "10"))
        played.running.worker.round()
        proxy.instead = {}
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            yield played, browser


def state(played: World, number: str) -> str:
    with played.running.store.reading() as reading:
        return reading.orders.find(number)[0].state


def test_a_change_that_was_not_read_stands_beside_the_queue_and_is_entered(unread: tuple[World, Browser]) -> None:
    played, browser = unread
    queue = text_of(browser.get("/manual"))
    assert "Изменения поручений, которые не прочитаны 2" in queue and "неизвестный вид «inProgress»" in queue
    assert "Изменение этого поручения не прочитано" in text_of(browser.get("/orders/1"))
    shown = browser.get("/changes/1")
    assert "О-1" in text_of(shown) and "моя жалоба" not in shown.text
    seen = browser.submit(shown, "Показать, как пришло")
    assert "моя жалоба" in text_of(seen)
    refused = browser.submit(shown, "Применить", kind="extended")
    assert refused.status_code == 422 and "не назван новый срок" in text_of(refused)
    still = browser.submit(shown, "Прочитать заново")
    assert still.status_code == 422 and "По-прежнему не читается" in text_of(still)
    card = browser.submit(shown, "Применить", kind="accepted", at="2026-11-24", by="Лаптев О. Д.")
    assert "Изменение разобрано." in text_of(card) and "этого поручения не прочитано" not in text_of(card)
    assert state(played, "О-1") == "accepted"
    again = browser.submit(shown, "Применить", kind="released")
    assert again.status_code == 409 and "уже разобрано" in text_of(again)
    with played.running.store.reading() as reading:
        story = [(one.what, one.who) for one in reading.audit.about(key_of(played, "О-1"))]
    assert ("просмотр персональных данных", "Кузьмина Е. В.") in story
    assert ("изменение введено человеком", "Кузьмина Е. В.") in story


def test_a_change_of_an_order_that_is_not_known_is_given_to_one(unread: tuple[World, Browser]) -> None:
    played, browser = unread
    shown = browser.get("/changes/2")
    assert "неизвестно" in text_of(shown)
    assert "у нас нет" in text_of(browser.submit(shown, "Применить", kind="accepted", order="О-9"))
    assert "разобрано" in text_of(browser.submit(shown, "Применить", kind="accepted", order="О-2"))
    assert state(played, "О-2") == "accepted"


def test_a_change_is_closed_with_a_reason(unread: tuple[World, Browser]) -> None:
    played, browser = unread
    shown = browser.get("/changes/1")
    assert "Не сказано, почему" in text_of(browser.submit(shown, "Закрыть", comment="нет"))
    assert "Изменение разобрано." in text_of(browser.submit(shown, "Закрыть", comment="в СОГ ничего не сделано"))
    assert state(played, "О-1") == "new"


def test_who_may_deal_with_a_change(unread: tuple[World, Browser]) -> None:
    _, browser = unread
    form = browser.get("/changes/1")
    for login, sees in (("adm", 200), ("law", 200), ("exec", 404), ("head", 404)):
        other = Browser(browser.base)
        other.log_in(login)
        assert other.get("/changes/1").status_code == sees, login
        assert "моя жалоба" not in other.get("/changes/1").text
        own = html.fromstring(other.get("/orders").text).xpath("//input[@name='token']/@value")
        assert own, "the way out is a form too"
        seen = other.post("/changes/1/personal", {"token": own[0]})
        assert seen.status_code == 404 and "моя жалоба" not in seen.text, login
        for path in ("enter", "replay", "close"):
            assert other.post(f"/changes/1/{path}", {"token": own[0], "kind": "released"}).status_code == 404, login
            assert other.submit(form).status_code in (403, 404)
            assert other.post(f"/changes/1/{path}", {"kind": "released"}).status_code in (403, 404), (login, path)
    assert browser.get("/changes/999").status_code == 404


def test_co_executors_and_letters_of_the_draft_arrive(tmp_path: Path) -> None:
    dictionary = DICTIONARY.replace("атрибуты:", "атрибуты:\n  - {атрибут: тема, тип: строка, суть: тема}")
    with world(tmp_path, policies=write_policy(tmp_path / "п", WITH_PARTS, atributy=dictionary)) as played:
        played.register(appeal("О-1", срочно=True))
        played.running.worker.run_until_idle()
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            form = browser.get(f"{waiting(browser)['О-1']}/assign")
            preview = browser.submit(
                form, "Показать", lead="Минина М. М.", due="2026-12-30", text="Разобраться.", comment="Нужно."
            )
            assert "Поручение отправлено в систему." in text_of(browser.submit(preview, "Поручить"))
        played.running.worker.run_until_idle()
        (made,) = played.stand_client.GetOrders(cursor="", limit=10).order
        with played.running.store.reading() as reading:
            items = reading.items.of_orders(reading.orders.keys())
    assert [one.person.name for one in made.coExecutor] == ["Котова К. К.", "Петров П. П."]
    assert all(one.dueAt for one in made.coExecutor)
    assert "Проект: расписка" in made.explanation and "Приоритет: 2" in made.explanation
    assert {one.name for found in items.values() for one in found} == {"", "Котова К. К.", "Петров П. П."}


def test_a_name_in_a_field_of_a_list_is_in_no_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the queue, nor on the page without asking, nor in the log or the messages."""
    private = ("Иванова", "912", "Мария")
    with world(tmp_path) as played:
        played.register(
            appeal("О-1", тема="Иванова Мария жалуется"),
            appeal("О-2", вид="обращение Ивановой +7 912 345-67-89"),
            appeal("О-3", тема="клады"),
        )
        played.register_xml("sog", "О-4", raw_card(appeal("О-4"), registeredAt="Иванова Мария 912"))
        played.live_until("2026-12-20T12:00")
        monkeypatch.chdir(tmp_path)
        config = f"""database = "{played.settings.database}"
[[systems]]
name = "sog"
kind = "СОГ"
url = "{played.stand.url("sog")}"
"""
        (tmp_path / "poruchik.toml").write_text(config, encoding="utf-8")
        for arguments in (["inbox", "list"], ["status"], ["orders", "show", "О-1"]):
            main(arguments)
        printed = capsys.readouterr()
        told = [printed.out + printed.err, *played.texts("sog")]
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            for path in (
                "/manual",
                "/today",
                *(f"/documents/{number}" for number in range(1, 5)),
                "/documents/1/assign",
            ):
                told.append(text_of(browser.get(path)))
            shown = text_of(browser.submit(browser.get("/documents/1"), "Показать скрытое"))
            assert "Иванова Мария жалуется" in shown, "who may see it, does, and it is noted"
    whole = " ".join(told)
    assert "значения «клады» нет в словаре" in whole
    assert "значения «…» нет в словаре" in whole
    assert not [one for one in private if one in whole], [one for one in told if "Иванова" in one]
