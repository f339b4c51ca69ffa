"""« Validez votre nouveau numéro de téléphone », from the number to the account page."""

import threading
from datetime import timedelta

import pytest

from core import clock, sms
from core.database import db
from core.errors import NotFoundError
from core.sms_providers import GSM_ALPHABET
from core.transaction import transaction
from security.models import User
from security.one_time_codes import OneTimeCode
from security.operations.phone_proofs import finish_phone_proof
from security.phone_proofs import PhoneProof
from security.vocabulary import CodePurpose
from tests.security.phone import (
    CODE,
    LANDLINE,
    LANDLINE_TYPED,
    NUMBER,
    OTHER,
    OTHER_TYPED,
    PAGE,
    TYPED,
    give_phone,
    phone_of,
)
from tests.security.steps import wrong


@pytest.fixture
def jeanne(cast, sign_in):
    return sign_in(cast.jeanne)


def ask(client, typed=TYPED):
    return client.post(PAGE, data={"phone": typed})


def send(client, way):
    return client.post(f"{CODE}/{way}")


@pytest.mark.covers("D19", "D20", "D21", "D22", "D23", "D24", "D25", "D33", "D38")
@pytest.mark.both_databases
def test_a_number_is_proved_by_the_code_that_it_got(cast, jeanne, page, outbox):
    shown = page(jeanne.get("/compte"))
    assert "TéléphoneAucun numéroNon vérifié" in shown.text
    shown = page(jeanne.get(PAGE))
    assert "Validez votre nouveau numéro de téléphone" in shown.title
    assert "Par exemple 06 12 34 56 78" in shown.text
    assert ask(jeanne).location == CODE
    assert phone_of(cast.jeanne) == (NUMBER, False)
    shown = page(jeanne.get(CODE))
    assert "Validez votre nouveau numéro de téléphone" in shown.title
    assert "06 39 98 12 34" in shown.text
    assert "Saisissez ici le code reçu par SMS sur votre téléphone. Exemple : 481 027" in shown.text
    assert "Valider" in shown.text
    message = outbox.one(to=NUMBER)
    assert message.subject == "SMS"
    assert message.code not in shown.html
    done = jeanne.post(CODE, data={"code": message.code})
    assert done.location == "/compte"
    assert phone_of(cast.jeanne) == (NUMBER, True)
    shown = page(jeanne.get("/compte"))
    assert "Votre numéro de téléphone est vérifié." in shown.text
    assert "Téléphone06 39 98 12 34Vérifié" in shown.text
    assert outbox.one(to=cast.jeanne).subject == "Le numéro de téléphone de votre compte a changé"


def test_the_message_is_short_plain_and_names_no_health(cast, jeanne, outbox):
    ask(jeanne)
    text = outbox.one(to=NUMBER).text
    assert text.startswith("Alvéole : votre code est ")
    assert text.endswith("Il est valable 10 minutes. Ne le donnez à personne.")
    assert set(text) <= GSM_ALPHABET
    assert len(text) <= 160
    assert "Jeanne" not in text


@pytest.mark.covers("D26", "D27", "D28", "D29", "D30")
def test_after_two_minutes_a_call_or_another_number_are_offered(
    cast, jeanne, page, outbox, travel_to
):
    ask(jeanne)
    early = page(jeanne.get(CODE))
    assert "Le temps de réception du SMS dépend du réseau de votre opérateur." in early.text
    assert "Au-delà de 2 minutes" in early.text
    assert 'hidden data-appear-in="120"' in early.html
    assert "/compte/telephone/aide" in early.links
    refused = send(jeanne, "appel")
    assert refused.status_code == 409
    assert "attendre que deux minutes soient passées" in page(refused).text
    assert [mail.subject for mail in outbox.mails(to=NUMBER)] == ["SMS"]
    travel_to(timedelta(minutes=2))
    late = page(jeanne.get(CODE))
    assert "data-appear-in" not in late.html
    assert "Recevoir un appel sur ce numéro pour obtenir le code" in late.text
    assert "Changer de numéro de téléphone" in late.text
    assert PAGE in late.links
    assert send(jeanne, "appel").location == CODE
    shown = page(jeanne.get(CODE))
    assert "Nous vous appelons depuis 8 h 02 au numéro ci-dessous" in shown.text
    call = outbox.one(to=NUMBER)
    assert call.subject == "Appel vocal"
    digits = call.text.split("est\u00a0: ")[1].split(". Je répète")[0]
    assert jeanne.post(CODE, data={"code": digits.replace(", ", " ")}).location == "/compte"


