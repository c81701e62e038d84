"""The tables of the connector's own database; what each is for stands in docs/database.md.

A change here needs a migration in `ml_connector.store.migrations.versions`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

from ml_connector.store.columns import Exact, Json, Prose, Sealed, SealedJson, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _key(*names: str) -> list[Column[str]]:
    return [Column(name, Text, primary_key=True) for name in names]


def _serial() -> Column[int]:
    return Column("id", _SERIAL, primary_key=True, autoincrement=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _prose(name: str) -> Column[str]:
    return Column(name, Prose, nullable=False, server_default="")


# --- runs ---------------------------------------------------------------------------------------

run_flow = Table(
    "mlc_run_flow",
    metadata,
    *_key("deployment", "run_id", "flow"),
    Column("read_window", Json),
    Column("counts", Json),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("dry_run", Boolean),
    Index(None, "deployment", "flow", "started_at"),
)

staged_document = Table(
    "mlc_staged_document",
    metadata,
    *_key("deployment", "run_id", "flow", "key"),
    _prose("label"),
    _text("kind"),
    _text("content_hash"),
    Column("modified_at", UtcTime, nullable=False),
    Column("document", Sealed),
    Column("raw", Sealed),
    Column("resolved", Sealed),
    Column("findings", Json, nullable=False),
    Column("outcome", Text),
    Column("decided_at", UtcTime),
    Column("carried", Boolean, nullable=False),
    Index(None, "deployment", "run_id", "flow", "modified_at", "key"),
)

pull = Table(
    "mlc_pull",
    metadata,
    _serial(),
    _text("deployment"),
    _text("flow"),
    _text("run_id"),
    _text("system"),
    _text("entity"),
    _prose("query"),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("page_count", Integer, nullable=False),
    Index(None, "deployment", "run_id"),
)

# --- documents ----------------------------------------------------------------------------------

document = Table(
    "mlc_document",
    metadata,
    *_key("deployment", "flow", "key"),
    _text("marker"),
    _text("progress"),
    Column("target_key", Text),
    Column("ref", Json),
    _text("source_hash"),
    Column("sent_at", UtcTime),
    Column("outcome", Text),
    Column("findings", Json, nullable=False),
    Column("is_open", Boolean, nullable=False),
    _text("kind"),
    Column("payload", Sealed),
    _prose("label"),
    Column("amount", Exact),
    Column("currency", Text),
    Column("held_since", UtcTime),
    Column("run_id", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", UtcTime),
    Column("review", Json),
    Column("failure", Json),
    UniqueConstraint("deployment", "flow", "target_key"),
    Index(None, "deployment", "flow", "is_open"),
    Index(None, "deployment", "outcome"),
)

audit_entry = Table(
    "mlc_audit_entry",
    metadata,
    _serial(),
    Column("at", UtcTime, nullable=False),
    _text("deployment"),
    _text("flow"),
    _text("run_id"),
    _text("key"),
    _text("step"),
    Column("detail", Json, nullable=False),
    Column("scheme", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    _text("previous"),
    _text("hash"),
    Index(None, "deployment", "flow", "key", "seq", unique=True),
    Index(None, "deployment", "run_id"),
)

call_body = Table(
    "mlc_call_body",
    metadata,
    *_key("name"),
    _text("deployment"),
    Column("at", UtcTime, nullable=False),
    Column("sent", Sealed, nullable=False),
    Column("received", Sealed, nullable=False),
    Index(None, "deployment", "at"),
)

audit_chain = Table(
    "mlc_audit_chain",
    metadata,
    *_key("deployment", "flow", "key"),
    Column("seq", Integer, nullable=False),
    _text("hash"),
    Column("is_anchored", Boolean, nullable=False),
    Index(None, "deployment", "is_anchored"),
)

audit_anchor = Table(
    "mlc_audit_anchor",
    metadata,
    *_key("deployment"),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    _text("run_id"),
    _text("previous"),
    Column("heads", Integer, nullable=False),
    _text("heads_hash"),
    Column("removed_before", UtcTime),
    _text("hash"),
    _text("signature"),
    _text("signed_with"),
)

audit_head = Table(
    "mlc_audit_head",
    metadata,
    *_key("deployment"),
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("flow"),
    _text("key"),
    Column("seq", Integer, nullable=False),
    _text("hash"),
    Column("removed", Integer, nullable=False),
    Index(None, "deployment", "flow", "key", "seq"),
)

# --- comparison of both systems -----------------------------------------------------------------

comparison = Table(
    "mlc_comparison",
    metadata,
    _serial(),
    _text("deployment"),
    _text("flow"),
    _text("run_id"),
    Column("at", UtcTime, nullable=False),
    _text("first_day"),
    _text("last_day"),
    Column("counts", Json, nullable=False),
    Column("totals", Json, nullable=False),
    Column("calls", Integer, nullable=False),
    Index(None, "deployment", "flow", "at"),
)

difference = Table(
    "mlc_difference",
    metadata,
    _serial(),
    _text("deployment"),
    _text("flow"),
    _text("key"),
    _text("cause"),
    _prose("label"),
    _prose("detail"),
    Column("day", Text),
    Column("source", SealedJson),
    Column("target", SealedJson),
    _text("run_id"),
    _text("first_day"),
    _text("last_day"),
    Column("found_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("cleared_at", UtcTime),
    Index(None, "deployment", "flow", "cleared_at"),
)

target_view = Table(
    "mlc_target_view",
    metadata,
    *_key("deployment", "flow", "key"),
    _text("written"),
    Column("fields", SealedJson, nullable=False),
)

# --- mappings -----------------------------------------------------------------------------------

supplier_link = Table(
    "mlc_supplier_link",
    metadata,
    *_key("deployment", "cin7_key"),
    _text("partner_key"),
    _text("how"),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("deployment", "partner_key"),
)

code_map = Table(
    "mlc_code_map",
    metadata,
    *_key("deployment", "map", "cin7_code"),
    Column("effective_from", Text, primary_key=True, server_default=""),
    *_key("partner_code"),
    _prose("note"),
    Column("version", Integer, nullable=False),
    _prose("author"),
    Column("at", UtcTime, nullable=False),
)

code_map_change = Table(
    "mlc_code_map_change",
    metadata,
    _serial(),
    Column("at", UtcTime, nullable=False),
    _text("deployment"),
    _text("map"),
    Column("version", Integer, nullable=False),
    _text("cin7_code"),
    Column("before", Text),
    Column("after", Text),
    _prose("note"),
    _prose("author"),
    Column("entries", Json),
    _prose("effective_from"),
    UniqueConstraint("deployment", "map", "version", "cin7_code", "effective_from", name="uq_mlc_code_map_change_slot"),
)

known_code = Table(
    "mlc_known_code",
    metadata,
    *_key("deployment", "system", "map", "code"),
    _prose("name"),
    Column("usable", Boolean, nullable=False),
)

# --- where a run starts -------------------------------------------------------------------------

watermark = Table(
    "mlc_watermark",
    metadata,
    *_key("deployment", "flow"),
    Column("known", UtcTime, nullable=False),
    Column("current", UtcTime, nullable=False),
    Column("shown", UtcTime),
    Column("reader", Text),
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

watermark_history = Table(
    "mlc_watermark_history",
    metadata,
    _serial(),
    Column("at", UtcTime, nullable=False),
    _text("deployment"),
    _text("flow"),
    _text("run_id"),
    _text("event"),
    Column("before", UtcTime),
    Column("after", UtcTime, nullable=False),
    Column("known", UtcTime, nullable=False),
    Index(None, "deployment", "flow"),
)

identity = Table(
    "mlc_identity",
    metadata,
    *_key("deployment", "system"),
    _text("identity"),
    _text("options"),
    Column("since", UtcTime, nullable=False),
)

# --- kept between runs --------------------------------------------------------------------------

source_record = Table(
    "mlc_source_record",
    metadata,
    *_key("deployment", "system", "entity", "record_id"),
    _text("version"),
    Column("answer", SealedJson),
    Column("read_at", UtcTime, nullable=False),
    Index(None, "read_at"),
)

token = Table(
    "mlc_token",
    metadata,
    *_key("name"),
    Column("sealed", Sealed, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

seal_key = Table(
    "mlc_seal_key",
    metadata,
    *_key("name"),
    Column("since", UtcTime, nullable=False),
)

lock = Table(
    "mlc_lock",
    metadata,
    *_key("name"),
    Column("lease_owner", Text),
    Column("lease_until", UtcTime),
)

APPEND_ONLY = (
    "mlc_audit_entry",
    "mlc_audit_anchor",
    "mlc_audit_head",
    "mlc_code_map_change",
    "mlc_watermark_history",
)
"""Tables in which triggers refuse UPDATE and DELETE; only what a tombstone covers may go from the audit tables."""
