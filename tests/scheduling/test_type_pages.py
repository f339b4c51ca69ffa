"""Every rule of a consultation type and its questions, on the pages of administrators."""

from __future__ import annotations

import pytest

from core.database import db
from core.errors import NotFoundError
from core.transaction import transaction
from scheduling.agendas.errors import TooFewChoicesError, TooManyQuestionsError
from scheduling.agendas.models import ConsultationType, Question
from scheduling.agendas.operations.questions import QuestionFacts, add_question, move_question
from scheduling.agendas.operations.types import duplicate_type
from scheduling.agendas.queries.settings import list_questions_of, list_types_of
from scheduling.agendas.vocabulary import QuestionKind
from tests import factories as make

WHOLE = {
    "name": "Bilan",
    "duration": "45",
    "mode": "video",
    "video_link": "https://visio.example.org/bob",
    "price": "38,50",
    "reimbursement": "Remboursé en partie.",
    "is_bookable": "y",
    "is_for_new": "y",
    "notice": "240",
    "horizon": "60",
    "maximum": "3",
    "buffer_before": "5",
    "buffer_after": "10",
    "cancellation": "1440",
    "reminders": ["2880", "120"],
    "instructions_before": "Venez à jeun.\nApportez vos lunettes.",
    "instructions_after": "Reposez-vous.",
}


@pytest.fixture
def folder(cast):
    return f"/bulles/{cast.bubble.id}/consultations"


def named(cast, name):
    db.session.expire_all()
    return next(one for one in list_types_of(cast.bubble.id) if one.name == name)


@pytest.mark.covers("D140", "D153")
@pytest.mark.both_databases
def test_every_field_is_kept_and_shown_again(cast, sign_in, page, folder):
    alice = sign_in(cast.alice)
    made = alice.post(f"{folder}/nouvelle", data={**WHOLE, "caregivers": [cast.bob.id]})
    assert made.status_code == 302
    new = named(cast, "Bilan")
    assert new.video_link == "https://visio.example.org/bob"
    assert (new.is_for_new, new.is_for_known, new.daily_maximum) == (True, False, 3)
    assert (new.buffer_before_minutes, new.buffer_after_minutes) == (5, 10)
    assert (new.cancellation_notice_minutes, new.reminder_minutes) == (1440, "2880,120")
    form = page(alice.get(f"{folder}/{new.id}"))
    for name in ("name", "duration", "video_link", "price", "reimbursement", "maximum"):
        assert form.inputs[name] == WHOLE[name]
    assert "Apportez vos lunettes." in form.text
    seen = page(alice.get(made.headers["Location"])).text
    for words in (
        "45 min, en vidéo, 38,50 €",
        "Remboursé en partie.",
        "Montrée seulement aux patients que l’accompagnant n’a jamais vus.",
        "Venez à jeun.",
        "jusqu’à 24 h avant",
        "48 h avant, 2 h avant",
    ):
        assert words in seen


def test_three_answers_are_enough(cast, sign_in, page, folder):
    """The form as it is sent by who only wrote a name and a duration, and ticked who offers it."""
    alice = sign_in(cast.alice)
    html = alice.get(f"{folder}/nouvelle").get_data(as_text=True)
    sent = {
        "name": "Bilan",
        "duration": "30",
        "caregivers": [cast.chloe.id],
        "mode": "on_site",
        "notice": "60",
        "horizon": "90",
        "cancellation": "0",
        "buffer_before": "0",
        "buffer_after": "0",
        "reminders": ["10080", "2880", "1440", "120"],
    }
    for name in ("is_bookable", "is_for_new", "is_for_known"):
        assert f'name="{name}" value="y" checked' in html  # sent by the browser as it stands
        sent[name] = "y"
    assert html.count('name="reminders"') == html.split('id="reminders-set"')[1].split(
        "</fieldset>"
    )[0].count(" checked")
    assert alice.post(f"{folder}/nouvelle", data=sent).status_code == 302
    new = named(cast, "Bilan")
    assert [user.id for user in new.caregivers] == [cast.chloe.id]
    assert (new.is_for_new, new.is_for_known, new.is_bookable) == (True, True, True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"video_link": ""}, "Écrivez l’adresse de la salle vidéo"),
        ({"video_link": "http://visio.example.org"}, "qui commence par https://"),
        ({"video_link": "javascript:alert(1)"}, "qui commence par https://"),
        ({"is_for_new": None}, "Choisissez qui peut la réserver"),
        ({"maximum": "0"}, "De 1 à 100 par jour"),
        ({"maximum": "beaucoup"}, "Écrivez un nombre"),
        ({"buffer_after": "241"}, "De 0 à 240 minutes"),
        ({"reimbursement": "x" * 201}, "200 caractères au maximum"),
    ],
)
def test_what_cannot_be_is_refused_where_it_can_be_seen(cast, sign_in, page, folder, wrong, words):
    sent = {**WHOLE, "caregivers": [cast.bob.id], **wrong}
    sent = {name: value for name, value in sent.items() if value is not None}
    answer = sign_in(cast.alice).post(f"{folder}/nouvelle", data=sent)
    assert answer.status_code == 422
    assert words in page(answer).text
    assert [one.name for one in list_types_of(cast.bubble.id)] == ["Suivi"]


