"""Let SQLite leave the writing to the system: a killed process loses nothing by it, and tests cut no power."""

from poruchik.store import database

database.DURABILITY = "OFF"
