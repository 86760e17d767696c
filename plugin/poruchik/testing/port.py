"""The suite of the port: what any connector must do, whatever the system behind it.

An integration's test module subclasses `PortSuite` and offers a fixture `port` that returns a `Port`. The suite needs
pytest only to find its methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from poruchik.connector import Connector, Repetition
from poruchik.errors import IntegrationError
from poruchik.model.commands import Create, Notice, NoticeKind, Operation, Person
from poruchik.model.exchange import ChangeKind, DocumentsPage, ReceiptStatus


@dataclass(frozen=True, slots=True)
class Port:
    """A connector over a system that can be told what to do."""

    connector: Connector
    register: Callable[[int], Sequence[str]]
    """Register so many documents; return their ids, oldest first."""
    made: Callable[[str], int]
    """Return how many orders the system has for one of our external ids."""
    accept: Callable[[str], None]
    """Let the lead executor accept the order of one of our external ids."""
    losing_answers: Callable[[], AbstractContextManager[None]]
    """While inside, the system carries out commands and its answers are lost."""
    down: Callable[[], AbstractContextManager[None]]
    """While inside, the system takes nothing."""


class PortSuite:
    """The tests. Each gets a fresh port."""

    def test_pages_give_every_document_once(self, port: Port) -> None:
        """Cursors lead through all documents, oldest first, and end."""
        ids = port.register(7)
        seen: list[str] = []
        cursor = ""
        for _ in range(20):
            page = port.connector.documents(cursor, 3)
            seen += [document.external_id for document in page.documents]
            cursor = page.cursor
            if not page.has_more:
                break
        assert seen == list(ids)
        assert port.connector.documents(cursor, 3).documents == ()

    def test_a_cursor_can_be_used_again(self, port: Port) -> None:
        """A page that was read and not stored is there a second time."""
        port.register(4)
        first = port.connector.documents("", 2)
        again = port.connector.documents(first.cursor, 2)
        assert _ids(port.connector.documents(first.cursor, 2)) == _ids(again)
        assert len(again.documents) == 2

    def test_documents_registered_later_follow(self, port: Port) -> None:
        """The cursor of the last page finds what came after it."""
        port.register(2)
        page = port.connector.documents("", 10)
        (late,) = port.register(1)
        assert _ids(port.connector.documents(page.cursor, 10)) == [late]

    def test_one_document(self, port: Port) -> None:
        """A document can be asked for by its id; an unknown one is a failure of the seam, not of the program."""
        (known,) = port.register(1)
        assert port.connector.document(known).external_id == known
        assert not _error(lambda: port.connector.document("такого нет")).outcome_unknown

    def test_receipts_follow_the_commands(self, port: Port) -> None:
        """A batch gives one receipt a command, in their order, with the system's ids."""
        commands = _commands(port.register(3))
        receipts = port.connector.submit(commands)
        assert [receipt.message_id for receipt in receipts] == [command.message_id for command in commands]
        assert {receipt.status for receipt in receipts} == {ReceiptStatus.ACCEPTED}
        assert len({receipt.id for receipt in receipts}) == 3

    def test_a_whole_batch_is_taken(self, port: Port) -> None:
        """The batch size that the capabilities promise is taken."""
        size = port.connector.capabilities.batch_size
        assert len(port.connector.submit(_commands(port.register(size)))) == size

    def test_a_repetition_makes_nothing_new(self, port: Port) -> None:
        """With a receiver that knows its messages, the same command again is a duplicate."""
        commands = _commands(port.register(1))
        (first,) = port.connector.submit(commands)
        if port.connector.capabilities.operations[Operation.CREATE] is Repetition.NOTHING:
            return
        found = port.connector.find([commands[0].order_key])
        assert found[commands[0].order_key].id == first.id
        assert port.made(commands[0].order_key) == 1

    def test_one_bad_command_hurts_no_other(self, port: Port) -> None:
        """A command for a document that does not exist is rejected with a cause, the rest is carried out."""
        good = _commands(port.register(2))
        bad = _commands(["такого нет"])
        receipts = port.connector.submit([good[0], *bad, good[1]])
        statuses = [receipt.status for receipt in receipts]
        assert statuses == [ReceiptStatus.ACCEPTED, ReceiptStatus.REJECTED, ReceiptStatus.ACCEPTED]
        assert receipts[1].text

    def test_a_lost_answer_is_an_unknown_outcome(self, port: Port) -> None:
        """An answer that did not come says so, and the look-up tells what became of the command."""
        commands = _commands(port.register(1))
        with port.losing_answers():
            error = _error(lambda: port.connector.submit(commands))
        assert error.outcome_unknown
        assert port.made(commands[0].order_key) == 1
        if Repetition.LOOK_UP in port.connector.capabilities.operations.values():
            assert commands[0].order_key in port.connector.find([commands[0].order_key])

    def test_a_system_that_is_down_took_nothing(self, port: Port) -> None:
        """A system that takes nothing is worth another try, and nothing was made."""
        commands = _commands(port.register(1))
        with port.down():
            error = _error(lambda: port.connector.submit(commands))
            reading = _error(lambda: port.connector.documents("", 1))
        assert error.retryable
        assert not error.outcome_unknown
        assert reading.retryable
        assert port.made(commands[0].order_key) == 0

    def test_what_is_not_there_is_not_found(self, port: Port) -> None:
        """A look-up of unknown ids is empty."""
        if Repetition.LOOK_UP in port.connector.capabilities.operations.values():
            assert dict(port.connector.find(["неизвестный/ключ"])) == {}

    def test_changes_are_given_in_their_order(self, port: Port) -> None:
        """What people do with orders comes page by page, oldest first, and the cursor goes on from there."""
        commands = _commands(port.register(3))
        port.connector.submit(commands)
        for command in commands:
            port.accept(command.order_key)
        first = port.connector.order_changes("", 2)
        assert first.has_more
        rest = port.connector.order_changes(first.cursor, 2)
        changes = (*first.changes, *rest.changes)
        assert [change.order_key for change in changes] == [command.order_key for command in commands]
        assert {change.kind for change in changes} == {ChangeKind.ACCEPTED}
        assert len({change.id for change in changes}) == 3
        assert port.connector.order_changes(rest.cursor, 2).changes == ()

    def test_a_kept_change_is_read_again(self, port: Port) -> None:
        """What is kept of a change is enough to read it once more."""
        commands = _commands(port.register(1))
        port.connector.submit(commands)
        port.accept(commands[0].order_key)
        (change,) = port.connector.order_changes("", 10).changes
        assert change.raw
        assert port.connector.order_change(change.raw) == change
        error = _error(lambda: port.connector.order_change("это не изменение"))
        assert str(error)

    def test_a_notice_is_delivered_once(self, port: Port) -> None:
        """Where the receiver is to know its messages, the same one again is a duplicate."""
        (command,) = _commands(port.register(1))
        port.connector.submit([command])
        notice = Notice(
            "порт:notice:1",
            command.order_key,
            kind=NoticeKind.REMINDER,
            to=Person("Иванов И. И.", "отдел"),
            subject="Осталось 3 рабочих дня",
            text="Проверка соединителя.",
            orders=(command.order_key,),
        )
        (first,) = port.connector.submit([notice])
        assert first.status is ReceiptStatus.ACCEPTED
        if port.connector.capabilities.operations[Operation.NOTICE] is Repetition.RECEIVER:
            (again,) = port.connector.submit([notice])
            assert again.status is ReceiptStatus.DUPLICATE

    def test_check_says_something(self, port: Port) -> None:
        """The check for `doctor` finds something to say, in words."""
        found = port.connector.check()
        assert found
        assert all(finding.text for finding in found)


def _commands(document_ids: Sequence[str]) -> list[Create]:
    return [
        Create(
            message_id=f"{document_id}/порт/0:create:1",
            order_key=f"{document_id}/порт/0",
            document_id=document_id,
            text="Проверить соединитель.",
            explanation="Почему вы: проверка соединителя.",
            act="проверка",
            clause="1",
            lead=Person("Иванов И. И.", "отдел"),
        )
        for document_id in document_ids
    ]


def _ids(page: DocumentsPage) -> list[str]:
    return [document.external_id for document in page.documents]


def _error(call: Callable[[], object]) -> IntegrationError:
    try:
        call()
    except IntegrationError as error:
        return error
    raise AssertionError("no IntegrationError was raised")
