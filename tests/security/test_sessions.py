"""Sessions: who is there, for how long, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from core import clock, page_slots, tokens
from core.authorization import System
from core.config import InstanceConfig, MailConfig, SecretsConfig, ServerConfig, SmsConfig
from core.database import db
from core.extensions import socketio
from core.transaction import transaction
from security import sessions
from security.models import Session, User
from security.operations.sessions import end_session, open_session
from security.sessions import describe_device
from tests import factories as make
from tests.cast import PASSWORD
from tests.conftest import make_config
from tests.security.steps import ask_for_code, give_code, give_password, is_signed_in


def token_of(client, app) -> str:
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return cookie.value if cookie else ""


def test_the_cookie_is_a_random_token_whose_hash_alone_is_kept(app, cast, visitor, outbox):
    ask_for_code(visitor, cast.bob)
    give_code(visitor, outbox.one(to=cast.bob).code)
    token = token_of(visitor, app)
    assert len(token) == 43
    row = db.session.query(Session).one()
    assert row.token_hash == tokens.hash_token(token)
    assert token not in str(row.data)


def test_the_cookie_travels_as_little_as_possible(app, cast, visitor, outbox):
    ask_for_code(visitor, cast.bob)
    answer = give_code(visitor, outbox.one(to=cast.bob).code)
    header = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("session="))
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Secure" not in header


def test_no_other_cookie_says_who_is_there(app, cast, sign_in):
    """The one by which Flask-Login remembers people is neither written nor read."""
    browser = sign_in(cast.bob)
    assert browser.get_cookie("remember_token") is None
    browser.set_cookie("remember_token", "1|made up")
    assert is_signed_in(browser)


def test_in_production_the_cookie_is_bound_to_the_host_and_to_https(tmp_path):
    config = make_config(
        tmp_path,
        mode="production",
        server=ServerConfig(
            base_url="https://bulle-des-tilleuls.fr",
            trusted_hosts=("bulle-des-tilleuls.fr",),
            proxy_count=0,
        ),
        secrets=SecretsConfig(secret_key=tokens.new_token(), encryption_keys=(tokens.new_token(),)),
        sms=SmsConfig(backend="off", voice_backend="off"),
        mail=MailConfig(backend="smtp", smtp_host="localhost", sender="a@bulle-des-tilleuls.fr"),
        instance=InstanceConfig(contact_email="contact@bulle-des-tilleuls.fr"),
    )
    # A bare application: two whole ones in one process would share their keys.
    app = Flask(__name__)
    app.config.update(ALVEOLE=config, SECRET_KEY=config.secrets.secret_key)
    sessions.configure(app)

    @app.get("/")
    def enter():
        sessions.start("token")
        return ""

    answer = app.test_client().get("/", base_url="https://bulle-des-tilleuls.fr")
    header = answer.headers["Set-Cookie"]
    assert header.startswith("__Host-session=token;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header


def test_a_cookie_planted_before_signing_in_is_worth_nothing_after(app, cast, visitor, outbox):
    planted = "planted-token-planted-token-planted-token-x"
    visitor.set_cookie("session", planted)
    ask_for_code(visitor, cast.bob)
    before = token_of(visitor, app)
    give_code(visitor, outbox.one(to=cast.bob).code)
    after = token_of(visitor, app)
    assert after not in {planted, before}
    for value in (planted, before):
        stranger = app.test_client()
        stranger.set_cookie("session", value)
        assert not is_signed_in(stranger)


def test_the_old_cookie_of_a_second_sign_in_stays_a_session_of_its_own(app, cast, outbox):
    for _ in range(2):
        client = app.test_client()
        ask_for_code(client, cast.bob)
        give_code(client, outbox.one(to=cast.bob).code)
        assert is_signed_in(client)
    assert db.session.query(Session).count() == 2


def test_a_forged_visitor_cookie_is_nobody(app, database, visitor):
    visitor.set_cookie("session", "eyJhIjoxfQ.forged.forged")
    assert visitor.get("/connexion").status_code == 200
    assert not is_signed_in(visitor)


def test_a_session_rests_an_hour_at_most(app, cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    travel_to(timedelta(minutes=59))
    assert is_signed_in(jeanne)
    travel_to(timedelta(minutes=59))
    assert is_signed_in(jeanne)
    travel_to(timedelta(minutes=60))
    assert not is_signed_in(jeanne)


def test_a_session_lasts_a_day_at_most(app, cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    for _ in range(47):
        travel_to(timedelta(minutes=30))
        assert is_signed_in(jeanne)
    travel_to(timedelta(minutes=30))
    assert not is_signed_in(jeanne)


def test_a_package_above_may_shorten_both_limits(app, cast, sign_in, travel_to, monkeypatch):
    def strict(user):
        return (timedelta(minutes=5), timedelta(minutes=12)) if user == cast.mallory else None

    monkeypatch.setitem(page_slots._fillers, "session_limits", [strict])
    mallory, jeanne = sign_in(cast.mallory), sign_in(cast.jeanne)
    travel_to(timedelta(minutes=6))
    assert not is_signed_in(mallory)
    assert is_signed_in(jeanne)
    mallory = sign_in(cast.mallory)
    for _ in range(3):
        travel_to(timedelta(minutes=3))
        assert is_signed_in(mallory)
    travel_to(timedelta(minutes=3))
    assert not is_signed_in(mallory)


def test_being_seen_is_written_once_a_minute(app, cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    opened = clock.now()
    travel_to(timedelta(seconds=59))
    bob.get("/parametres/securite")
    assert db.session.query(Session).one().last_seen_at == opened
    travel_to(timedelta(seconds=1))
    bob.get("/parametres/securite")
    assert db.session.query(Session).one().last_seen_at == opened + timedelta(minutes=1)


def test_a_socket_does_not_keep_a_session_alive(app, cast, connect, travel_to):
    socket = connect(cast.bob)
    opened = clock.now()
    travel_to(timedelta(minutes=10))
    socket.emit("anything", {})
    assert db.session.query(Session).one().last_seen_at == opened


def test_pages_that_ask_by_themselves_keep_no_session_alive(app, cast, sign_in, travel_to):
    view = app.view_functions["security.settings"]
    view.is_unattended = True
    try:
        bob = sign_in(cast.bob)
        opened = clock.now()
        travel_to(timedelta(minutes=10))
        assert bob.get("/parametres/securite").status_code == 200
        assert db.session.query(Session).one().last_seen_at == opened
    finally:
        del view.is_unattended


def test_signing_out_ends_the_row_the_cookie_and_what_the_browser_kept(app, cast, sign_in):
    bob = sign_in(cast.bob)
    token = token_of(bob, app)
    answer = bob.post("/deconnexion")
    assert answer.location == "/connexion"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert db.session.query(Session).count() == 0
    assert not token_of(bob, app)
    bob.set_cookie("session", token)
    assert not is_signed_in(bob)


@pytest.mark.both_databases
def test_an_ended_session_closes_its_page_and_its_socket_and_no_other(app, cast, sign_in):
    page, another, chloe = sign_in(cast.bob), sign_in(cast.bob), sign_in(cast.chloe)
    bob_id = cast.bob.id
    sockets = [
        socketio.test_client(app, flask_test_client=client) for client in (page, another, chloe)
    ]
    assert [one.is_connected() for one in sockets] == [True, True, True]
    bob = db.session.get(User, bob_id)
    row = db.session.query(Session).filter_by(user_id=bob_id).order_by(Session.id).first()
    end_session(bob, row)
    assert [one.is_connected() for one in sockets] == [False, True, True]
    assert not is_signed_in(page)
    assert is_signed_in(another)
    for one in sockets[1:]:
        one.disconnect()


def test_nobody_connects_without_a_session(app, cast):
    assert not socketio.test_client(app, flask_test_client=app.test_client()).is_connected()


def test_a_disabled_account_is_out_at_its_next_page(app, cast, sign_in):
    bob = sign_in(cast.bob)
    with transaction():
        cast.bob.is_enabled = False
    assert not is_signed_in(bob)


def test_two_requests_at_once_do_not_undo_each_other(app, cast, sign_in):
    """Each writes only what it changed."""
    from security.operations.sessions import keep_data

    sign_in(cast.bob)
    row_id = db.session.query(Session).one().id
    with transaction():
        keep_data(row_id, {"one": 1}, set())
    with transaction():
        keep_data(row_id, {"two": 2}, set())
    with transaction():
        keep_data(row_id, {}, {"one"})
    data = db.session.query(Session).one().data
    assert data["two"] == 2
    assert "one" not in data
    assert data["csrf_token"]


def test_forms_work_with_their_token_and_not_without(app, cast, sign_in, page):
    bob = sign_in(cast.bob)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        shown = page(bob.get("/parametres/securite"))
        url = "/parametres/securite/appareils/deconnexion"
        assert bob.post(url).status_code == 403
        assert bob.post(url, data={"csrf_token": shown.inputs["csrf_token"]}).status_code == 302
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_view_without_cookies_reads_and_sets_none(app, cast, sign_in, count_queries):
    bob = sign_in(cast.bob)
    with count_queries() as count:
        answer = bob.get("/static/css/alveole.css")
        answer.close()
    assert count.total == 0
    assert "Set-Cookie" not in answer.headers


def test_opening_a_session_forgets_the_ones_that_are_over(app, cast, travel_to):
    open_session(System("tests"), cast.bob)
    travel_to(timedelta(days=2))
    open_session(System("tests"), cast.bob)
    assert db.session.query(Session).count() == 1


def test_the_password_page_is_not_left_signed_in(app, cast, visitor):
    give_password(visitor, cast.bob, PASSWORD)
    assert db.session.query(Session).count() == 0


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
         "computer Windows Firefox"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36",
         "phone Android Chrome"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605 Version/17 Safari/604.1",
         "tablet iPad Safari"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) AppleWebKit Chrome/130 Safari Edg/130",
         "computer Mac Edge"),
        ("<script>alert(1)</script>", "- - -"),
        ("", "- - -"),
    ],
)  # fmt: skip
def test_a_device_is_named_by_words_of_ours(user_agent, device):
    assert describe_device(user_agent) == device


def test_who_writes_through_an_open_socket_stays_signed_in(cast, connect, travel_to):
    """A person who only chats does something; what the page sends by itself does not count."""
    with transaction():
        talk = make.conversation(cast.enrolment, cast.bob).id
    socket = connect(cast.bob)
    for minute in range(4):
        travel_to(timedelta(minutes=20))
        sent = socket.emit(
            "post_message",
            {"conversation": talk, "body": "Bonjour", "client_id": f"written-at-minute-{minute}"},
            callback=True,
        )
        assert sent == {"ok": True, "seq": minute + 1}, sent
    for _ in range(2):
        travel_to(timedelta(minutes=20))
        socket.emit("mark_read", {"conversation": talk, "seq": 1}, callback=True)
    assert not socket.is_connected()


def test_two_words_said_one_after_the_other_are_both_shown(app, cast, sign_in):
    client = sign_in(cast.bob)
    for text in ("Première nouvelle.", "Seconde nouvelle."):
        with client.session_transaction() as session:
            said = session.get("_flashes", [])  # as Flask does: the same list grows
            said.append(("ok", text))
            session["_flashes"] = said
    shown = client.get("/compte").get_data(as_text=True)
    assert "Première nouvelle." in shown
    assert "Seconde nouvelle." in shown
