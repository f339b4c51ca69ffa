"""What people who are invited read, and what a team's own people are told of it.

The name of a bubble may say an illness: it stands in a mail only where the team has chosen so.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.models import Bubble, Invitation, Membership
from bubbles.vocabulary import RoleChange
from core import outbox
from core.mail import absolute_url, in_language, send_mail
from security.models import User


def invite(invitation: Invitation, *, token: str, inviter: User, locale: str) -> int | None:
    """Queue the personal link."""
    bubble = invitation.bubble
    with in_language(locale):
        subject = _(
            "%(inviter)s invites you to %(product)s",
            inviter=inviter.display_name,
            product=current_app.config["ALVEOLE"].instance.name,
        )
    return send_mail(
        invitation.email,
        "bubbles/invitation",
        subject=subject,
        locale=locale,
        context={
            "inviter": inviter.display_name,
            "team": bubble.name if bubble.is_named_in_mails else "",
            "word": invitation.word,
            "for_patient": invitation.is_for_patient,
            "link": absolute_url(f"/invitations/{token}"),
            "expires_at": invitation.expires_at,
            "zone": bubble.time_zone,
        },
        dedupe_key=_key(invitation),
        not_after=invitation.expires_at,
    )


def withdraw(invitation: Invitation) -> None:
    """Stop the mail of the present link if it has not left: the link is about to die."""
    outbox.forget_queued(_key(invitation))


def removed(person: User, bubble: Bubble, *, by: User) -> None:
    """Tell somebody that they were taken out of the staff."""
    with in_language(person.locale):
        _news(
            person,
            _("You no longer belong to a care team"),
            [
                _(
                    "%(name)s has taken you out of %(team)s.",
                    name=by.display_name,
                    team=_team(bubble),
                ),
                _(
                    "Your appointments to come there are cancelled, "
                    "and its pages are closed to you."
                ),
                _("If you think that it is a mistake, ask this person."),
            ],
            path="/bulles",
            label=_("See my bubbles"),
        )


def member_gone(admin: User, bubble: Bubble, *, left: bool, unconfirmed: int = 0) -> None:
    """Tell the other administrators that somebody is no longer among the staff.

    ``unconfirmed`` is how many invitations of theirs now wait for another administrator.
    """
    with in_language(admin.locale):
        what = (
            _("Somebody has left %(team)s.", team=_team(bubble))
            if left
            else _("An administrator has taken somebody out of %(team)s.", team=_team(bubble))
        )
        _news(
            admin,
            _("A change in one of your care teams"),
            [what, *_unconfirmed(unconfirmed)],
            path=f"/bulles/{bubble.id}/{'invitations' if unconfirmed else 'accompagnants'}",
            label=_("See the invitations") if unconfirmed else _("See who is in it"),
        )


def role_changed(person: User, membership: Membership, change: RoleChange, *, by: User) -> None:
    """Tell somebody that another person changed what they may do."""
    with in_language(person.locale):
        words = {
            RoleChange.PROMOTE: _("You now administer %(team)s.", team=_team(membership.bubble)),
            RoleChange.DEMOTE: _(
                "You no longer administer %(team)s.", team=_team(membership.bubble)
            ),
            RoleChange.START_CARING: _(
                "You are now a caregiver in %(team)s as well.", team=_team(membership.bubble)
            ),
            RoleChange.STOP_CARING: _(
                "You are no longer a caregiver in %(team)s.", team=_team(membership.bubble)
            ),
        }
        _news(
            person,
            _("Your role in a care team has changed"),
            [words[change], _("%(name)s made this change.", name=by.display_name)],
            path=f"/bulles/{membership.bubble_id}/membres/{person.id}",
            label=_("See my role"),
        )


def role_changed_for_admin(
    admin: User, membership: Membership, change: RoleChange, *, unconfirmed: int = 0
) -> None:
    """Tell another administrator that a role was changed, and what waits for them since."""
    with in_language(admin.locale):
        words = {
            RoleChange.PROMOTE: _("%(name)s now administers %(team)s."),
            RoleChange.DEMOTE: _("%(name)s no longer administers %(team)s."),
            RoleChange.START_CARING: _("%(name)s is now a caregiver in %(team)s as well."),
            RoleChange.STOP_CARING: _("%(name)s is no longer a caregiver in %(team)s."),
        }
        told = {"name": membership.user.display_name, "team": _team(membership.bubble)}
        _news(
            admin,
            _("A change in one of your care teams"),
            [
                words[change] % told,
                *_unconfirmed(unconfirmed),
                _("If you do not expect it, ask the other administrators."),
            ],
            path=f"/bulles/{membership.bubble_id}/"
            f"{'invitations' if unconfirmed else 'accompagnants'}",
            label=_("See the invitations") if unconfirmed else _("See who is in it"),
        )


def closed(person: User, bubble: Bubble, *, by: User) -> None:
    """Tell one of the staff that their team has ended."""
    with in_language(person.locale):
        _news(
            person,
            _("A care team is closed"),
            [
                _("%(team)s is closed.", team=_team(bubble, opens=True)),
                _("%(name)s closed it.", name=by.display_name),
                _("Its appointments to come are cancelled, its pages no longer open."),
            ],
            path="/bulles",
            label=_("See my bubbles"),
        )


def arrived_without_follower(admin: User, invitation: Invitation) -> None:
    """Tell an administrator that the caregivers whom the invitation named are gone."""
    with in_language(admin.locale):
        _news(
            admin,
            _("A patient is followed by nobody yet"),
            [
                _(
                    "Somebody has accepted an invitation of %(team)s.",
                    team=_team(invitation.bubble),
                ),
                _("The caregivers whom it named have left since. Choose who follows this patient."),
            ],
            path=f"/bulles/{invitation.bubble_id}/patients",
            label=_("See the patients"),
        )


def sheet_used(admin: User, invitation: Invitation) -> None:
    """Tell an administrator that the code of a sheet was used, by whom they then see."""
    with in_language(admin.locale):
        _news(
            admin,
            _("An invitation on paper was accepted"),
            [
                _("Somebody has used the code of a sheet that your team printed."),
                _("Check that it is the right person: a sheet can change hands."),
            ],
            path=f"/bulles/{invitation.bubble_id}/invitations?etat=accepted",
            label=_("See who accepted"),
        )


def wanted_again(admin: User, invitation: Invitation) -> None:
    """Tell an administrator, once for each link, that its addressee would like another."""
    with in_language(admin.locale):
        _news(
            admin,
            _("Somebody asks for their invitation again"),
            [
                _("The link that your team sent no longer works, and its holder asks for another."),
                _("Send it again from the list, if you still want this person to come."),
            ],
            path=f"/bulles/{invitation.bubble_id}/invitations",
            label=_("See the invitations"),
            key=f"wanted-{admin.id}-{invitation.token_hash}",
        )


def _news(
    person: User, title: str, lines: Sequence[str], *, path: str, label: str, key: str | None = None
) -> None:
    send_mail(
        person.email,
        "bubbles/news",
        subject=title,
        locale=person.locale,
        context={"title": title, "lines": lines, "link": absolute_url(path), "label": label},
        dedupe_key=key,
    )


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


def _team(bubble: Bubble, *, opens: bool = False) -> str:
    """Name the team inside a sentence, or at its beginning, by name only where it may be."""
    if bubble.is_named_in_mails:
        named = _("The bubble “%(name)s”") if opens else _("the bubble “%(name)s”")
        return str(named % {"name": bubble.name})
    return str(_("One of your care teams") if opens else _("one of your care teams"))


def _key(invitation: Invitation) -> str:
    return f"invitation-{invitation.token_hash}"
