"""Documents a second of the whole path: registered in the stand, over real SOAP into orders in the stand.

    .venv/bin/python benchmarks/path.py [--documents 2000]

The stand runs in a process of its own (`poruchik stand`), the plugin in this one, its store on SQLite in a temporary
folder with synchronous=FULL. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from poruchik.app import Application
from poruchik.connector import SystemSettings
from poruchik.model.document import SystemKind
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik.store.outbox import OutboxState

TOPICS = ["мобильная связь", "телевидение", "электронные услуги", "персональные данные", "кадры"]
AT = datetime.fromisoformat("2026-11-23T10:00:00+05:00")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=2000)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cards = [
            {"система": "СОГ", "номер": f"О-{number}", "тип": "входящий", "вид": "обращение", "канал": "почта",
             "тема": TOPICS[number % len(TOPICS)], "дата регистрации": AT.isoformat(),
             "дата поступления": AT.isoformat()}
            for number in range(count)
        ]  # fmt: skip
        (folder / "documents.json").write_text(json.dumps(cards, ensure_ascii=False), encoding="utf-8")
        command = [
            sys.executable,
            "-c",
            "from poruchik.cli import main; main()",
            "stand",
            "--port",
            "0",
            "--format",
            "json",
        ]
        files = ["--documents", str(folder / "documents.json"), "--store", str(folder / "stand.db")]
        with subprocess.Popen([*command, *files], stdout=subprocess.PIPE, text=True) as stand:
            assert stand.stdout is not None
            urls = json.loads(stand.stdout.readline())
            systems = tuple(
                SystemSettings(one, kind, "exchange", urls[one])
                for one, kind in (("sed", SystemKind.SED), ("sog", SystemKind.SOG))
            )
            settings = Settings(folder / "x", f"sqlite:///{folder / 'poruchik.db'}", rules_folder(), systems)
            with Application(settings) as application:
                began = time.perf_counter()
                application.worker.run_until_idle()
                seconds = time.perf_counter() - began
                with application.store.reading() as reading:
                    sent = reading.outbox.counts().get(OutboxState.SENT, 0)
            stand.terminate()
    print(
        json.dumps(
            {"documents": count, "orders_sent": sent, "seconds": round(seconds, 2), "per_s": round(count / seconds)}
        )
    )


if __name__ == "__main__":
    main()
