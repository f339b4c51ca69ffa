"""Signing in and booking without a mouse: order, visible focus, nothing hidden, nothing trapped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from demo.vocabulary import INES, MADELEINE, SOFIA
from tests.browser.navigator import HOURS, TO_CONFIRM, Navigator, People

FAR = 150

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  // A radio drawn as a card shows its focus on the card.
  const shown = [one, one.closest("label")].filter(Boolean);
  const marks = shown.map((each) => getComputedStyle(each)).some((style) =>
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  const [box] = (one.closest("label") ?? one).getClientRects();
  const x = Math.max(1, Math.min(innerWidth - 1, box.x + box.width / 2));
  const y = box.y + Math.min(box.height / 2, innerHeight / 2);
  const top = document.elementFromPoint(x, y);
  const order = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  return {
    words: (one.labels?.[0] ?? one).textContent.trim().replace(/\\s+/g, " "),
    kind: one.type ?? one.localName,
    value: one.value,
    marked: marks,
    inView: box.top >= 0 && box.top < innerHeight && box.bottom > 0,
    uncovered: shown.some((each) => each.contains(top)),
    place: order.indexOf(one),
  };
}"""


@dataclass
class Keyboard:
    """Hands that only know Tab, arrows, Space and Enter."""

    who: Navigator

    def press(self, key: str) -> None:
        """Press one key."""
        self.who.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Write where the focus is."""
        self.who.page.keyboard.type(text)

    def goes_to(self, words: str, *, value: str = "") -> dict[str, Any]:
        """Press Tab until the focus is on what says so, with ``value`` where one is given.

        Every stop on the way is judged.
        """
        place = -1
        for _ in range(FAR):
            self.press("Tab")
            stop = self.who.page.evaluate(FOCUSED)
            if stop is None:
                continue
            at = f"{self.who.page.url}: {stop}"
            assert stop["marked"], f"no visible focus at {at}"
            assert stop["inView"], f"focus out of view at {at}"
            assert stop["uncovered"], f"focus is hidden by something at {at}"
            assert stop["place"] > place, f"Tab goes back at {at}"
            place = stop["place"]
            if re.search(words, stop["words"]) and value in {"", stop["value"]}:
                return dict(stop)
        raise AssertionError(f"« {words} » is not reached on {self.who.page.url}")


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def keyboard(request, people: People) -> Keyboard:
    return Keyboard(people.meet(MADELEINE, width=request.param, reduced_motion="reduce"))


def test_signing_in_booking_and_cancelling_need_no_mouse(keyboard: Keyboard) -> None:
    sign_in(keyboard)
    book(keyboard)
    cancel(keyboard)


def sign_in(keyboard: Keyboard) -> None:
    who = keyboard.who
    who.open("/connexion")
    keyboard.goes_to("^Aller au contenu$")
    keyboard.press("Enter")
    keyboard.goes_to("^Adresse e-mail ou téléphone$")
    keyboard.type(who.email)
    assert keyboard.goes_to("^Mot de passe$")["kind"] == "password"
    keyboard.type(who.password)
    keyboard.press("Enter")
    who.sees_title("Entrez le code reçu par e-mail")
    keyboard.goes_to("Code à 6 chiffres")
    keyboard.press("Enter")
    who.sees("Le code contient 6 chiffres")
    keyboard.goes_to("Code à 6 chiffres")
    keyboard.type(who.mailbox.next(who.email, "code de connexion").code)
    keyboard.press("Enter")
    who.sees_title(re.compile("Bonjour"))


def book(keyboard: Keyboard) -> None:
    who = keyboard.who
    keyboard.goes_to("^Prendre rendez-vous$")
    keyboard.press("Enter")
    who.sees_title("Pour qui est ce rendez-vous ?")
    assert keyboard.goes_to("^Pour moi")["kind"] == "radio"
    keyboard.goes_to("^Continuer$")
    keyboard.press("Enter")
    who.sees_title("Qui souhaitez-vous voir ?")
    keyboard.goes_to("^Continuer$")
    keyboard.press("Enter")
    expect(who.page.locator(".error-summary")).to_be_focused()
    keyboard.goes_to("^Choisissez")
    keyboard.press("Enter")
    focused = who.page.locator("input[name=avec]:focus")
    expect(focused).to_have_count(1)
    keyboard.press("Space")
    if INES.name not in focused.locator("xpath=ancestor::label").inner_text():
        keyboard.press("ArrowDown")
    expect(who.page.get_by_label(re.compile(INES.name))).to_be_checked()
    keyboard.goes_to("^Continuer$")
    keyboard.press("Enter")
    who.sees_title("Quel type de rendez-vous ?")
    chooses(keyboard, "^Suivi")
    keyboard.goes_to("^Continuer$")
    keyboard.press("Enter")
    who.sees_title(HOURS)
    far = who.offered_hours()[-1]  # the first may be too near to be cancelled online
    keyboard.goes_to(r"\d+:\d\d$", value=far.isoformat())
    keyboard.press("Enter")
    who.sees_title(TO_CONFIRM)
    keyboard.goes_to("^Confirmer ce rendez-vous$")
    keyboard.press("Enter")
    who.sees_title("C’est confirmé.")


def chooses(keyboard: Keyboard, words: str) -> None:
    """Go to a group of radios, then down to the one that says so."""
    page = keyboard.who.page
    assert keyboard.goes_to(r"\d\smin")["kind"] == "radio"
    keyboard.press("Space")
    focused = page.locator("input[type=radio]:focus")
    for _ in range(FAR):
        label = focused.locator("xpath=ancestor::label").inner_text()
        if re.search(words, label):
            return
        keyboard.press("ArrowDown")
    raise AssertionError(f"« {words} » is not among the choices of {page.url}")


def cancel(keyboard: Keyboard) -> None:
    who = keyboard.who
    keyboard.goes_to("^Annuler ce rendez-vous$")
    keyboard.press("Enter")
    who.sees_title("Annuler ce rendez-vous ?")
    keyboard.goes_to("^Annuler ce rendez-vous$")
    keyboard.press("Enter")
    who.sees("Votre rendez-vous est annulé.")


def test_a_dialog_takes_the_focus_and_gives_it_back(people: People) -> None:
    who = people.meet(SOFIA, reduced_motion="reduce")
    who.sign_in()
    who.open("/bulles/1/invitations")
    keyboard = Keyboard(who)
    keyboard.goes_to("^Inviter$")
    keyboard.press("Enter")
    dialog = who.page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    for _ in range(20):
        keyboard.press("Tab")
        assert not who.page.evaluate("() => Boolean(document.activeElement?.closest('main'))")
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(who.page.locator("main").get_by_role("link", name="Inviter", exact=True)).to_be_focused()


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("* { outline: none !important }", "no visible focus"),
        ("main { position: fixed; top: -999px }", "out of view"),
        ("body::after { content: ''; position: fixed; inset: 0; z-index: 9999 }", "is hidden"),
    ],
)
def test_a_focus_that_nobody_sees_is_noticed(people: People, fault: str, complaint: str) -> None:
    who = people.meet(MADELEINE, bypass_csp=True)
    who.open("/connexion")
    who.page.add_style_tag(content=fault)
    with pytest.raises(AssertionError, match=complaint):
        Keyboard(who).goes_to("^Mot de passe$")
