"""What the pages say when a message does not leave, or must not."""

from datetime import timedelta

import pytest

from core import sms
from tests.security.phone import (
    CODE,
    LANDLINE_TYPED,
    NUMBER,
    OTHER_TYPED,
    PAGE,
    TYPED,
    break_sms,
    give_phone,
    phone_of,
    use_sms,
)


@pytest.fixture
def jeanne(cast, sign_in):
    return sign_in(cast.jeanne)


def ask(client, typed=TYPED):
    return client.post(PAGE, data={"phone": typed})


def send(client, way):
    return client.post(f"{CODE}/{way}")


# ── When messages do not leave ────────────────────────────────────────────────────────────────


def test_a_message_that_could_not_leave_is_told_and_the_call_is_offered_at_once(
    cast, jeanne, page, outbox, monkeypatch
):
    break_sms(monkeypatch)
    ask(jeanne)
    assert "Le SMS n’a pas pu partir" not in page(jeanne.get(CODE)).text  # nobody knows yet
    outbox.deliver()
    shown = page(jeanne.get(CODE))
    assert "Le SMS n’a pas pu partir" in shown.text
    assert "Rien n’est perdu." in shown.text
    assert "hidden data-appear-in" not in shown.html
    assert "Recevoir le code par e-mail" not in shown.text  # a mail proves no number
    assert send(jeanne, "appel").location == CODE
    assert outbox.one(to=NUMBER).subject == "Appel vocal"
    assert "Le SMS n’a pas pu partir" not in page(jeanne.get(CODE)).text


def test_a_call_that_could_not_be_made_is_told(cast, jeanne, page, outbox, monkeypatch):
    break_sms(monkeypatch, sms.CALL)
    ask(jeanne, LANDLINE_TYPED)
    outbox.deliver()
    assert "L’appel n’a pas pu partir" in page(jeanne.get(CODE)).text


def test_a_site_without_messages_says_so_and_keeps_the_number_unproved(
    app, cast, jeanne, page, outbox, monkeypatch
):
    use_sms(app, monkeypatch, backend="off", voice_backend="off")
    shown = page(jeanne.get(PAGE))
    assert "Ce site n’envoie pas de SMS" in shown.text
    assert "Garder ce numéro" in shown.text
    answer = jeanne.post(PAGE, data={"phone": TYPED}, follow_redirects=True)
    assert "Il reste non vérifié" in page(answer).text
    assert phone_of(cast.jeanne) == (NUMBER, False)
    assert outbox.mails(to=NUMBER) == []


def test_a_site_without_calls_says_so(app, jeanne, page, monkeypatch, travel_to):
    use_sms(app, monkeypatch, voice_backend="off")
    ask(jeanne)
    travel_to(timedelta(minutes=2))
    shown = page(jeanne.get(CODE))
    assert "Ce site ne passe pas d’appels" in shown.text
    assert "Recevoir un appel" not in shown.text
    assert send(jeanne, "appel").status_code == 404


def test_a_far_away_number_is_kept_unproved_but_takes_no_proved_ones_place(
    cast, jeanne, page, outbox
):
    answer = jeanne.post(PAGE, data={"phone": "+1 202 555 0143"}, follow_redirects=True)
    assert "nous ne pouvons pas lui envoyer de code" in page(answer).text
    assert phone_of(cast.jeanne) == ("+12025550143", False)
    give_phone(cast.jeanne)
    refused = ask(jeanne, "+1 202 555 0143")
    assert refused.status_code == 422
    assert "Nous ne pouvons pas envoyer de code aux numéros de ce pays." in page(refused).text
    assert phone_of(cast.jeanne) == (NUMBER, True)
    assert outbox.mails() == []


def test_case_s14_a_number_gets_three_codes_an_hour(cast, jeanne, page, outbox, travel_to):
    ask(jeanne)
    for _ in range(2):
        travel_to(timedelta(seconds=61))
        send(jeanne, "sms")
    travel_to(timedelta(seconds=61))
    refused = send(jeanne, "sms")
    assert refused.status_code == 429
    assert "Trop de codes ont été demandés. Réessayez dans" in page(refused).text
    assert len(outbox.mails(to=NUMBER)) == 3
    assert ask(jeanne).status_code == 429


def test_case_s14_one_account_does_not_reach_fifty_numbers(cast, jeanne, outbox):
    statuses = [ask(jeanne, f"06 39 98 00 {number:02}").status_code for number in range(50)]
    assert statuses.count(302) == 10
    assert set(statuses[10:]) == {429}
    assert len(outbox.mails()) == 10


def test_case_s14_the_budget_of_the_day_is_told(app, cast, jeanne, page, sign_in, monkeypatch):
    use_sms(app, monkeypatch, daily_budget=1)
    ask(jeanne)
    refused = ask(sign_in(cast.bob), OTHER_TYPED)
    assert refused.status_code == 503
    assert "Aucun SMS ne peut plus partir aujourd’hui." in page(refused).text
    assert phone_of(cast.bob) == (None, False)
