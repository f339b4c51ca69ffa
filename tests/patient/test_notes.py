"""Notes of the team: written for an audience, and read by who belongs to it now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.idempotency import KeyReusedError
from core.transaction import transaction
from patient.errors import NoReaderError, NoteClosedError
from patient.models import Guardianship, TeamNote
from patient.operations.notes import edit_note, withdraw_note, write_note
from patient.operations.places import end_enrolment, set_followers
from patient.queries.notes import get_note_for, list_notes_for, list_shown_notes_of
from patient.vocabulary import GuardianKind, NoteAudience
from tests import factories as make

EVERYBODY = ("alice", "bob", "chloe", "jeanne", "mallory", "dora")


@pytest.fixture
def team(cast):
    """Bob, Chloé and Dora follow Jeanne; Alice administers and does not."""
    with transaction():
        cast.dora = make.user("dora", "Dora Petit")
        make.caregiver(cast.dora, cast.bubble, profession="Kinésithérapeute")
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.bob.id, cast.chloe.id, cast.dora.id])
    return cast


def written(cast, *readers, body="Marche mieux.", shown=False, by=None, key=None) -> int:
    return write_note(
        by or cast.bob,
        cast.enrolment,
        body=body,
        audience=NoteAudience.CHOSEN if readers else NoteAudience.TEAM,
        reader_ids=[reader.id for reader in readers],
        is_shown_to_patient=shown,
        key=key,
    )


def readers_of(cast, number: int) -> set[str]:
    """Who finds the note, in the list and by its number alike."""
    found = set()
    for name in EVERYBODY:
        person = getattr(cast, name)
        listed = [note.id for note in list_notes_for(person, cast.enrolment).items]
        try:
            get_note_for(person, number, cast.enrolment.id)
        except NotFoundError:
            assert number not in listed
            continue
        assert number in listed
        found.add(name)
    return found


@pytest.mark.both_databases
def test_a_note_for_the_team_is_read_by_who_follows_and_by_nobody_else(team):
    assert readers_of(team, written(team)) == {"bob", "chloe", "dora"}


@pytest.mark.both_databases
def test_a_note_for_chosen_caregivers_is_read_by_them_and_its_author(team):
    assert readers_of(team, written(team, team.chloe)) == {"bob", "chloe"}


@pytest.mark.both_databases
def test_who_stops_following_reads_nothing_more_and_who_begins_reads_the_teams(team):
    for_all, for_chloe = written(team), written(team, team.chloe)
    set_followers(team.alice, team.enrolment, user_ids=[team.bob.id, team.dora.id])
    assert readers_of(team, for_all) == {"bob", "dora"}
    assert readers_of(team, for_chloe) == {"bob"}
    set_followers(team.alice, team.enrolment, user_ids=[team.alice.id] * 0 + [team.chloe.id])
    assert readers_of(team, for_all) == {"chloe"}
    assert readers_of(team, for_chloe) == {"chloe"}, "its author left, its reader came back"


def test_who_leaves_the_bubble_reads_nothing_more_and_corrects_nothing(team):
    number = written(team)
    note = db.session.get(TeamNote, number)
    remove_member(team.alice, get_membership(team.bob.id, team.bubble.id))
    assert readers_of(team, number) == {"chloe", "dora"}
    with pytest.raises(ForbiddenError):
        edit_note(team.bob, note, body="x", audience=NoteAudience.TEAM, is_shown_to_patient=False)
    with pytest.raises(ForbiddenError):
        withdraw_note(team.bob, note)


def test_once_the_patient_has_left_the_team_reads_nothing_and_the_patient_what_was_shown(team):
    hidden, shown = written(team), written(team, shown=True)
    end_enrolment(team.alice, team.enrolment)
    assert readers_of(team, hidden) == readers_of(team, shown) == set()
    page = list_shown_notes_of(team.jeanne, team.patient.id)
    assert [note.id for note in page.items] == [shown]


@pytest.mark.both_databases
def test_the_patient_reads_a_note_only_when_its_author_ticked_it(team):
    written(team)
    shown = written(team, team.chloe, shown=True)
    page = list_shown_notes_of(team.jeanne, team.patient.id)
    assert [note.id for note in page.items] == [shown]
    for name in ("alice", "bob", "mallory"):
        assert list_shown_notes_of(getattr(team, name), team.patient.id).items == []


def test_a_caregiver_who_acts_for_the_patient_is_on_the_patients_side(team):
    with transaction():
        db.session.add(
            Guardianship(
                user_id=team.dora.id, patient_id=team.patient.id, kind=GuardianKind.RELATIVE
            )
        )
    hidden, shown = written(team), written(team, shown=True)
    assert readers_of(team, hidden) == {"bob", "chloe"}
    assert [note.id for note in list_shown_notes_of(team.dora, team.patient.id).items] == [shown]
    with pytest.raises(ForbiddenError):
        written(team, by=team.dora)
    with pytest.raises(NoReaderError):
        written(team, team.dora)


@pytest.mark.parametrize("name", ["alice", "jeanne", "mallory"])
def test_who_does_not_follow_writes_no_note_and_is_not_chosen(team, name):
    with pytest.raises(ForbiddenError):
        written(team, by=getattr(team, name))
    with pytest.raises(NoReaderError):
        written(team, getattr(team, name))
    assert db.session.query(TeamNote).count() == 0


@pytest.mark.both_databases
def test_the_same_form_twice_is_one_note_and_another_text_is_refused(team):
    first = written(team, key="k")
    assert written(team, key="k") == first
    with pytest.raises(KeyReusedError):
        written(team, key="k", body="Autre chose.")
    assert db.session.query(TeamNote).count() == 1


def test_a_note_is_corrected_by_its_author_within_a_day(team, travel_to):
    note = db.session.get(TeamNote, written(team, team.chloe))
    travel_to(timedelta(hours=23, minutes=59))
    edit_note(
        team.bob,
        note,
        body="Marche seule.",
        audience=NoteAudience.CHOSEN,
        reader_ids=[team.dora.id],
        is_shown_to_patient=False,
    )
    assert readers_of(team, note.id) == {"bob", "dora"}
    assert (note.body, note.edited_at is not None) == ("Marche seule.", True)
    with pytest.raises(ForbiddenError):
        edit_note(team.dora, note, body="x", audience=NoteAudience.TEAM, is_shown_to_patient=False)
    travel_to(timedelta(minutes=1))
    with pytest.raises(NoteClosedError):
        edit_note(team.bob, note, body="x", audience=NoteAudience.TEAM, is_shown_to_patient=True)
    assert note.body == "Marche seule."


def test_a_withdrawn_note_leaves_its_line_and_is_gone_for_the_patient(team):
    note = db.session.get(TeamNote, written(team, shown=True))
    with pytest.raises(ForbiddenError):
        withdraw_note(team.chloe, note)
    withdraw_note(team.bob, note)
    first = note.withdrawn_at
    withdraw_note(team.bob, note)
    assert note.withdrawn_at == first
    assert readers_of(team, note.id) == {"bob", "chloe", "dora"}
    assert list_shown_notes_of(team.jeanne, team.patient.id).items == []
    with pytest.raises(NoteClosedError):
        edit_note(team.bob, note, body="x", audience=NoteAudience.TEAM, is_shown_to_patient=True)


def test_a_note_is_sealed_in_the_database(team):
    written(team, body="Hallux valgus")
    raw = db.session.execute(text("SELECT body FROM team_notes")).scalar_one()
    assert "Hallux" not in raw


# ── The pages ─────────────────────────────────────────────────────────────────────────────────


def address(cast) -> str:
    return f"/patients/{cast.enrolment.id}/notes"


@pytest.mark.covers("M4")
def test_a_note_is_written_from_the_sheet_and_says_who_reads_it(team, sign_in, page):
    browser = sign_in(team.bob)
    sheet = page(browser.get(f"/patients/{team.enrolment.id}"))
    assert "Toute l’équipe qui suit ce patient" in sheet.text
    assert "Les administrateurs qui ne suivent pas ce patient ne lisent aucune note" in sheet.text
    assert "En cas d’urgence, n’écrivez pas : appelez le 15 ou le 112" in sheet.text
    sent = {
        "key": sheet.inputs["key"],
        "audience": "chosen",
        "reader_ids": [team.chloe.id],
        "body": "Marche mieux.\n<b>Deux étages.</b>",
    }
    answer = browser.post(address(team), data=sent)
    assert answer.status_code == 302
    browser.post(address(team), data=sent)
    shown = page(browser.get(answer.location))
    assert shown.html.count("&lt;b&gt;Deux étages.&lt;/b&gt;") == 1
    assert "Lue par Bob Garnier, Chloé Lefèvre, tant qu’ils suivent ce patient" in shown.text
    assert "Le patient ne la lit pas." in shown.text
    assert "Marche mieux." in page(sign_in(team.chloe).get(address(team))).text
    assert "Marche mieux." not in page(sign_in(team.dora).get(address(team))).text
    assert "Marche mieux." not in page(sign_in(team.jeanne).get("/mon-profil/notes")).text
    for name in ("alice", "jeanne", "mallory"):
        assert sign_in(getattr(team, name)).get(address(team)).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"audience": "team", "body": " "}, "Écrivez la note."),
        ({"audience": "team", "body": "a" * 10_001}, "10 000 lettres au plus."),
        ({"audience": "chosen", "body": "Bien."}, "Cochez au moins un accompagnant."),
    ],
)
def test_a_slip_keeps_what_was_typed(team, sign_in, page, typed, words):
    answer = sign_in(team.bob).post(address(team), data=typed)
    shown = page(answer)
    assert answer.status_code == 422
    assert words in shown.text
    assert shown.title.startswith("Erreur :")
    assert typed["body"].strip() in shown.text
    assert db.session.query(TeamNote).count() == 0


def test_a_stranger_to_the_team_cannot_be_slipped_into_the_form(team, sign_in):
    for stranger in (team.alice, team.mallory, team.jeanne):
        sent = {"audience": "chosen", "body": "Bien.", "reader_ids": [stranger.id]}
        assert sign_in(team.bob).post(address(team), data=sent).status_code == 422
    assert db.session.query(TeamNote).count() == 0


def test_a_note_is_corrected_then_withdrawn_through_the_pages(team, sign_in, page):
    number = written(team, shown=True)
    browser = sign_in(team.bob)
    assert "Marche mieux." in page(sign_in(team.jeanne).get("/mon-profil/notes")).text
    form = page(browser.get(f"{address(team)}/{number}/modifier"))
    assert "Marche mieux." in form.text
    answer = browser.post(
        f"{address(team)}/{number}/modifier",
        data={"audience": "team", "body": "Marche seule.", "is_shown_to_patient": "y"},
    )
    told = page(browser.get(answer.location))
    assert "Marche seule." in told.text
    assert ", corrigée aujourd’hui à 8 h" in told.text
    assert "Marche seule." in page(sign_in(team.jeanne).get("/mon-profil/notes")).text
    asked = page(browser.get(f"{address(team)}/{number}/retirer"))
    assert "C’est définitif" in asked.text
    told = page(browser.post(f"{address(team)}/{number}/retirer", follow_redirects=True))
    assert "Retirée par son auteur, aujourd’hui à 8 h. Son texte n’est plus montré." in told.text
    assert "Marche seule." not in told.text
    assert "Marche seule." not in page(sign_in(team.jeanne).get("/mon-profil/notes")).text


@pytest.mark.parametrize("what", ["modifier", "retirer"])
def test_somebody_elses_note_is_refused_and_a_foreign_one_does_not_exist(team, sign_in, what):
    number = written(team, team.chloe)
    place = f"{address(team)}/{number}/{what}"
    for name, status in (("chloe", 403), ("dora", 404), ("alice", 404), ("mallory", 404)):
        browser = sign_in(getattr(team, name))
        assert browser.get(place).status_code == status
        assert browser.post(place, data={"audience": "team", "body": "x"}).status_code == status
    with transaction():
        other = make.enrolment(make.patient("Ada", "Zola"), team.bubble, followers=[team.bob])
    elsewhere = f"/patients/{other.id}/notes/{number}/{what}"
    assert sign_in(team.bob).get(elsewhere).status_code == 404
    note = db.session.get(TeamNote, number)
    assert (note.body, note.withdrawn_at) == ("Marche mieux.", None)


def test_notes_are_paged_and_cost_the_same_whatever_their_number(
    team, sign_in, page, count_queries
):
    browser = sign_in(team.bob)
    totals = []
    for number in range(23):
        written(team, team.chloe, body=f"Note {number:02}.")
        if number in {5, 22}:
            browser.get(address(team))
            with count_queries() as count:
                browser.get(address(team))
            totals.append(count.total)
    assert totals[0] == totals[1]
    first, last = (page(browser.get(f"{address(team)}?page={n}")) for n in (1, 999))
    assert "Note 22." in first.text
    assert "Note 12." not in first.text
    assert "Page 1 sur 3" in first.text
    assert "Page 3 sur 3" in last.text
    assert "Note 00." in last.text
    sheet = page(browser.get(f"/patients/{team.enrolment.id}"))
    assert "Note 20." in sheet.text
    assert "Note 19." not in sheet.text
