"""What of a value from outside a cause may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.discretion import HIDDEN, sayable

NAMES = ("Иванов", "Мария", "Петровна", "Лаптева", "Ахмадзоду", "Гаврилюк", "иванова")
NUMBERS = ("89123456789", "+7 (912) 345-67-89", "112-233-445 95", "6509 123456", "345-67-89", "40817810099910004312")


@pytest.mark.parametrize("word", ["клады", "Клады", "нет связи, плохо", "27.13.2026", "2026-11-27T10:00", "12"])
def test_words_of_the_language_and_dates_are_said(word: str) -> None:
    assert sayable(word) == word


@given(
    st.sampled_from(NAMES + NUMBERS),
    st.sampled_from(["", "обращение ", "жалоба на: "]),
    st.sampled_from(["", " умерла"]),
)
def test_names_and_numbers_are_not(private: str, before: str, after: str) -> None:
    assert sayable(before + private + after) == HIDDEN


@pytest.mark.parametrize("value", ["ivanov@mail.ru", "x" * 100_000, "слово " * 20, "Петров И.И."])
def test_nor_what_nobody_knows(value: str) -> None:
    assert sayable(value) == HIDDEN
