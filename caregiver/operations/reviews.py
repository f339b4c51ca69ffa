"""What a bubble's administrators do with the papers that they are shown."""

from __future__ import annotations

from bubbles.queries import lock_bubble
from caregiver import emails
from caregiver.errors import NewerVersionError
from caregiver.models import DocumentReview, DocumentShare, DocumentVersion
from caregiver.policy import CaregiverPermission
from caregiver.queries import lock_document
from caregiver.vocabulary import Verdict
from core import clock
from core.authorization import can, operation
from core.errors import ForbiddenError
from core.mail import say
from security.models import User


@operation(CaregiverPermission.READ_SHARED)
def open_shared_document(_actor: User, share: DocumentShare) -> DocumentVersion:
    """Look at a paper that one's bubble is shown; that it was opened is recorded."""
    return share.document.current


@operation(CaregiverPermission.REVIEW)
def review_document(
    actor: User, share: DocumentShare, *, number: int, verdict: Verdict, reason: str = ""
) -> None:
    """Say for one bubble that a paper is verified, or what is to be replaced; its owner learns it.

    Raises:
        NewerVersionError: version ``number`` is not the newest any more.
        ForbiddenError: meanwhile the paper was hidden, or the right was taken away.
    """
    document = share.document
    lock_bubble(share.bubble_id)  # in the order of who shows a paper: bubbles first
    lock_document(document.id)
    if not can(actor, CaregiverPermission.REVIEW, share):
        raise ForbiddenError(CaregiverPermission.REVIEW)
    version = document.current
    if version.number != number:
        raise NewerVersionError
    review = version.review_in(share.bubble_id)
    said = {
        "verdict": verdict,
        "reason": reason if verdict is Verdict.TO_REPLACE else "",
        "reviewed_by_id": actor.id,
        "reviewed_at": clock.now(),
    }
    if review is None:
        version.reviews.append(DocumentReview(bubble_id=share.bubble_id, **said))
    else:
        for name, value in said.items():
            setattr(review, name, value)
    if verdict is Verdict.TO_REPLACE:
        say([emails.to_replace(version.id).to(document.caregiver.user_id)])
