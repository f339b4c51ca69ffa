"""Calendar links that look after themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.authorization import INSTANCE, System
from core.database import db
from core.errors import ForbiddenError
from scheduling.calendars.models import FeedLink, FeedReader
from scheduling.calendars.operations import create_link, renew_link, warn_of_silence
from scheduling.calendars.vocabulary import DetailLevel

IPHONE = "iOS/26.1 (23B85) dataaccessd/1.0"
THUNDERBIRD = "Mozilla/5.0 Thunderbird/140.0"
GOOGLE = "Google-Calendar-Importer"


@pytest.fixture
def link(cast):
    return create_link(cast.bob, cast.agenda, name="Téléphone", detail_level=DetailLevel.DISCREET)


def read(client, link, program=IPHONE, network="203.0.113.7"):
    return client.get(
        f"/agenda/{link.token}.ics",
        headers={"User-Agent": program},
        environ_overrides={"REMOTE_ADDR": network},
    )


def warnings(outbox, person) -> list[str]:
    return [
        one.subject for one in outbox.mails(to=person) if "lien d’agenda a été lu" in one.subject
    ]


@pytest.mark.covers("M31", "U22")
def test_a_renewed_link_opens_at_once_and_the_old_one_never_again(cast, visitor, link):
    old = link.token
    renewed = renew_link(cast.bob, link)
    gone = visitor.get(f"/agenda/{old}.ics")
    assert gone.status_code == 410
    assert read(visitor, renewed).status_code == 200


def test_only_its_caregiver_renews_a_link(cast, link):
    for other in (cast.alice, cast.chloe, cast.jeanne, cast.mallory):
        with pytest.raises(ForbiddenError):
            renew_link(other, link)


def test_the_page_renews_and_shows_the_new_address_once(cast, sign_in, visitor, link, page):
    client = sign_in(cast.bob)
    asked = client.get(f"/parametres/agendas/liens/{link.id}/renouvellement")
    assert asked.status_code == 200
    answer = client.post(f"/parametres/agendas/liens/{link.id}/renouvellement")
    assert answer.status_code == 200
    newest = db.session.query(FeedLink).order_by(FeedLink.id.desc()).first()
    assert newest.id != link.id
    assert newest.token in answer.get_data(as_text=True)
    assert "data:image/svg+xml" in answer.get_data(as_text=True)
    assert "24 heures" in page(answer).text


def test_another_program_is_told_to_the_links_maker_once_a_month(
    cast, visitor, link, outbox, travel_to
):
    read(visitor, link)
    assert warnings(outbox, cast.bob) == []
    travel_to(timedelta(minutes=2))
    read(visitor, link, THUNDERBIRD)
    assert len(warnings(outbox, cast.bob)) == 1
    travel_to(timedelta(minutes=2))
    read(visitor, link, GOOGLE)
    assert len(warnings(outbox, cast.bob)) == 1
    assert db.session.query(FeedReader).count() == 3


def test_another_network_is_strange_only_once_the_device_is_known(
    cast, visitor, link, outbox, travel_to
):
    read(visitor, link)
    travel_to(timedelta(days=1))
    read(visitor, link, network="198.51.100.9")
    assert warnings(outbox, cast.bob) == []
    travel_to(timedelta(days=20))
    read(visitor, link, network="192.0.2.33")
    assert len(warnings(outbox, cast.bob)) == 1


def test_services_that_read_for_everybody_may_change_networks(
    cast, visitor, link, outbox, travel_to
):
    read(visitor, link, GOOGLE)
    travel_to(timedelta(days=20))
    read(visitor, link, GOOGLE, network="192.0.2.33")
    assert warnings(outbox, cast.bob) == []


def test_no_network_address_is_kept_in_clear(visitor, link):
    read(visitor, link)
    [reader] = db.session.query(FeedReader)
    assert "203.0.113" not in reader.network
    assert len(reader.network) == 64


@pytest.mark.covers("U20")
def test_a_link_that_falls_silent_is_told_once_until_it_is_read_again(
    cast, visitor, link, outbox, travel_to
):
    def look() -> int:
        warn_of_silence(System("tests"), INSTANCE)
        return len([m for m in outbox.mails(to=cast.bob) if "ne reçoit plus" in m.subject])

    assert look() == 0  # never read: nobody waits for it
    read(visitor, link)
    travel_to(timedelta(days=6))
    assert look() == 0
    travel_to(timedelta(days=2))
    assert [look(), look()] == [1, 1]
    read(visitor, link)
    travel_to(timedelta(days=8))
    assert look() == 2


def test_only_the_worker_warns(cast):
    with pytest.raises(ForbiddenError):
        warn_of_silence(cast.alice, INSTANCE)


def test_case_f5_who_polls_each_second_is_slowed_down_and_nobody_else(
    cast, visitor, link, travel_to
):
    travel_to("2026-11-23 10:00 Europe/Paris")
    other = create_link(cast.bob, cast.agenda, name="Mac", detail_level=DetailLevel.DISCREET)
    answers = [read(visitor, link).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]
    slowed = read(visitor, link)
    assert 0 < int(slowed.headers["Retry-After"]) <= 3600
    assert read(visitor, other).status_code == 200
    travel_to("2026-11-23 11:00 Europe/Paris")
    assert read(visitor, link).status_code == 200
