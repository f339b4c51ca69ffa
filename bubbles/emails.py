"""What people who are invited read, and what a team's own people are told of it.

The name of a bubble may say an illness: it stands in a mail only where the team has chosen so, when
it leaves. Who did something is named as they were called then.
"""

from __future__ import annotations

from functools import partial

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from bubbles import queries
from bubbles.models import Invitation
from bubbles.vocabulary import RoleChange
from core import clock, outbox
from core.mail import Facts, Reader, absolute_url, mail, say
from core.outbox import About

news = partial(mail, template="bubbles/news")


@mail("bubbles/invitation")
def invitation_link(_reader: Reader, token: str, inviter: str) -> Facts | None:
    """Give the personal link, unless it opens nothing any more."""
    invitation = queries.find_invitation_by_token(token)
    if invitation is None or not invitation.is_open(clock.now()):
        return None
    product = current_app.config["ALVEOLE"].instance.name
    bubble = invitation.bubble
    return {
        "subject": _("%(inviter)s invites you to %(product)s", inviter=inviter, product=product),
        "inviter": inviter,
        "team": bubble.name if bubble.is_named_in_mails else "",
        "word": invitation.word,
        "for_patient": invitation.is_for_patient,
        "link": absolute_url(f"/invitations/{token}"),
        "expires_at": invitation.expires_at,
    }


def invite(invitation: Invitation, *, token: str, inviter: str, locale: str) -> int | None:
    """Queue the personal link, and return the row that tells how far it got."""
    letter = invitation_link(token, inviter)
    [message_id] = say(
        [
            letter.to_address(
                invitation.email,
                locale=locale,
                zone=invitation.bubble.time_zone,
                key=_key(invitation),
                not_after=invitation.expires_at,
                about=[About("invitation", invitation.id)],
            )
        ]
    )
    return message_id


def withdraw(invitation: Invitation) -> None:
    """Stop the mail of the present link if it has not left: the link is about to die."""
    outbox.forget_queued(_key(invitation))


@news("bubbles/removed", subject=_l("You no longer belong to a care team"))
def removed(_reader: Reader, bubble_id: int, by: str) -> Facts:
    """Tell somebody that they were taken out of the staff."""
    return _news(
        _("%(name)s has taken you out of %(team)s.", name=by, team=_team(bubble_id)),
        _("Your appointments to come there are cancelled, and its pages are closed to you."),
        _("If you think that it is a mistake, ask this person."),
        path="/bulles",
        label=_("See my bubbles"),
    )


@news("bubbles/member_gone", subject=_l("A change in one of your care teams"))
def member_gone(_reader: Reader, bubble_id: int, left: bool, unconfirmed: int) -> Facts:  # noqa: FBT001  (a fact)
    """Tell the other administrators that somebody is no longer among the staff.

    ``unconfirmed`` is how many invitations of theirs now wait for another administrator.
    """
    what = (
        _("Somebody has left %(team)s.", team=_team(bubble_id))
        if left
        else _("An administrator has taken somebody out of %(team)s.", team=_team(bubble_id))
    )
    return _news(what, *_unconfirmed(unconfirmed), **_what_to_see(bubble_id, unconfirmed))


@news("bubbles/role_changed", subject=_l("Your role in a care team has changed"))
def role_changed(reader: Reader, bubble_id: int, change: RoleChange, by: str) -> Facts:
    """Tell somebody that another person changed what they may do."""
    team = _team(bubble_id)
    words = {
        RoleChange.PROMOTE: _("You now administer %(team)s.", team=team),
        RoleChange.DEMOTE: _("You no longer administer %(team)s.", team=team),
        RoleChange.START_CARING: _("You are now a caregiver in %(team)s as well.", team=team),
        RoleChange.STOP_CARING: _("You are no longer a caregiver in %(team)s.", team=team),
    }
    return _news(
        words[RoleChange(change)],
        _("%(name)s made this change.", name=by),
        path=f"/bulles/{bubble_id}/membres/{reader.user_id}",
        label=_("See my role"),
    )