def test_a_rule_that_no_list_names_stays_when_something_else_changes(cast, sign_in, page, folder):
    with transaction():
        cast.type.minimum_notice_minutes = 90
        db.session.add(cast.type)
    html = sign_in(cast.alice).get(f"{folder}/{cast.type.id}").get_data(as_text=True)
    assert '<option value="90" selected>90 minutes avant</option>' in html


def test_one_form_sent_twice_makes_one_type(cast, sign_in, page, folder):
    alice = sign_in(cast.alice)
    key = page(alice.get(f"{folder}/nouvelle")).inputs["cle"]
    for _time in range(2):
        alice.post(f"{folder}/nouvelle", data={**WHOLE, "caregivers": [cast.bob.id], "cle": key})
    assert [one.name for one in list_types_of(cast.bubble.id)] == ["Bilan", "Suivi"]


@pytest.mark.both_databases
def test_a_copy_has_the_rules_the_caregivers_and_the_questions(cast, sign_in, page, folder):
    alice = sign_in(cast.alice)
    add_question(
        cast.alice,
        cast.type,
        facts=QuestionFacts("Côté ?", QuestionKind.CHOICE, ("Gauche", "Droit"), is_required=True),
    )
    listed = page(alice.get(folder))
    sent = {"cle": listed.inputs["cle"]}
    for _time in range(2):  # a second press changes nothing
        opened = alice.post(f"{folder}/{cast.type.id}/copie", data=sent, follow_redirects=True)
    assert page(opened).inputs["name"] == "Suivi (copie)"
    copy = named(cast, "Suivi (copie)")
    assert len(list_types_of(cast.bubble.id)) == 2
    assert [user.id for user in copy.caregivers] == [cast.bob.id]
    assert [(one.wording, one.choices) for one in list_questions_of(copy.id)] == [
        ("Côté ?", "Gauche\nDroit")
    ]


def test_nobody_copies_from_another_bubble(cast):
    with transaction():
        other = make.bubble("Rives", admin=cast.alice)
    with pytest.raises(NotFoundError):
        duplicate_type(cast.alice, other, source=cast.type, name="x")


