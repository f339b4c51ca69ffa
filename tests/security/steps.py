"""Signing in as people do, page after page."""

from __future__ import annotations

from tests.cast import PASSWORD


def give_password(client, user, password: str = PASSWORD, **form):
    return client.post("/connexion", data={"email": user.email, "password": password, **form})


def choose(client, step: str):
    return client.post("/connexion/methode", data={"step": step})


def give_code(client, code: str):
    return client.post("/connexion/code", data={"code": code})


def ask_for_code(client, user):
    """Walk to the page that waits for the mailed code."""
    assert give_password(client, user).status_code == 302
    answer = choose(client, "email")
    assert answer.status_code == 302
    return answer


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def is_signed_in(client) -> bool:
    return client.get("/parametres/securite").status_code == 200
