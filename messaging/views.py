"""Conversations as pages; they work without a script, and open pages ask for the same parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from caregiver.queries import professions_of
from core import reading, tokens, wording
from core.errors import DomainError, TooManyRequestsError
from core.frame import frame
from core.page_slots import Tab
from core.web import observe, signed_in, unattended
from messaging.errors import InvalidMessageError, MessageChangedError
from messaging.forms import MessageForm, ReadForm
from messaging.operations import mark_read, post_message, start_conversation
from messaging.queries.conversations import (
    find_conversation,
    get_conversation_for,
    get_correspondent_for,
    get_whole_conversation_for,
    has_correspondents,
    list_conversations_for,
    list_correspondents_for,
)
from messaging.queries.messages import (
    LARGEST_ID,
    count_unread_for,
    get_progress_of,
    read_news,
    read_older,
    read_thread,
)
from messaging.queries.participants import list_readers, participants_in
from messaging.vocabulary import Posted, Thread
from patient.queries.places import get_enrolment_for

if TYPE_CHECKING:
    from messaging.models import Conversation
    from patient.models import Enrolment
    from security.models import User

LONGEST_SEARCH = 80

bp = Blueprint("messaging", __name__, url_prefix="/messages")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("messaging/index.html", **_list())


@bp.get("/ecrire")
def write() -> ResponseReturnValue:
    """Choose whom to write to: each with all that sets them apart."""
    actor, search = signed_in(), reading.line(request.args.get("q", "")[:LONGEST_SEARCH])
    listed = list_correspondents_for(actor, search)
    users = {user.id: user for correspondents in listed for user in correspondents.caregivers}
    return render_template(
        "messaging/write.html",
        listed=listed,
        search=search,
        alike=_alike(correspondents.enrolment for correspondents in listed),
        alike_caregivers=wording.alike((key, user.display_name) for key, user in users.items()),
        professions=professions_of(users),
    )


@bp.get("/non-lus")
@unattended
def unread() -> ResponseReturnValue:
    count = count_unread_for(signed_in())
    return {"count": count, "text": ngettext("unread", "unread", count)}


@bp.get("/<int:conversation_id>")
def show(conversation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    conversation = get_whole_conversation_for(actor, conversation_id)
    before = reading.row_id(request.args.get("avant"))
    if before > 0:
        older = read_older(conversation, before)
        return _thread_page(conversation, _new_form(), older, is_old=True)
    progress = get_progress_of(actor, conversation)
    if progress.unread:
        observe(partial(mark_read, actor, conversation, seq=conversation.last_seq))
    return _thread_page(conversation, _new_form(), read_thread(conversation, progress))


@bp.get("/<int:conversation_id>/nouveaux")
@unattended
def news(conversation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    conversation = get_conversation_for(actor, conversation_id)
    after = reading.row_id(request.args.get("apres"))
    thread = read_news(conversation, after)
    part = render_template(
        "messaging/_messages.html", thread=thread, zone=actor.time_zone, **_voices(thread)
    )
    return part, {"X-Last-Seq": str(thread.last_seq or after)}


@bp.post("/<int:conversation_id>")
def create(conversation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    conversation = get_conversation_for(actor, conversation_id)
    return _send(
        lambda **text: post_message(actor, conversation, **text),
        lambda form: _thread_page(
            conversation, form, read_thread(conversation, get_progress_of(actor, conversation))
        ),
    )


@bp.post("/<int:conversation_id>/lu")
@unattended
def read(conversation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    conversation = get_conversation_for(actor, conversation_id)
    return {"ok": True, "seq": mark_read(actor, conversation, seq=ReadForm().seq.data)}


@bp.route("/avec/<int:enrolment_id>/<int:caregiver_id>", methods=["GET", "POST"])
def direct(enrolment_id: int, caregiver_id: int) -> ResponseReturnValue:
    actor = signed_in()
    enrolment = get_enrolment_for(actor, min(enrolment_id, LARGEST_ID))
    caregiver = get_correspondent_for(actor, enrolment, caregiver_id)
    return _begin(actor, enrolment, caregiver)


@bp.route("/autour/<int:enrolment_id>", methods=["GET", "POST"])
def around(enrolment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    return _begin(actor, get_enrolment_for(actor, min(enrolment_id, LARGEST_ID)), None)


def _begin(actor: User, enrolment: Enrolment, caregiver: User | None) -> ResponseReturnValue:
    """Show the conversation there is, or an empty one that the first message makes."""
    caregiver_id = caregiver.id if caregiver else None
    if request.method == "GET":
        known = find_conversation(enrolment.id, caregiver_id)
        if known is not None:
            return redirect(url_for("messaging.show", conversation_id=known.id))
        return _empty_page(enrolment, caregiver, _new_form())
    return _send(
        lambda **text: start_conversation(actor, enrolment, caregiver_id=caregiver_id, **text),
        lambda form: _empty_page(enrolment, caregiver, form),
    )


def _send(post: Callable[..., Posted], page: Callable[[MessageForm], str]) -> ResponseReturnValue:
    """Send what was typed; what is refused comes back with the words still in their box."""
    form = MessageForm()
    try:
        message = post(**form.accept())
    except (InvalidMessageError, MessageChangedError, TooManyRequestsError) as refusal:
        if _is_for_script():
            raise
        return _refused(form, refusal, page)
    if _is_for_script():
        return {"ok": True, "seq": message.seq}
    shown = url_for("messaging.show", conversation_id=message.conversation_id, _anchor="fin")
    return redirect(shown, 303)


def _refused(
    form: MessageForm, refusal: DomainError, page: Callable[[MessageForm], str]
) -> ResponseReturnValue:
    form.body.errors = [str(refusal.message)]
    form.client_id.data = tokens.new_token()
    headers = {}
    if isinstance(refusal, TooManyRequestsError):
        headers["Retry-After"] = str(refusal.retry_after)
    return page(form), refusal.status, headers


def _thread_page(
    conversation: Conversation, form: MessageForm, thread: Thread, *, is_old: bool = False
) -> str:
    return render_template(
        "messaging/show.html",
        conversation=conversation,
        enrolment=conversation.enrolment,
        caregiver=conversation.caregiver,
        form=form,
        thread=thread,
        is_old=is_old,
        **_head(conversation.enrolment, conversation.caregiver_id),
        **_voices(thread),
        **_list(),
    )


def _empty_page(enrolment: Enrolment, caregiver: User | None, form: MessageForm) -> str:
    return render_template(
        "messaging/show.html",
        conversation=None,
        enrolment=enrolment,
        caregiver=caregiver,
        form=form,
        thread=Thread([]),
        is_old=False,
        **_head(enrolment, caregiver.id if caregiver else None),
        **_list(),
    )


def _list() -> dict[str, Any]:
    actor = signed_in()
    summaries = list_conversations_for(actor)
    enrolments = {summary.conversation.enrolment for summary in summaries}
    return {
        "summaries": summaries,
        "alike": _alike(enrolments),
        "can_write": has_correspondents(actor),
        "zone": actor.time_zone,
    }


def _alike(enrolments: Iterable[Enrolment]) -> set[int]:
    """Return the enrolments whose patient may be taken for another, or for the same elsewhere."""
    return wording.alike((enrolment.id, enrolment.patient.name) for enrolment in enrolments)


def _head(enrolment: Enrolment, caregiver_id: int | None) -> dict[str, Any]:
    readers = list_readers(enrolment, caregiver_id)
    return {
        "readers": readers,
        "reader_professions": professions_of(reader.user.id for reader in readers),
        "is_open": participants_in(enrolment.id, caregiver_id).is_open,
    }


def _voices(thread: Thread) -> dict[str, Any]:
    """Return what the messages need to say who speaks."""
    senders = {message.sender_id for message in thread.messages}
    return {"professions": professions_of(senders)}


def _new_form() -> MessageForm:
    """Give each page its own id, so that a form sent twice is one message."""
    return MessageForm(formdata=None, data={"client_id": tokens.new_token()})


def _is_for_script() -> bool:
    accepted = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return accepted == "application/json"


def nav_tab(actor: User) -> Tab | None:
    """Fill the navigation's place, in both spaces."""
    if actor.id is None:
        return None
    return Tab(
        id="messages",
        url=url_for("messaging.index"),
        label=_("Messages"),
        icon="message-circle",
        count=frame().unread,
        rank=40,
    )