@news("bubbles/role_changed_for_admin", subject=_l("A change in one of your care teams"))
def role_changed_for_admin(
    _reader: Reader, bubble_id: int, name: str, change: RoleChange, unconfirmed: int
) -> Facts:
    """Tell another administrator that a role was changed, and what waits for them since."""
    who = {"name": name, "team": _team(bubble_id)}
    words = {
        RoleChange.PROMOTE: _("%(name)s now administers %(team)s.", **who),
        RoleChange.DEMOTE: _("%(name)s no longer administers %(team)s.", **who),
        RoleChange.START_CARING: _("%(name)s is now a caregiver in %(team)s as well.", **who),
        RoleChange.STOP_CARING: _("%(name)s is no longer a caregiver in %(team)s.", **who),
    }
    return _news(
        words[RoleChange(change)],
        *_unconfirmed(unconfirmed),
        _("If you do not expect it, ask the other administrators."),
        **_what_to_see(bubble_id, unconfirmed),
    )


@news("bubbles/closed", subject=_l("A care team is closed"))
def closed(_reader: Reader, bubble_id: int, by: str) -> Facts:
    """Tell one of the staff that their team has ended."""
    return _news(
        _("%(team)s is closed.", team=_team(bubble_id, opens=True)),
        _("%(name)s closed it.", name=by),
        _("Its appointments to come are cancelled, its pages no longer open."),
        path="/bulles",
        label=_("See my bubbles"),
    )


@news("bubbles/arrived_without_follower", subject=_l("A patient is followed by nobody yet"))
def arrived_without_follower(_reader: Reader, bubble_id: int) -> Facts:
    """Tell an administrator that the caregivers whom the invitation named are gone."""
    return _news(
        _("Somebody has accepted an invitation of %(team)s.", team=_team(bubble_id)),
        _("The caregivers whom it named have left since. Choose who follows this patient."),
        path=f"/bulles/{bubble_id}/patients",
        label=_("See the patients"),
    )


@news("bubbles/sheet_used", subject=_l("An invitation on paper was accepted"))
def sheet_used(_reader: Reader, bubble_id: int) -> Facts:
    """Tell an administrator that the code of a sheet was used, by whom they then see."""
    return _news(
        _("Somebody has used the code of a sheet that your team printed."),
        _("Check that it is the right person: a sheet can change hands."),
        path=f"/bulles/{bubble_id}/invitations?etat=accepted",
        label=_("See who accepted"),
    )


@news("bubbles/wanted_again", subject=_l("Somebody asks for their invitation again"))
def wanted_again(_reader: Reader, bubble_id: int) -> Facts:
    """Tell an administrator that the addressee of a link would like another."""
    return _news(
        _("The link that your team sent no longer works, and its holder asks for another."),
        _("Send it again from the list, if you still want this person to come."),
        path=f"/bulles/{bubble_id}/invitations",
        label=_("See the invitations"),
    )


def _news(*lines: str, path: str, label: str) -> Facts:
    return {"lines": lines, "link": absolute_url(path), "label": label}


def _what_to_see(bubble_id: int, unconfirmed: int) -> dict[str, str]:
    """Lead an administrator to what waits for them, else to who is in the team."""
    if unconfirmed:
        return {"path": f"/bulles/{bubble_id}/invitations", "label": _("See the invitations")}
    return {"path": f"/bulles/{bubble_id}/accompagnants", "label": _("See who is in it")}


def _unconfirmed(count: int) -> list[str]:
    if not count:
        return []
    return [
        ngettext(
            "%(num)d invitation of this person waits for you to confirm or withdraw it.",
            "%(num)d invitations of this person wait for you to confirm or withdraw them.",
            count,
        )
    ]


def _team(bubble_id: int, *, opens: bool = False) -> str:
    """Name the team inside a sentence, or at its beginning, by name only where it may be."""
    name = queries.find_name_for_mails(bubble_id)
    if name:
        if opens:
            return str(_("The bubble “%(name)s”", name=name))
        return str(_("the bubble “%(name)s”", name=name))
    return str(_("One of your care teams") if opens else _("one of your care teams"))


def _key(invitation: Invitation) -> str:
    return f"invitation-{invitation.token_hash}"
