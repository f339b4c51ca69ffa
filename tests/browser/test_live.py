"""Messages that arrive by themselves: live, without a socket, after a cut, and no longer."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, WebSocket, expect

from demo.vocabulary import INES, MADELEINE, NADEGE, SOFIA, Person
from tests.browser.navigator import Navigator, People, together
from tests.browser.product import CEILING_SECONDS, serving

AROUND = re.compile("^Autour de Madeleine")
NO_MERCY = "--graceful-timeout 3600"
"""The server never cuts whoever is still there; so it stops only when sockets really leave."""


class Frames:
    """What the server said on the sockets of one page, from its first one."""

    def __init__(self, page: Page) -> None:
        """Begin before the page opens a socket."""
        self.said: list[str] = []
        self.sockets: list[WebSocket] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framereceived", lambda frame: self.said.append(str(frame)))

    def hints(self) -> list[str]:
        """Return the messages that were announced."""
        return [one for one in self.said if one.startswith('42["message')]

    def wait_for(self, start: str, *, after: int = 0) -> None:
        """Wait for a frame that begins so, not counting the first ``after`` ones."""
        while not any(one.startswith(start) for one in self.said[after:]):
            self.sockets[-1].wait_for_event("framereceived")


@dataclass
class Listener:
    """Somebody whose page is open and live."""

    who: Navigator
    frames: Frames


def listens(people: People, person: Person) -> Listener:
    """Sign in and open « Autour de Madeleine », until its socket is accepted or refused."""
    who = people.meet(person)
    frames = Frames(who.page)
    who.sign_in()
    with who.page.expect_websocket():
        who.open("/messages")
    frames.wait_for("4")
    before = len(frames.said)
    with who.page.expect_websocket():
        who.follow(AROUND, within=who.page.locator("main"))
    frames.wait_for("4", after=before)
    who.sees_title("Autour de Madeleine")
    return Listener(who, frames)


def opens_conversation(people: People, person: Person) -> Navigator:
    """Do so, when what the server says on the socket does not matter."""
    return listens(people, person).who


@pytest.fixture
def full_house(browser) -> Iterator[People]:
    """A server that bears one socket."""
    with serving("[realtime]\nmax_sockets = 1\n") as site, together(browser, site) as people:
        yield people


@pytest.mark.covers("M5")
def test_a_message_arrives_in_open_pages_at_once_and_once(people: People) -> None:
    nadege = opens_conversation(people, NADEGE)
    madeleine = opens_conversation(people, MADELEINE)
    madeleine.page.evaluate("window.neverLeft = true")
    nadege.writes("Je passe à 10 h 30.", "À demain.")
    expect(madeleine.message("Je passe à 10 h 30.")).to_have_count(1)
    madeleine.writes("Entendu <b>merci</b>")
    expect(nadege.message("Entendu <b>merci</b>")).to_have_count(1)
    assert madeleine.page.evaluate("window.neverLeft")
    nadege.page.reload()
    texts = nadege.page.locator("[data-log] .msg__text").all_inner_texts()
    assert texts[-2:] == ["Je passe à 10 h 30.\nÀ demain.", "Entendu <b>merci</b>"]


def test_the_count_of_unread_messages_grows_on_another_page_of_messages(people: People) -> None:
    ines = people.meet(INES)
    ines.sign_in()
    ines.open("/messages")
    nadege = opens_conversation(people, NADEGE)
    nadege.writes("Qui passe vendredi ?")
    row = ines.page.locator("[data-conversations]").get_by_role("link", name=AROUND)
    expect(row).to_contain_text("Qui passe vendredi ?")
    expect(ines.page.locator('.tab[data-tab="messages"]')).to_contain_text("non lu")


def test_who_is_removed_hears_nothing_more(browser) -> None:
    # A site of its own: whoever is removed here would be missing elsewhere.
    with serving() as site, together(browser, site) as people:
        listener = listens(people, INES)
        ines, heard = listener.who, listener.frames
        nadege = opens_conversation(people, NADEGE)
        nadege.writes("Avant son départ.")
        expect(ines.message("Avant son départ.")).to_have_count(1)
        assert len(heard.hints()) == 1

        sofia = people.meet(SOFIA)
        sofia.sign_in()
        sofia.open("/bulles/1/accompagnants")
        sofia.follow(re.compile(f"Rôle et accès.*{INES.name}"))
        sofia.follow("Retirer de la bulle")
        sofia.press("Retirer de la bulle")
        sofia.sees(f"{INES.name} n’est plus dans la bulle.")

        madeleine = opens_conversation(people, MADELEINE)
        nadege.writes("Après son départ.")
        expect(madeleine.message("Après son départ.")).to_have_count(1)
        ines.page.evaluate("window.dispatchEvent(new Event('focus'))")
        ines.sees("Cette conversation ne vous est plus ouverte.")
        assert len(heard.hints()) == 1
        expect(ines.message("Après son départ.")).to_have_count(0)
        again = ines.page.reload()
        assert again is not None
        assert again.status == 404


def test_beyond_its_share_the_server_refuses_sockets_and_pages_ask(full_house: People) -> None:
    nadege = opens_conversation(full_house, NADEGE)
    listener = listens(full_house, MADELEINE)
    madeleine, heard = listener.who, listener.frames
    nadege.writes("Sans connexion directe.")
    expect(madeleine.message("Sans connexion directe.")).to_have_count(1)
    madeleine.writes("Bien reçu.")
    expect(nadege.message("Bien reçu.")).to_have_count(1)
    assert any("full" in one for one in heard.said), heard.said
    assert not heard.hints()


def test_what_is_written_without_a_connection_leaves_on_return_once(people: People) -> None:
    nadege = opens_conversation(people, NADEGE)
    madeleine = opens_conversation(people, MADELEINE)
    madeleine.page.context.set_offline(True)
    madeleine.page.get_by_label("Votre message").fill("Écrit dans le tunnel.")
    madeleine.press("Envoyer")
    waiting = madeleine.page.locator(".msg--wait").filter(has_text="Écrit dans le tunnel.")
    expect(waiting).to_contain_text("En attente")
    madeleine.sees("Pas de connexion.")
    expect(nadege.message("Écrit dans le tunnel.")).to_have_count(0)
    madeleine.page.context.set_offline(False)
    expect(nadege.message("Écrit dans le tunnel.")).to_have_count(1)
    expect(waiting).to_have_count(0)
    expect(madeleine.message("Écrit dans le tunnel.")).to_contain_text("Envoyé")
    for one in (madeleine, nadege):
        one.page.reload()
        expect(one.message("Écrit dans le tunnel.")).to_have_count(1)
    # What the browser says of the cut itself is expected, and nothing else.
    lost = re.compile("ERR_INTERNET_DISCONNECTED|WebSocket connection")
    madeleine.complaints[:] = [one for one in madeleine.complaints if not lost.search(one)]


def test_a_server_told_to_stop_stops_soon_though_sockets_are_open(browser) -> None:
    with serving(GUNICORN_CMD_ARGS=NO_MERCY) as site, together(browser, site) as people:
        readers = [opens_conversation(people, person) for person in (NADEGE, MADELEINE)]
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(CEILING_SECONDS) == 0
        log = (site.folder / "server.log").read_text("utf-8")
        assert "Dead messages" in log  # the demonstration has one: its worker has looked
        assert "No worker gives signs of life" not in log
        for reader in readers:  # that their server is gone is what these pages may say
            reader.sees("Pas de connexion.")
            reader.page.context.close()
            reader.complaints.clear()
