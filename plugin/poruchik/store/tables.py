"""The tables, described once for SQLite and PostgreSQL. The migrations create them; a test holds the two equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from poruchik.clock import require_aware

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """A moment: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite. It sorts as time does on both."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the database."""
        kind: TypeEngine[Any] = BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write a moment; one without an offset is refused."""
        if value is None:
            return None
        moment = require_aware(value)
        return (moment - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read a moment, in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        moment: datetime = value
        return moment.astimezone(UTC)


class Line(TypeDecorator[str]):
    """Words for people of at most so many characters; longer ones are cut, in a condition as in the row."""

    impl = String
    cache_ok = True

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Cut what is too long."""
        if value is None:
            return None
        value = storable(value)
        return value if len(value) <= self.most else value[: self.most - 1] + "…"


class Words(TypeDecorator[str]):
    """Words of any length that are kept for people to read, whoever said them and however they are spoilt."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make them storable."""
        return value if value is None else storable(value)


def storable(words: str) -> str:
    """Return a text as both databases take it: without NUL and halves of characters."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _partial(name: str, predicate: str, *columns: Column[Any]) -> None:
    """Index the rows of which a predicate holds; it is a literal, or no planner could prove that the index applies."""
    Index(name, *columns, sqlite_where=text(predicate), postgresql_where=text(predicate))


# SQLite numbers rows by itself only in a column of the type INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", String(100), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("revision", String(200), nullable=False),
    Column("reg_number", Line(200), nullable=False),
    Column("registered_at", Moment),
    Column("registration_days", Integer),  # from receipt to registration; a law counts them
    Column("state", String(20), nullable=False),
    Column("code", String(40), nullable=False),  # why a person must look, as a word
    Column("cause", Words, nullable=False),
    Column("card", Text, nullable=False),  # the document as JSON; of a refused card, its XML as it came
    Column("received_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),  # how often a worker took it to decide
    Column("owner", String(200), nullable=False, server_default=""),  # the worker that has it
    Column("lease_until", Moment),
    UniqueConstraint("source", "external_id", "revision"),
    Index(None, "state", "id"),
    Index(None, "reg_number"),
    Index("ix_inbox_late", "registered_at", "registration_days"),
)

UNTRIED = "state = 'new' AND tries = 0"
_partial("ix_inbox_untried", UNTRIED, inbox.c.id)
TAKEN = "state = 'new' AND tries > 0"
_partial("ix_inbox_taken", TAKEN, inbox.c.lease_until)

words = Table(
    "words",
    metadata,
    Column("word", String(100), primary_key=True),  # a lemma of what the document says of itself
    Column("inbox_id", _Id, ForeignKey("inbox.id"), primary_key=True),
    sqlite_with_rowid=False,
)

epochs = Table(
    "epochs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("system", String(100), nullable=False),
    Column("backup_at", Moment),  # of the copy that was put back; empty where nobody knows
    Column("began_at", Moment, nullable=False),
    Column("cause", Text, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("closed_at", Moment),
)
OPEN_EPOCH = "closed_at IS NULL"
Index(
    "ux_epochs_open",
    epochs.c.system,
    unique=True,
    sqlite_where=text(OPEN_EPOCH),
    postgresql_where=text(OPEN_EPOCH),
)

strays = Table(
    "strays",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("system", String(100), nullable=False),
    Column("external_id", String(650), nullable=False),
    Column("internal_id", String(650), nullable=False),
    Column("document_key", String(301), nullable=False),
    Column("state", String(20), nullable=False),
    Column("lead", Line(300), nullable=False),
    Column("due_at", Moment),
    Column("found_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("how", Text, nullable=False, server_default=""),
    UniqueConstraint("system", "external_id"),
    Index(None, "document_key"),
)

differences = Table(
    "differences",
    metadata,
    Column("order_key", String(650), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("here", Words, nullable=False),
    Column("there", Words, nullable=False),
    Column("seen_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

corrections = Table(
    "corrections",
    metadata,
    Column("document_key", String(301), primary_key=True),
    Column("attribute", Line(200), primary_key=True),
    Column("value", Text, nullable=False),  # JSON, see `model.document.tagged`
    Column("who", Line(300), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("inbox_id", _Id, ForeignKey("inbox.id"), nullable=False),
    Column("document_key", String(301), nullable=False),
    Column("policy_version", String(100), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("body", Text, nullable=False),  # the public JSON of the decision, its whole trace with it
    Index(None, "document_key"),
    Index(None, "inbox_id"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String(650), nullable=False),
    Column("inbox_id", _Id, ForeignKey("inbox.id"), nullable=False),
    Column("system", String(100), nullable=False),
    Column("document_key", String(301), nullable=False),
    Column("document_id", String(200), nullable=False),
    Column("reg_number", Line(200), nullable=False),
    Column("rule", Line(200), nullable=False),
    Column("act", Line(200), nullable=False),
    Column("clause", Line(200), nullable=False),
    Column("deadline_act", Line(200), nullable=False),
    Column("deadline_clause", Line(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("unit", Line(300), nullable=False),
    Column("lead", Line(300), nullable=False),
    Column("controller", Line(300), nullable=False),
    Column("kind", Line(200), nullable=False),
    Column("channel", Line(200), nullable=False),
    Column("topic", Line(300), nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("due_at", Moment),
    Column("due_on", Date),
    Column("first_due_at", Moment),
    Column("extensions", Integer, nullable=False),
    Column("closed_at", Moment),
    Column("state", String(20), nullable=False),
    Column("internal_id", String(650), nullable=False),  # the connected system's own id, once it has the order
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("demands", Text, nullable=False, server_default="{}"),  # JSON: checks, extension, refusal, controller
    Column("reported_at", Moment),  # when the report was handed in that was complete
    Column("asked_due_at", Moment),  # until when the executor asks to have, while nobody has answered
    Column("report", Text, nullable=False, server_default="{}"),  # JSON: what the last report says
    Column("outcome", Line(200), nullable=False, server_default=""),  # the class that the report names
    Column("answer_days", Integer),  # from registration to the answer that the report names
    Column("revision", Integer, nullable=False, server_default="0"),  # grows by one with every change
    Column("priority", Integer),  # 1 is the highest
    Column("slots", Text, nullable=False, server_default="{}"),  # JSON: the plain slots, the priority too
    Column("late_at", Moment),  # from when it is late: the end of the day of a term in days
    Column("furthest_on", Date),  # the latest day that its term ever had
    Column("reported_late", Boolean),  # whether a complete report came too late; empty while there was none
    Column("asked_by", Line(300), nullable=False, server_default=""),
    Column("asked_why", Text, nullable=False, server_default=""),
    Column("stops", Text, nullable=False, server_default="{}"),  # JSON: when its term stood still
    Column("stopped_until", Moment),  # while it does: when it goes on by itself
    UniqueConstraint("key"),
    Index(None, "document_key"),
    Index(None, "inbox_id"),
    Index(None, "reg_number"),
    Index("ix_orders_outcome", "outcome", "reported_at"),
    Index(None, "lead"),
    Index(None, "unit"),
)

# What the pages count stands in the index itself, `closed_at` too: SQLite reads the row to compare even what the
# predicate says.
OPEN = "closed_at IS NULL"
for _name, _columns in {
    "ix_orders_open_state_due_at": ("state", "due_at"),
    "ix_orders_open_due": ("due_at", "late_at", "reported_at", "state", "due_on", "lead", "closed_at"),
    "ix_orders_open_late": ("late_at", "reported_at", "state", "due_at", "closed_at"),
    "ix_orders_open_unit": ("unit", "due_at", "late_at", "reported_at", "state", "closed_at"),
    "ix_orders_open_lead": ("lead", "unit", "due_at", "late_at", "reported_at", "state", "closed_at"),
    "ix_orders_open_clause": ("act", "clause", "due_at", "late_at", "reported_at", "state", "closed_at"),
}.items():
    _partial(_name, OPEN, *(orders.c[name] for name in _columns))
ASKED = "asked_due_at IS NOT NULL"
_partial("ix_orders_asked", ASKED, orders.c.asked_due_at)

STOPPED = "stopped_until IS NOT NULL"
_partial("ix_orders_stopped", STOPPED, orders.c.stopped_until)

CLOSED = "closed_at IS NOT NULL"
_partial("ix_orders_closed", CLOSED, orders.c.closed_at, orders.c.id)
Index("ix_orders_internal_id", orders.c.internal_id)

items = Table(
    "items",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String(1000), nullable=False),
    Column("order_key", String(650), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", Line(300), nullable=False),  # of a clock, or the co-executor
    Column("person", Line(300), nullable=False),
    Column("unit", Line(300), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("confirmed", Boolean, nullable=False),  # False: the term reaches into a year without a decree
    Column("state", String(20), nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("plan", Text, nullable=False),  # the snapshot: term, ladder, moments, references to people
    Column("progress", Text, nullable=False),  # how far the plan has been carried out
    Column("next_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("cause", Words, nullable=False, server_default=""),  # why it is parked
    Column("inbox_id", _Id, ForeignKey("inbox.id", name="fk_items_inbox_id")),  # of a document that waits for a person
    Column("half_at", Moment),  # half of the law's term for it; none of a term that the house gives itself
    Column("late_at", Moment),  # from when it is late
    Column("counted_by", String(64), nullable=False, server_default=""),  # the version of the calendar
    UniqueConstraint("key"),
    Index(None, "order_key"),
    Index("ix_items_person", "person", "kind"),
)

ACTIVE = "state = 'active'"
_partial("ix_items_next", ACTIVE, items.c.next_at)

OF_DOCUMENT = "inbox_id IS NOT NULL"
_partial("ix_items_document", OF_DOCUMENT, items.c.inbox_id)

PARKED = "state = 'parked'"
_partial("ix_items_parked", PARKED, items.c.id)

COUNTS = "state NOT IN ('done', 'ended', 'parked')"
_partial("ix_items_counted", COUNTS, items.c.person, items.c.id, items.c.counted_by)

REVIEW = "kind = 'review'"
_partial("ix_items_review", f"{REVIEW} AND {ACTIVE}", items.c.id)

points = Table(
    "points",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("item_id", _Id, ForeignKey("items.id", name="fk_points_item_id"), nullable=False),
    Column("order_key", String(650), nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("fired_at", Moment, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("rung", Line(200), nullable=False),
    Column("to_ref", Line(400), nullable=False),
    Column("person", Line(300), nullable=False),
    Column("late", Boolean, nullable=False),  # through an outage, not through the executor
    Column("fate", String(20), nullable=False),
    Column("message_id", String(650), nullable=False),
    Column("why", Words, nullable=False),
    UniqueConstraint("item_id", "kind", "rung", "to_ref", "planned_at", name="uq_points_once"),
    Index(None, "order_key"),
    Index(None, "message_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("message_id", String(650), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("order_key", String(650), nullable=False),
    Column("system", String(100), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("claims", Integer, nullable=False),  # how often a worker took the row
    Column("tries", Integer, nullable=False),  # how often it reached the system and failed, or its outcome was lost
    Column("owner", String(200), nullable=False),  # the worker that has the row
    Column("lease_until", Moment),
    Column("not_before", Moment, nullable=False),
    Column("outcome_unknown", Boolean, nullable=False),
    Column("cause", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("message_id"),
    Index(None, "order_key"),
)

WAITING = "state = 'waiting'"
LEASED = "state = 'leased'"
UNFINISHED = f"({WAITING} OR {LEASED})"
PUT_ASIDE = "state = 'held'"
# A backlog of a hundred thousand must not be sorted to take fifty of it: whose turn it is stands in the index.
for _name, _columns, _predicate in (
    ("ix_outbox_waiting", ("system", "not_before", "id"), WAITING),
    ("ix_outbox_turn", ("system", "operation", "not_before", "id"), WAITING),
    ("ix_outbox_leased", ("system", "lease_until"), LEASED),
    ("ix_outbox_held", ("id",), PUT_ASIDE),
):
    _partial(_name, _predicate, *(outbox.c[name] for name in _columns))
DEAD = "state = 'dead'"
_partial("ix_outbox_dead", DEAD, outbox.c.id)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("system", String(100), nullable=False),
    Column("order_key", String(650), nullable=False),  # «» where not even that could be read
    Column("change_id", String(200), nullable=False),  # the system's own, or a hash of the XML
    Column("state", String(20), nullable=False),
    Column("cause", Words, nullable=False),
    Column("raw", Words, nullable=False),  # the XML of a refused one
    Column("seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("digest", String(64), nullable=False, server_default=""),  # of what it says, where that could be read
    UniqueConstraint("system", "order_key", "change_id"),
)
REFUSED = "state = 'refused'"
_partial("ix_changes_refused", REFUSED, changes.c.id)
_partial("ix_changes_held", REFUSED, changes.c.order_key)

audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Line(200), nullable=False),
    Column("what", Line(200), nullable=False),
    Column("subject", Line(650), nullable=False),
    Column("details", Words, nullable=False),
    Index(None, "subject"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("system", String(100), primary_key=True),
    Column("lane", String(20), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("moved_at", Moment, nullable=False),
)

systems = Table(
    "systems",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("failures", Integer, nullable=False),  # deliveries in a row that the system did not take
    Column("rests_until", Moment),  # nothing is sent before
    Column("next_call_at", Moment),  # by the limit of calls a second
    Column("warmth", Integer, nullable=False),  # calls that went well since it came back
    Column("cause", Words, nullable=False),  # of the last failure; «» when all is well
    Column("contact_at", Moment),  # when it last answered
)

lanes = Table(
    "lanes",
    metadata,
    Column("system", String(100), primary_key=True),  # «» for the service itself
    Column("lane", String(20), primary_key=True),
    Column("began_at", Moment),  # of the last run that read all there was; of the service, its first beat
    Column("succeeded_at", Moment),
    Column("failed_at", Moment),
    Column("failing_since", Moment),  # none while it succeeds
    Column("cause", Words, nullable=False),
)

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("policy_version", String(100), primary_key=True),
    Column("rule", Line(200), primary_key=True),  # «» counts the decisions themselves
    Column("fired", Integer, nullable=False),
    Column("defeated", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("last_inbox_id", _Id, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("login", String(100), nullable=False),  # in lower case
    Column("role", String(20), nullable=False),
    Column("person", Line(300), nullable=False),  # as the organisation calls them
    Column("password", Text, nullable=False),  # argon2
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("login"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("user_id", _Id, ForeignKey("users.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "user_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("subject", String(200), primary_key=True),  # «login …» or «address …»
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
)

policy_sets = Table(
    "policy_sets",
    metadata,
    Column("version", String(100), primary_key=True),
    Column("entry", String(300), nullable=False),  # the folder of the policy in the zip
    Column("rules", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("stored_at", Moment, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("version", String(100), ForeignKey("policy_sets.version"), nullable=False),
    Column("since", Date),  # none: from the beginning
    Column("published_at", Moment, nullable=False),
    Column("published_by", Line(300), nullable=False),
    Column("approved_at", Moment),
    Column("approved_by", Line(300), nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", Line(300), nullable=False),
)