@pytest.mark.covers("D30", "D31", "D32")
def test_the_reasons_and_the_help_are_there(jeanne, page):
    for shown in (page(jeanne.get(PAGE)), page(ask(jeanne)) and page(jeanne.get(CODE))):
        assert "Pour vous joindre si un rendez-vous est annulé" in shown.text
        assert "Pour protéger votre compte en deux étapes" in shown.text
        assert "Aide en ligne" in shown.text
    help_page = page(jeanne.get("/compte/telephone/aide"))
    assert "Le code n’arrive pas" in help_page.text
    assert "Nous partageons un téléphone" in help_page.text


def test_a_landline_is_called_at_once(cast, jeanne, page, outbox):
    ask(jeanne, LANDLINE_TYPED)
    call = outbox.one(to=LANDLINE)
    assert call.subject == "Appel vocal"
    shown = page(jeanne.get(CODE))
    assert "01 99 00 12 34" in shown.text
    assert "Envoyer un nouveau SMS" not in shown.text
    assert "hidden data-appear-in" not in shown.html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Écrivez votre numéro de téléphone."),
        ("06 12 34", "Écrivez un numéro de téléphone entier, comme 06 12 34 56 78"),
        ("0899 12 34 56", "C’est le numéro d’un service."),
        ("06 12 34 56 78\x00", "Écrivez un numéro de téléphone entier"),
        ("\ud800", "Écrivez un numéro de téléphone entier"),
        ("9" * 100_000, "Écrivez un numéro de téléphone entier"),
    ],
)
def test_a_wrong_number_is_told_and_nothing_leaves(cast, jeanne, page, outbox, typed, said):
    answer = ask(jeanne, typed.encode("utf-8", "surrogatepass"))
    assert answer.status_code == 422
    assert said in page(answer).text
    assert outbox.mails() == []
    assert phone_of(cast.jeanne) == (None, False)


