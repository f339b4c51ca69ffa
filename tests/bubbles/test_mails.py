"""The mails of bubbles, word for word, in both languages: no name of the bubble, no patient."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bubbles import emails
from bubbles.operations.answering import accept_invitation, ask_again, enter_code
from bubbles.operations.closing import close_bubble
from bubbles.operations.inviting import Offer, invite_on_paper
from bubbles.operations.members import remove_member
from bubbles.vocabulary import InvitedAs, Invitee, RoleChange
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.mail import say
from core.transaction import transaction
from security.models import User
from tests import factories as make
from tests.bubbles.acts import NEW, invited, make_user, membership, second_admin

EXPECTED = Path(__file__).parent / "mails"


def plain(mail) -> str:
    """Return what is read, with the part that changes each time left out."""
    text = re.sub(r"(/invitations/)[\w-]{20,}", r"\1…", mail.text)
    return f"{mail.subject}\n\n" + "\n".join(
        line.rstrip() for line in text.replace("\u00a0", " ").strip().splitlines()
    )


def speak(locale, *people):
    with transaction():
        for person in people:
            db.session.get_one(User, person.id).locale = locale


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_what_people_read(cast, outbox, locale, travel_to):
    other = second_admin(cast)
    speak(locale, cast.alice, cast.bob, cast.chloe, other)
    written = {}

    invited(cast, word="À bientôt.")
    written["invitation"] = outbox.one(NEW)
    patient = invited(cast, email="p@example.org", invited_as=InvitedAs.PATIENT)
    written["invitation-patient"] = outbox.one("p@example.org")

    with transaction():
        for change in RoleChange:
            mine = membership(cast.bob, cast.bubble)
            by = mine.user.display_name
            say([emails.role_changed(mine.bubble_id, change, by).to(mine.user_id)])
            say([emails.role_changed_for_admin(mine.bubble_id, by, change, 0).to(other.id)])
    for change, mail in zip(RoleChange, outbox.mails(cast.bob), strict=True):
        written[f"role-{change}"] = mail
    for change, mail in zip(RoleChange, outbox.mails(other), strict=True):
        written[f"role-{change}-admin"] = mail

    remove_member(cast.alice, membership(cast.bob, cast.bubble))
    written["removed"] = outbox.one(cast.bob)
    written["member-gone"] = outbox.one(other)
    remove_member(cast.chloe, membership(cast.chloe, cast.bubble))
    written["member-left"] = outbox.one(other)

    offer = Offer(InvitedAs.CAREGIVER, Invitee("Paul", "Castaing"))
    _invitation, code = invite_on_paper(cast.alice, cast.bubble, offer=offer)
    enter_code(Anonymous(), INSTANCE, code=code)
    accept_invitation(make_user("paul"), _invitation)
    written["sheet-used"] = outbox.one(cast.alice)

    travel_to(timedelta(days=15))
    ask_again(Anonymous(), patient)
    written["wanted-again"] = outbox.one(cast.alice)
    close_bubble(cast.alice, cast.bubble, typed_name="Les Tilleuls")
    written["closed"] = outbox.one(other)

    for mail in written.values():
        whole = mail.subject + mail.text + mail.html
        for secret in ("Tilleuls", "Soins à domicile", "Castaing", "Jeanne", "p@example.org"):
            assert secret not in whole
    shown = "\n\n════\n\n".join(f"[{name}] {plain(mail)}" for name, mail in written.items())
    assert shown + "\n" == (EXPECTED / f"{locale}.txt").read_text(encoding="utf-8")


def test_a_name_written_from_right_to_left_turns_nothing_around_it(cast, outbox):
    name = "\u05d0\u05d1 \u05d2\u05d3"
    with transaction():
        change = emails.role_changed_for_admin(cast.bubble.id, name, RoleChange.PROMOTE, 0)
        say([change.to(cast.alice.id)])
    assert f"\u2068{name}\u2069 " in outbox.one(cast.alice).text


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_team_that_chose_so_is_named(cast, outbox, locale):
    with transaction():
        cast.bubble.is_named_in_mails = True
        other = make.user("dora", locale=locale)
        make.membership(other, cast.bubble, is_admin=True)
    speak(locale, cast.alice)
    invited(cast)
    mails = [outbox.one(NEW)]
    close_bubble(cast.alice, cast.bubble, typed_name="Les Tilleuls")
    mails.append(outbox.one(other))

    for mail in mails:
        assert "Les Tilleuls" in mail.text
        assert "Les Tilleuls" not in mail.subject