# ── Questions ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("D154")
@pytest.mark.both_databases
def test_questions_are_added_reordered_changed_and_removed(cast, sign_in, page, folder):
    alice = sign_in(cast.alice)
    mine = f"{folder}/{cast.type.id}/questions"
    assert "Aucune question pour le moment" in page(alice.get(mine)).text
    for sent in (
        {"wording": "Quel est votre motif ?", "kind": "text", "is_required": "y"},
        {"wording": "Quel côté ?", "kind": "choice", "choices": "Gauche\r\n\r\n Droit \r\nGauche"},
        {"wording": "Avez-vous une ordonnance ?", "kind": "yes_no"},
    ):
        assert alice.post(f"{mine}/nouvelle", data=sent).status_code == 302
    first, second, third = list_questions_of(cast.type.id)
    assert second.choices == "Gauche\nDroit"
    assert (first.is_required, third.is_required) == (True, False)
    moved = alice.post(f"{mine}/{third.id}/monter")
    assert moved.headers["Location"].endswith(f"#question-{third.id}")
    alice.post(f"{mine}/{first.id}/descendre")
    db.session.expire_all()
    order = [one.id for one in list_questions_of(cast.type.id)]
    assert order == [third.id, first.id, second.id]
    alice.post(
        f"{mine}/{second.id}", data={"wording": "De quel côté ?", "kind": "text", "choices": ""}
    )
    alice.post(f"{mine}/{first.id}/suppression")
    db.session.expire_all()
    left = list_questions_of(cast.type.id)
    assert [one.wording for one in left] == ["Avez-vous une ordonnance ?", "De quel côté ?"]
    assert db.session.get(Question, first.id).removed_at is not None
    seen = page(alice.get(f"{folder}/{cast.type.id}/apercu")).text
    assert "De quel côté ?" in seen
    assert "votre motif" not in seen


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"wording": "", "kind": "text"}, "Écrivez la question"),
        ({"wording": "Côté ?", "kind": "choice", "choices": "Gauche\nGauche"}, "au moins deux"),
        ({"wording": "Côté ?", "kind": "choice", "choices": "a\n" + "b" * 101}, "20 choix"),
        ({"wording": "x" * 201, "kind": "text"}, "200 caractères"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(cast, sign_in, page, folder, sent, words):
    answer = sign_in(cast.alice).post(f"{folder}/{cast.type.id}/questions/nouvelle", data=sent)
    assert answer.status_code == 422
    assert words in page(answer).text
    assert list_questions_of(cast.type.id) == []


def test_operations_refuse_what_forms_would(cast):
    with pytest.raises(TooFewChoicesError):
        add_question(cast.alice, cast.type, facts=QuestionFacts("?", QuestionKind.CHOICE, ("a",)))
    for number in range(20):
        add_question(cast.alice, cast.type, facts=QuestionFacts(f"{number}", QuestionKind.TEXT))
    with pytest.raises(TooManyQuestionsError):
        add_question(cast.alice, cast.type, facts=QuestionFacts("21", QuestionKind.TEXT))


def test_a_question_of_another_type_does_not_exist_here(cast, sign_in, folder):
    with transaction():
        other = make.consultation_type(cast.bubble, "Autre", caregivers=[cast.bob])
    theirs = add_question(cast.alice, other, facts=QuestionFacts("?", QuestionKind.TEXT))
    alice = sign_in(cast.alice)
    mine = f"{folder}/{cast.type.id}/questions"
    assert alice.get(f"{mine}/{theirs.id}").status_code == 404
    for verb in ("monter", "descendre", "suppression"):
        assert alice.post(f"{mine}/{theirs.id}/{verb}").status_code == 404
    with pytest.raises(NotFoundError):
        move_question(cast.alice, cast.type, question_id=theirs.id, is_up=True)


@pytest.mark.covers("M32", "M33")
def test_caregivers_read_every_rule_and_nobody_else_does(cast, sign_in, page, folder):
    seen = page(sign_in(cast.bob).get(f"{folder}/{cast.type.id}/apercu"))
    assert "Ce qui agit derrière" in seen.text
    assert "mailto:alice@example.org" in seen.links
    agendas = page(sign_in(cast.bob).get("/parametres/agendas"))
    assert f"{folder}/{cast.type.id}/apercu" in agendas.links
    for person in (cast.jeanne, cast.mallory):
        assert sign_in(person).get(f"{folder}/{cast.type.id}/apercu").status_code == 404


def test_the_list_costs_the_same_with_many_types(cast, sign_in, count_queries, folder):
    alice = sign_in(cast.alice)
    alice.get(folder)
    with count_queries() as few:
        alice.get(folder)
    with transaction():
        for number in range(12):
            make.consultation_type(cast.bubble, f"Type {number}", caregivers=[cast.bob, cast.chloe])
    with count_queries() as many:
        alice.get(folder)
    few_of_ours, many_of_ours = (
        sum("consultation_type" in one or "questions" in one for one in count.statements)
        for count in (few, many)
    )
    assert few_of_ours == many_of_ours > 0
    assert db.session.query(ConsultationType).count() == 13
