"""The pages decide beside the lanes: two threads over one decider get what one of them alone would get."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from poruchik.engine.decide import Decider
from poruchik.policy.load import require_policy
from poruchik.policy.office import load_calendar
from poruchik.resources import rules_folder
from support.world import appeal

THEMES = ("телевидение", "мобильная связь", "персональные данные", "кадры", "электронные услуги")


def test_two_threads_decide_as_one() -> None:
    policy = require_policy(rules_folder())
    decider = Decider.build(policy, load_calendar(rules_folder(), str(policy.zone)))
    documents = [
        appeal(str(number), тема=THEMES[number % 5], **{"в_компетенции": bool(number % 3)}) for number in range(600)
    ]

    def fired(number: int) -> list[str]:
        return [rule.rule for rule in decider.decide(documents[number]).fired]

    alone = [fired(number) for number in range(600)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(fired, range(600)))
    finally:
        sys.setswitchinterval(before)
    assert together == alone
    assert decider.matcher.taken_over == []
    decider.close()