@pytest.mark.parametrize("typed", ["481", "abcdef", "", "4810277", "①②③④⑤⑥", "\ud800"])
def test_what_is_no_code_is_told_and_costs_no_try(jeanne, page, typed):
    ask(jeanne)
    answer = jeanne.post(CODE, data={"code": typed.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 422
    assert "Le code contient 6 chiffres" in page(answer).text
    assert db.session.query(PhoneProof).one().tries == 0


def test_five_wrong_codes_end_the_attempt_even_for_the_right_one(
    cast, jeanne, page, outbox, travel_to
):
    ask(jeanne)
    code = outbox.one(to=NUMBER).code
    refused = page(jeanne.post(CODE, data={"code": wrong(code)}))
    assert "Ce code n’est pas le bon." in refused.text
    assert "Il vous reste 4 essais." in refused.text
    for _ in range(4):
        refused = page(jeanne.post(CODE, data={"code": wrong(code)}))
    assert "Trop de codes faux" in refused.text or "Trop" in refused.title
    travel_to(timedelta(minutes=1, seconds=1))
    send(jeanne, "sms")
    newest = outbox.one(to=NUMBER).code
    for tried in (code, newest):
        assert jeanne.post(CODE, data={"code": tried}).status_code == 422
    assert phone_of(cast.jeanne) == (NUMBER, False)


def test_only_the_newest_code_counts_and_the_older_one_says_so(
    cast, jeanne, page, outbox, travel_to
):
    ask(jeanne)
    first = outbox.one(to=NUMBER).code
    send(jeanne, "sms")
    assert len(outbox.mails(to=NUMBER)) == 1  # within a minute, the first may only be late
    travel_to(timedelta(seconds=61))
    send(jeanne, "sms")
    second = outbox.one(to=NUMBER).code
    refused = jeanne.post(CODE, data={"code": first})
    if first != second:
        assert refused.status_code == 422
        assert "Un code plus récent" in page(refused).text
        assert jeanne.post(CODE, data={"code": second}).location == "/compte"


def test_a_code_lasts_ten_minutes(jeanne, page, outbox, travel_to):
    ask(jeanne)
    code = outbox.one(to=NUMBER).code
    travel_to(timedelta(minutes=10))
    refused = jeanne.post(CODE, data={"code": code})
    assert refused.status_code == 422
    assert "Ce code a expiré." in page(refused).text


def test_half_an_hour_later_one_begins_again(jeanne, page, outbox, travel_to):
    ask(jeanne)
    travel_to(timedelta(minutes=31))
    answer = jeanne.get(CODE)
    assert answer.location == PAGE
    assert send(jeanne, "sms").location == PAGE


def test_case_s6_a_code_of_another_account_or_purpose_opens_nothing(cast, jeanne, sign_in, outbox):
    ask(jeanne)
    bob = sign_in(cast.bob)
    ask(bob, OTHER_TYPED)
    code = outbox.one(to=NUMBER).code
    if code != outbox.one(to=OTHER).code:
        assert bob.post(CODE, data={"code": code}).status_code == 422
    assert (
        bob.post("/parametres/securite/mot-de-passe/code", data={"code": code}).status_code == 302
    )
    assert phone_of(cast.bob) == (OTHER, False)
    another_device = sign_in(cast.jeanne)
    assert another_device.post(CODE, data={"code": code}).location == PAGE


@pytest.mark.both_databases
def test_somebody_elses_proof_cannot_be_finished(app, cast, jeanne, outbox):
    ask(jeanne)
    code = outbox.one(to=NUMBER).code
    waiting = db.session.query(PhoneProof).one()
    with pytest.raises(NotFoundError):
        finish_phone_proof(cast.mallory, cast.mallory, waiting, code=code)


@pytest.mark.both_databases
def test_twelve_uses_at_once_are_one_success(app, cast, jeanne, outbox):
    ask(jeanne)
    code = outbox.one(to=NUMBER).code
    waiting = db.session.query(PhoneProof).one().id
    db.session.rollback()
    user_id, results = cast.jeanne.id, []
    start = threading.Barrier(12)

    def use():
        with app.app_context():
            user = db.session.get(User, user_id)
            proof = db.session.get(PhoneProof, waiting)
            start.wait(10)
            try:
                results.append(finish_phone_proof(user, user, proof, code=code).check.value)
            except NotFoundError:
                results.append("gone")
            db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=use) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    assert results.count("right") == 1


def test_codes_are_kept_hashed_and_bound(app, jeanne, outbox):
    ask(jeanne)
    row = db.session.query(OneTimeCode).one()
    assert row.purpose is CodePurpose.PHONE
    assert len(row.code_hash) == 64
    assert outbox.one(to=NUMBER).code not in row.code_hash


# ── Changing the number ───────────────────────────────────────────────────────────────────────


@pytest.mark.covers("D21", "D29")
def test_a_proved_number_stays_until_the_new_one_is_proved_and_both_are_told(
    cast, jeanne, page, outbox
):
    give_phone(cast.jeanne)
    shown = page(jeanne.get(PAGE))
    assert "Votre numéro actuel : 06 39 98 12 34. Vérifié" in shown.text
    ask(jeanne, OTHER_TYPED)
    assert phone_of(cast.jeanne) == (NUMBER, True)
    jeanne.post(CODE, data={"code": outbox.one(to=OTHER).code})
    assert phone_of(cast.jeanne) == (OTHER, True)
    told = outbox.one(to=NUMBER).text
    assert "le numéro de téléphone de votre compte a été remplacé" in told
    assert "contact@example.org" in told
    mail = outbox.one(to=cast.jeanne)
    assert mail.subject == "Le numéro de téléphone de votre compte a changé"
    assert mail.link("/ce-n-est-pas-moi/")


def test_the_same_number_again_needs_no_code(cast, jeanne, page, outbox):
    give_phone(cast.jeanne)
    answer = jeanne.post(PAGE, data={"phone": "+33 (0)6 39 98 12 34"}, follow_redirects=True)
    assert "Ce numéro est déjà vérifié." in page(answer).text
    assert outbox.mails() == []


@pytest.mark.covers("D29")
def test_case_s8_the_number_is_touched_only_after_a_fresh_proof(
    cast, jeanne, page, outbox, travel_to
):
    travel_to(timedelta(minutes=11))
    assert jeanne.get(PAGE).location.startswith("/confirmer")
    refused = ask(jeanne)
    assert refused.status_code == 403
    assert page(refused).inputs["phone"] == TYPED
    assert outbox.mails() == []
    assert phone_of(cast.jeanne) == (None, False)


def test_a_full_number_changes_hands_even_when_the_old_one_may_get_no_more(
    cast, jeanne, outbox, travel_to
):
    give_phone(cast.jeanne)
    for _ in range(3):
        sms.take_allowance(NUMBER, sms.TextKind.WARNING)
    ask(jeanne, OTHER_TYPED)
    jeanne.post(CODE, data={"code": outbox.one(to=OTHER).code})
    assert phone_of(cast.jeanne) == (OTHER, True)
    assert outbox.mails(to=NUMBER) == []


def test_several_accounts_share_a_telephone(cast, sign_in, outbox):
    for user in (cast.jeanne, cast.bob):
        client = sign_in(user)
        ask(client)
        assert client.post(CODE, data={"code": outbox.one(to=NUMBER).code}).location == "/compte"
    assert phone_of(cast.jeanne) == phone_of(cast.bob) == (NUMBER, True)


def test_where_it_was_asked_from_is_where_it_leads(cast, jeanne, outbox):
    jeanne.get(f"{PAGE}?suite=/messages")
    ask(jeanne)
    done = jeanne.post(CODE, data={"code": outbox.one(to=NUMBER).code})
    assert done.location == "/messages"
    jeanne.get(f"{PAGE}?suite=https://evil.example")
    ask(jeanne, OTHER_TYPED)
    assert jeanne.post(CODE, data={"code": outbox.one(to=OTHER).code}).location == "/compte"


def test_codes_are_in_no_log_and_no_address(cast, jeanne, outbox, capsys, caplog):
    ask(jeanne)
    code = outbox.one(to=NUMBER).code
    jeanne.post(CODE, data={"code": wrong(code)})
    jeanne.post(CODE, data={"code": code})
    said = capsys.readouterr()
    assert code not in said.out + said.err + caplog.text
    rows = db.session.execute(db.text("SELECT * FROM audit_entries")).all()
    assert code not in str(rows)
    assert NUMBER not in str(rows)


def test_nobody_proves_a_number_without_signing_in(visitor):
    assert visitor.get(PAGE).location.startswith("/connexion")
    assert visitor.post(CODE, data={"code": "123456"}).status_code == 401


def test_a_session_that_ends_takes_what_waited_with_it(cast, jeanne):
    ask(jeanne)
    jeanne.post("/deconnexion")
    assert db.session.query(PhoneProof).count() == 0


def test_an_old_code_row_is_forgotten(cast, jeanne, travel_to):
    ask(jeanne)
    with transaction():
        row = db.session.query(OneTimeCode).one()
        row.expires_at = clock.now() - timedelta(days=2)
        old = row.code_hash
    ask(jeanne, OTHER_TYPED)
    assert old not in {row.code_hash for row in db.session.query(OneTimeCode)}


def test_a_number_reported_by_its_owner_is_no_longer_proved(cast, jeanne, visitor, outbox):
    give_phone(cast.jeanne)
    ask(jeanne, OTHER_TYPED)
    jeanne.post(CODE, data={"code": outbox.one(to=OTHER).code})
    visitor.post(outbox.one(to=cast.jeanne).link("/ce-n-est-pas-moi/"))
    assert phone_of(cast.jeanne) == (None, False)
