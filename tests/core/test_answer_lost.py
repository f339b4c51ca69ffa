"""The database goes away when the act is on disk and its answer is not yet written."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event, func, select, text

from bubbles.models import Invitation, Membership
from bubbles.operations.inviting import show_link
from core.database import db
from core.extensions import socketio
from core.transaction import let_go, transaction
from messaging import sockets as message_sockets
from messaging.models import Conversation, Message
from patient.models import CareAssignment, TeamNote
from scheduling.calendars.models import FeedLink
from security.models import BackupCode, User
from tests.bubbles.acts import invited, make_user
from tests.core.breaking import open_browser
from tests.core.hostile import Forms
from tests.core.test_database_away import AS_DATA, forget_context
from tests.security.test_late_forms import post, thread_of

WORDS = "Bonjour, la plaie est propre et sèche."


class Act(NamedTuple):
    """What somebody does on a page, and the statement by which it is known to be done."""

    person: User
    page: str
    action: str
    fields: dict[str, str]
    statement: str
    rows: Any


def at(app, endpoint: str, **values: object) -> str:
    return app.url_map.bind("localhost").build(endpoint, values)


def calendar_link(app, cast) -> Act:
    """Its address is shown once, on the page that was lost."""
    url = at(app, "scheduling.new_link", agenda_id=cast.agenda.id)
    rows = select(func.count()).select_from(FeedLink)
    fields = {"name": "Téléphone", "detail_level": "discreet"}
    return Act(cast.bob, url, url, fields, "INSERT INTO feed_links", rows)


def backup_codes(app, cast) -> Act:
    url = at(app, "security.backup_codes")
    rows = select(func.count()).select_from(BackupCode)
    return Act(cast.jeanne, url, url, {}, "INSERT INTO backup_codes", rows)


def another_link_of_an_invitation(app, cast) -> Act:
    invitation = invited(cast)
    url = at(app, "bubbles.link", bubble_id=cast.bubble.id, invitation_id=invitation.id)
    rows = select(func.count()).where(Invitation.token_hash != invitation.token_hash)
    return Act(cast.alice, url, url, {}, "UPDATE invitations", rows)


def followers(app, cast) -> Act:
    url = at(app, "patient.followers", bubble_id=cast.bubble.id, enrolment_id=cast.enrolment.id)
    rows = select(func.count()).where(CareAssignment.user_id == cast.chloe.id)
    fields = {"user_ids": str(cast.chloe.id)}
    return Act(cast.alice, url, url, fields, "INSERT INTO care_assignments", rows)


def note(app, cast) -> Act:
    url = at(app, "patient.notes", enrolment_id=cast.enrolment.id)
    rows = select(func.count()).select_from(TeamNote)
    return Act(cast.bob, url, url, {"body": WORDS}, "INSERT INTO team_notes", rows)


ACTS = [calendar_link, backup_codes, another_link_of_an_invitation, followers]


def form_of(answer, here: str, action: str) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    reader = Forms(here)
    reader.feed(answer.text)
    [fields] = [held for sent_to, held, _files in reader.found if sent_to == (action or here)][:1]
    return fields


def filled(browser, act: Act) -> dict[str, str]:
    """Open the page, and fill its form in."""
    return form_of(browser.get(act.page), act.page, act.action) | act.fields


@contextlib.contextmanager
def gone_after(server, statement: str):
    """Stop the server once such a statement is on disk; it is back with the end of the block."""
    state = {"written": False, "kept": False}

    def look(_connection, _cursor, said, *_rest):
        state["written"] |= said.startswith(statement)

    def stop(_session):
        if state["written"] and not state["kept"]:
            state["kept"] = True
            server.stop()

    event.listen(db.engine, "before_cursor_execute", look)
    event.listen(db.session, "after_commit", stop)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
        event.remove(db.session, "after_commit", stop)
        if state["kept"]:
            server.start()
    assert state["kept"], "it was never done"


def count(act: Act) -> int:
    let_go()
    return db.session.scalar(act.rows) or 0


@pytest.mark.parametrize("make_act", ACTS)
def test_who_did_it_is_told_to_look_before_doing_it_again(away, server, page, make_act):
    app, cast = away
    act = make_act(app, cast)
    browser = open_browser(app, act.person)
    before, fields = count(act), filled(browser, act)
    forget_context()
    with gone_after(server, act.statement):
        refused = post(browser, act.action, act.page, fields)
    forget_context()
    assert refused.status_code == 503
    shown = page(refused)
    assert "nous ne savons pas si c’est enregistré. Vérifiez avant de recommencer" in shown.text
    assert "Rien n’est perdu" not in shown.text
    assert "csrf_token" not in shown.inputs  # nothing to press that would do it twice
    assert act.page in shown.links
    assert count(act) > before


@pytest.fixture
def reading_after(monkeypatch):
    """The page that follows a note reads once more, as others do."""

    def read_then_go(enrolment_id: int, _number: int) -> str:
        db.session.execute(text("SELECT 1"))
        return f"/patients/{enrolment_id}/notes"

    monkeypatch.setattr("patient.views.notes._note_url", read_then_go)


def test_a_form_with_a_key_may_go_again_and_counts_once(away, server, page, reading_after):
    app, cast = away
    act = note(app, cast)
    browser = open_browser(app, act.person)
    before, fields = count(act), filled(browser, act)
    forget_context()
    with gone_after(server, act.statement):
        refused = post(browser, act.action, act.page, fields)
    forget_context()
    assert refused.status_code == 503
    assert "nous ne savons pas" in page(refused).text
    assert page(refused).inputs == fields
    assert post(browser, act.action, act.page, page(refused).inputs).status_code == 302
    assert count(act) == before + 1


def test_programs_are_told_the_same(away, server, reading_after):
    app, cast = away
    act = note(app, cast)
    browser = open_browser(app, act.person)
    fields = filled(browser, act)
    forget_context()
    with gone_after(server, act.statement):
        answer = post(browser, act.action, act.page, fields, **AS_DATA)
    assert (answer.status_code, answer.json["error"]) == (503, "uncertain")
    assert "nous ne savons pas" in answer.json["message"]
    assert answer.headers["Retry-After"]  # this form has a key: it counts once


def test_no_program_is_told_to_repeat_what_has_no_key(away, server):
    """Retrying by itself after Retry-After would add another set, another link, another mail."""
    app, cast = away
    act = followers(app, cast)
    browser = open_browser(app, act.person)
    fields = filled(browser, act)
    forget_context()
    with gone_after(server, act.statement):
        answer = post(browser, act.action, act.page, fields, **AS_DATA)
    assert (answer.status_code, answer.json["error"]) == (503, "uncertain")
    assert "retry_after" not in answer.json
    assert "Retry-After" not in answer.headers


def test_an_answer_that_needs_nothing_more_is_given(away, server):
    """The invitation is accepted, the database gone: who said yes is sent on, which is true."""
    app, cast = away
    url = f"/invitations/{show_link(cast.alice, invited(cast))}"
    browser = open_browser(app, make_user("camille"))
    fields = form_of(browser.get(url), url, f"{url}/acceptation")
    forget_context()
    with gone_after(server, "UPDATE invitations"):
        answer = post(browser, f"{url}/acceptation", url, fields)
    assert answer.status_code == 302
    assert count(Act(cast.alice, "", "", {}, "", select(func.count()).select_from(Membership))) == 4


def test_what_fails_before_anything_is_kept_is_safe_to_send_again(away, server, page):
    """The control, by the same browser, on the request that follows one that was kept."""
    app, cast = away
    act = note(app, cast)
    browser = open_browser(app, act.person)
    fields = filled(browser, act)
    assert post(browser, act.action, act.page, fields).status_code == 302
    forget_context()
    fields = filled(browser, act) | {"body": f"{WORDS} Deux."}
    forget_context()
    server.stop()
    try:
        refused = post(browser, act.action, act.page, fields)
    finally:
        server.start()
    assert refused.status_code == 503
    assert "nous ne savons pas" not in page(refused).text
    assert page(refused).inputs == fields


def test_a_fault_of_ours_after_an_act_does_not_invite_to_repeat_it(away, monkeypatch, page):
    app, cast = away
    act = note(app, cast)
    browser = open_browser(app, act.person)
    before, fields = count(act), filled(browser, act)
    forget_context()
    monkeypatch.setattr("patient.views.notes._note_url", lambda *_of: 1 / 0)
    refused = post(browser, act.action, act.page, fields)
    assert refused.status_code == 500
    assert "nous ne savons pas" in page(refused).text
    assert count(act) == before + 1


def test_what_only_looks_may_always_be_asked_again(away, page, monkeypatch):
    """Opening something is noted down: an act too, that can be done twice."""
    app, cast = away
    browser = open_browser(app, cast.bob)
    url = f"/patients/{cast.enrolment.id}/notes"
    assert browser.get(url).status_code == 200
    forget_context()

    def broken(*_given, **_named):
        from core.transaction_state import note_kept

        note_kept()
        raise ZeroDivisionError

    monkeypatch.setitem(app.view_functions, "patient.notes", broken)
    refused = browser.get(url)
    assert refused.status_code == 500
    assert "nous ne savons pas" not in page(refused).text


def test_an_act_of_one_page_is_not_remembered_by_the_next(away):
    from core.transaction_state import is_act_kept, note_kept

    app, _cast = away
    with transaction():
        pass
    note_kept()
    app.test_client().get("/connexion")
    assert not is_act_kept()


def test_no_answer_to_refusals_answers_a_database_away(away, server, page):
    """A page that says every refusal beside its field would take it for a decision of ours."""
    app, cast = away
    act = note(app, cast)
    browser = open_browser(app, act.person)
    post(browser, act.action, act.page, filled(browser, act))
    number = db.session.scalar(select(TeamNote.id))
    url = at(app, "patient.change_note", enrolment_id=cast.enrolment.id, note_id=number)
    forget_context()
    fields = form_of(browser.get(url), url, url) | {"body": f"{WORDS} Deux."}
    forget_context()

    def stop(connection, _cursor, said, *_rest):
        if said.startswith("UPDATE team_notes"):
            server.stop()

    event.listen(db.engine, "before_cursor_execute", stop)
    try:
        refused = post(browser, url, url, fields)
    finally:
        event.remove(db.engine, "before_cursor_execute", stop)
        server.start()
    assert refused.status_code == 503
    assert "nous ne savons pas" not in page(refused).text
    assert page(refused).inputs == fields


def test_a_message_kept_without_an_answer_goes_again_under_its_key(away, server, monkeypatch):
    """By the socket: the same event again is the same message."""
    app, cast = away
    url = thread_of(cast)
    browser = open_browser(app, cast.jeanne)
    fields = form_of(browser.get(url), url, url) | {"body": "Bonjour.", "client_id": "b" * 32}
    assert post(browser, url, url, fields).status_code == 303
    number = db.session.scalar(select(Conversation.id))
    socket = socketio.test_client(app, flask_test_client=browser)
    said = {"conversation": number, "body": WORDS, "client_id": "c" * 32}
    real = message_sockets.post_message

    def read_after(*given, **named):
        made = real(*given, **named)
        db.session.execute(text("SELECT 1"))
        return made

    monkeypatch.setattr(message_sockets, "post_message", read_after)
    forget_context()
    with gone_after(server, "INSERT INTO messages"):
        answer = socket.emit("post_message", said, callback=True)
    assert (answer["ok"], answer["error"]) == (False, "uncertain")
    assert answer["retry_after"] > 0
    assert "nous ne savons pas" in answer["message"]
    assert socket.emit("post_message", said, callback=True)["ok"]
    assert db.session.scalar(select(func.count()).select_from(Message)) == 2
