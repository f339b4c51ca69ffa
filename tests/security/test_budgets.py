"""How many statements a password costs that is right, and whose code is mailed."""

from __future__ import annotations

import pytest

from tests.cast import PASSWORD

LOGIN = 17
"""Five count it before it is judged; the others begin the sign-in and mail its code."""
TRANSACTIONS = 2
"""One before the hash, one after it."""
LOCKS = {"sqlite": 0, "postgresql": 3}
"""On PostgreSQL those who count under one key queue up."""


@pytest.mark.both_databases
def test_giving_a_password_stays_within_its_budget(visitor, cast, count_queries, database):
    given = {"email": cast.jeanne.email, "password": PASSWORD}
    with count_queries() as count:
        assert visitor.post("/connexion", data=given).location == "/connexion/code"
    asked = [text for text in count.statements if not text.startswith("BEGIN")]
    assert len(asked) <= LOGIN + LOCKS[database]
    if database == "sqlite":
        assert len(count.statements) - len(asked) == TRANSACTIONS


@pytest.mark.both_databases
def test_an_unknown_address_costs_as_many_statements_before_the_hash(
    visitor, cast, count_queries, database
):
    """Whoever counts statements from outside, by the time they take, learns nothing."""
    costs = []
    for address in (cast.jeanne.email, "personne@example.org"):
        with count_queries() as count:
            data = {"email": address, "password": "Pas-le-bon-mot-1"}
            assert visitor.post("/connexion", data=data).status_code == 422
        costs.append(sum(not text.startswith("BEGIN") for text in count.statements))
    known, unknown = costs
    assert known == unknown
