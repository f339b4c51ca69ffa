"""No id is an identity outside its row: each column that holds one is a key the database knows."""

import re

from sqlalchemy import JSON

import app as _product  # noqa: F401  (every model is known once the product is imported)
from core.database import Base, EncryptedText
from security.one_time_codes import OneTimeCode

NO_FOREIGN_KEY = {
    "audit_entries.actor_id": "the log outlives who acted: ids only, never given twice, on purpose",
    "audit_entries.on_behalf_of_id": "same",
    "audit_entries.about_id": "same",
    "audit_entries.subject_id": "same",
    "idempotency_keys.result_id": "what the purpose made; given back to its own person only, "
    "who reaches the thing itself by the usual way; never given twice",
    "outbox_abouts.about_id": "what a message is about, beside the word for its table; never given "
    "twice, and read again through that table",
    "passkeys.credential_id": "the device's own name for the key, random",
    "messages.client_id": "made by the page, random, and judged beside the sender only",
}
"""Columns named like ids that refer to no row of ours, and why nothing can be inherited by them."""

BOUND_BY_TEXT = {
    "idempotency_keys.key": "a hash of what the page made, beside its person (foreign key)",
    "outbox_messages.dedupe_key": "names rows whose ids are never given twice; gone when sent",
    "passkey_challenges.bound_to": "a hash of a secret of the session, attempt or visitor",
    "rate_limit_hits.key": "a keyed hash of accounts, addresses and networks; ids never come back",
    "resumable_uploads.key": "random: where the bytes lie",
    "stored_files.key": "random: where the bytes lie",
    "upload_parts.key": "random: where the bytes lie",
    "sign_in_attempts.alert_key": "names the waiting mail of one browser's attempts, by its token",
    "patients.sort_key": "letters of a name, for sorting",
    "passkeys.public_key": "what a device signs with",
}
"""Columns whose text may name somebody, and what it is made of."""

ASKERS = {"sign_in_attempts", "sign_ups", "email_changes", "mailed_links", "phone_proofs"}


def columns():
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            yield f"{table.name}.{column.name}", column


def test_a_column_that_holds_an_id_is_a_foreign_key_or_says_why_not():
    looks_like_one = re.compile(r"(_ids?|^(owner|author|parent))$")
    found = {
        name
        for name, column in columns()
        if looks_like_one.search(column.name) and not column.foreign_keys
    }
    assert found == set(NO_FOREIGN_KEY)


def test_a_column_that_names_somebody_by_text_says_what_it_is_made_of():
    looks_like_one = re.compile(r"(^|_)(key|bound_to|owner)$")
    found = {
        name
        for name, column in columns()
        if looks_like_one.search(column.name)
        and not column.foreign_keys
        and not isinstance(column.type, EncryptedText | JSON)
    }
    assert found == set(BOUND_BY_TEXT)


def test_a_code_is_deleted_with_what_asked_for_it():
    owners = {
        next(iter(column.foreign_keys)).column.table.name: next(iter(column.foreign_keys)).ondelete
        for column in OneTimeCode.__table__.columns
        if column.foreign_keys and column.name != "outbox_id"
    }
    assert owners == dict.fromkeys(ASKERS, "CASCADE")


def test_what_belongs_to_a_session_or_an_attempt_goes_with_it():
    """Whatever table comes to point at a half-done way in: the database deletes it as well."""
    ends = {
        f"{name} -> {key.column.table.name}": key.ondelete
        for name, column in columns()
        for key in column.foreign_keys
        if key.column.table.name in ASKERS | {"sessions"}
    }
    assert ends
    assert {name for name, end in ends.items() if end != "CASCADE"} == set()
