"""Sessions: who is there, for how long, and how it ends."""

from __future__ import annotations


def test_a_signed_in_person_is_known(app, cast, sign_in):
    @app.get("/essai-moi")
    def me():
        from core.web import current_actor

        return str(current_actor().id)

    client = sign_in(cast.bob)
    assert client.get("/essai-moi").text == str(cast.bob.id)
