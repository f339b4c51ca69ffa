"""People at their browsers: what one presses, writes and reads, by the words of the pages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect

from demo.vocabulary import PASSWORD, Person
from tests.browser.mailbox import Mailbox
from tests.browser.product import CEILING_SECONDS, Site

WITHIN = CEILING_SECONDS * 1000
expect.set_options(timeout=WITHIN)
LOOK_AGAIN = 300
"""Milliseconds."""
SENT_CODE = "Votre code de connexion"
HOURS = "Quel jour et quelle heure ?"
TO_CONFIRM = "Tout est juste ? Confirmez."


@dataclass
class Navigator:
    """One person at one browser; what the browser complains about is kept."""

    page: Page
    mailbox: Mailbox
    email: str
    name: str = ""
    password: str = PASSWORD
    complaints: list[str] = field(default_factory=list)
    sent_code: str = ""
    """What was mailed with the last right password, where a mail is this person’s usual way."""

    # ── Words ─────────────────────────────────────────────────────────────────────────────────

    def open(self, path: str) -> int:
        """Go to an address and return the status of the answer."""
        answer = self.page.goto(path)
        assert answer is not None
        return answer.status

    def press(self, words: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Press the button that says so."""
        (within or self.page.locator("main, dialog[open]")).get_by_role(
            "button", name=words
        ).first.click()

    def follow(self, words: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Follow the link that says so."""
        (within or self.page).get_by_role("link", name=words).first.click()

    def fill(self, label: str, text: str) -> None:
        """Write into the field that is called so."""
        self.page.locator("main").get_by_label(label, exact=True).fill(text)

    def tick(self, words: str | re.Pattern[str]) -> None:
        """Choose the answer, or tick the box, that is called so."""
        self.page.locator("main").get_by_label(words).first.check()

    def unfolds(self, words: str) -> None:
        """Open the part of the page that is called so."""
        self.page.locator("main summary").filter(has_text=words).click()

    def sees(self, words: str | re.Pattern[str], *, count: int | None = None) -> None:
        """Wait until the words are on the page."""
        found = self.page.get_by_text(words)
        if count is None:
            expect(found.filter(visible=True).first).to_be_visible()
        else:
            expect(found).to_have_count(count)

    def sees_title(self, words: str | re.Pattern[str]) -> None:
        """Wait until the page is called so."""
        expect(self.page.get_by_role("heading", level=1, name=words)).to_be_visible()

    def row(self, words: str) -> Locator:
        """Return the line of a table in which the words stand."""
        return self.page.get_by_role("row").filter(has_text=words)

    def sees_in_row(self, path: str, row: str, words: str) -> None:
        """Look again until the line says so: what the outbox did shows at the next look."""
        give_up_at = time.monotonic() + CEILING_SECONDS
        self.open(path)
        while words not in self.row(row).inner_text() and time.monotonic() < give_up_at:
            self.page.wait_for_timeout(LOOK_AGAIN)
            self.open(path)
        expect(self.row(row)).to_contain_text(words)

    # ── Coming in ─────────────────────────────────────────────────────────────────────────────

    def give_password(self) -> None:
        """First page, filled and sent."""
        self.fill("Adresse e-mail ou téléphone", self.email)
        self.fill("Mot de passe", self.password)
        self.press("Se connecter")
        self.sees_title(re.compile("^(Entrez|Utilisez) "))
        is_sent = self.page.get_by_role("heading", level=1, name="Entrez le code reçu par e-mail")
        self.sent_code = self.mailbox.next(self.email, SENT_CODE).code if is_sent.count() else ""

    def sign_in(self, way: str = "Par e-mail", code: str = "") -> None:
        """Walk the three pages; without ``code`` it is read in the mailbox."""
        self.open("/connexion")
        self.give_password()
        self.choose_way(way, code)
        self.puts_protection_off()

    def puts_protection_off(self) -> None:
        """Whoever runs a bubble is asked for an app or a passkey; later will do."""
        inside = self.page.get_by_role("navigation", name="Navigation principale")
        asked = self.page.get_by_role("heading", level=1, name="Protégez votre équipe")
        expect(inside.or_(asked)).to_be_visible()
        if asked.is_visible():
            self.follow("Plus tard")
        expect(inside).to_be_visible()

    def choose_way(self, way: str = "Par e-mail", code: str = "") -> None:
        """The second step: the code has left, unless another way is wanted."""
        if way != "Par e-mail":
            self.follow("Une autre façon")
            self.tick(re.compile(way))
            self.press("Continuer")
            self.sent_code = ""
        code = code or self.sent_code or self.mailbox.next(self.email, SENT_CODE).code
        self.fill("Code de secours" if "secours" in way else "Code à 6 chiffres", code)
        self.press("Continuer")

    def sign_up(self, given: str, family: str) -> None:
        """From the sign-up page to an account, one thing a page, under the password rule."""
        self.sees_title("Créez votre compte")
        self.fill("Prénom", given)
        self.fill("Nom", family)
        self.press("Continuer")
        self.sees_title("Quelle est votre adresse e-mail ?")
        self.fill("Adresse e-mail", self.email)
        self.press("Continuer")
        self._choose_password()
        self.sees_title("Vérifiez votre adresse")
        self.fill("Code à 6 chiffres", self.mailbox.next(self.email, "code").code)
        self.press("Créer mon compte")
        self._arrive()
        self.name = f"{given} {family}"

    def sign_up_invited(self, given: str, family: str) -> None:
        """From an invitation, whose address is not typed but proved first, to an account."""
        self.press("Continuer avec cette adresse")
        self.sees_title("Vérifiez votre adresse")
        self.fill("Code à 6 chiffres", self.mailbox.next(self.email, "code").code)
        self.press("Continuer")
        self.sees_title("Créez votre compte")
        self.fill("Prénom", given)
        self.fill("Nom", family)
        self.press("Continuer")
        self._choose_password()
        self._arrive()
        self.name = f"{given} {family}"

    def _choose_password(self) -> None:
        self.fill("Mot de passe", "tilleulradio")
        self.press("Continuer")
        self.sees(re.compile("Ce mot de passe n’est pas encore assez solide.*majuscule"))
        self.fill("Mot de passe", self.password)
        self.press("Continuer")
        self.press("S’inscrire")
        self.sees("Pour créer votre compte, acceptez les conditions d’utilisation.")
        self.tick("J’accepte les conditions d’utilisation")
        self.press("S’inscrire")

    def _arrive(self) -> None:
        self.sees_title("Vos données personnelles")
        self.press("J’ai lu, je continue")
        self.sees_title("Validez votre nouveau numéro de téléphone")
        self.follow("Plus tard")

    # ── Messages ──────────────────────────────────────────────────────────────────────────────

    def writes(self, text: str, *lines: str) -> None:
        """Send a message in the open conversation, and see it there."""
        self.page.get_by_label("Votre message").fill("\n".join((text, *lines)))
        self.press("Envoyer")
        expect(self.message(text)).to_have_count(1)
        expect(self.message(text)).to_contain_text("Envoyé")

    def message(self, text: str) -> Locator:
        """Return the message with this text in the open conversation."""
        return self.page.locator("[data-log] .msg").filter(has_text=text)

    # ── Appointments ──────────────────────────────────────────────────────────────────────────

    def reaches_hours(
        self, caregiver: str, kind: str, *, whom: str = "Pour moi", seen: str = "Oui"
    ) -> None:
        """Answer what a booking asks, up to its hours; what it knows by itself it does not ask."""
        self.open("/rendez-vous/nouveau")
        answers = {
            "Pour qui": whom,
            "Qui souhaitez-vous": caregiver,
            "déjà vu": seen,
            "Quel type": kind,
        }
        for _question in (*answers, "Quelques questions"):
            title = self.page.get_by_role("heading", level=1).inner_text()
            if HOURS in " ".join(title.split()):  # French puts a no-break space before « ? »
                return
            answer = next((said for asked, said in answers.items() if asked in title), None)
            if answer is not None:
                self.tick(re.compile(answer))
            else:
                self.answers_questions()
            self.proceeds()
        self.sees_title(HOURS)

    def answers_questions(self) -> None:
        """Give the first answer to each question of the consultation type."""
        form = self.page.locator("main")
        for box in form.locator("textarea, input[type=text]").all():
            box.fill("Comme la dernière fois.")
        for group in form.get_by_role("radiogroup").or_(form.locator("fieldset")).all():
            group.get_by_role("radio").first.check()

    def proceeds(self) -> None:
        """Go to the next page of a form."""
        with self.page.expect_navigation():
            self.press("Continuer")

    def offered_hours(self) -> list[datetime]:
        """Return every hour on the page, the next free one first."""
        found = self.page.locator('button[name="heure"]').all()
        values = [datetime.fromisoformat(one.get_attribute("value") or "") for one in found]
        assert values[:1] == sorted(values)[:1], values
        return list(dict.fromkeys(values))

    def next_hour(self) -> datetime:
        """Return the next free hour."""
        return self.offered_hours()[0]

    def takes(self, hour: datetime) -> None:
        """Press the button of one hour, in the list of the days."""
        with self.page.expect_navigation():
            self.page.locator(f'button[name="heure"][value="{hour.isoformat()}"]').last.click()

    def confirms(self) -> None:
        """Say yes to the hour that is held."""
        self.sees_title(TO_CONFIRM)
        self.press("Confirmer ce rendez-vous")
        self.sees_title("C’est confirmé.")

    def books(self, caregiver: str, kind: str, *, whom: str = "Pour moi") -> datetime:
        """Hold the next free hour and confirm it."""
        self.reaches_hours(caregiver, kind, whom=whom)
        hour = self.next_hour()
        self.press("Prendre cette heure")
        self.confirms()
        return hour


def listen(page: Page, complaints: list[str]) -> None:
    """Keep what the console says: refusals of the security policy, script errors, lost files."""

    def note(message: ConsoleMessage) -> None:
        # The status of a page is the server's answer, not a fault: each test asks for it itself.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    def look(answer: Response) -> None:
        if answer.status >= 400 and "/static/" in answer.url:
            complaints.append(f"{page.url}: {answer.status} {answer.url}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("response", look)


@dataclass
class People:
    """Gives each person a browser of their own, all of them at one site."""

    browser: Browser
    site: Site
    _mailbox: Mailbox | None = None
    _opened: list[Navigator] = field(default_factory=list)

    @property
    def mailbox(self) -> Mailbox:
        """The one mailbox, beside everybody's browser."""
        if self._mailbox is None:
            context = self.browser.new_context(base_url=self.site.url, locale="fr-FR")
            context.set_default_timeout(WITHIN)
            self._mailbox = Mailbox(context.new_page(), self.site.letters_read)
        return self._mailbox

    def meet(
        self,
        person: Person | str,
        *,
        scripts: bool = True,
        width: int = 1280,
        **context: Any,
    ) -> Navigator:
        """Open a browser for somebody, known by a demo person or by an address."""
        opened = self.browser.new_context(
            base_url=self.site.url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            java_script_enabled=scripts,
            viewport={"width": width, "height": 900},
            **context,
        )
        opened.set_default_timeout(WITHIN)
        email = person if isinstance(person, str) else person.email
        name = "" if isinstance(person, str) else person.name
        navigator = Navigator(opened.new_page(), self.mailbox, email, name)
        listen(navigator.page, navigator.complaints)
        self._opened.append(navigator)
        return navigator

    def describe(self) -> str:
        """Say what everybody has before their eyes, for the report of a failure."""
        return "\n".join(
            f"── {one.email}: {one.page.url}\n{one.page.locator('body').inner_text()[:3000]}"
            for one in self._opened
        )

    def leave(self) -> None:
        """Close every browser, and hear what each complained about."""
        complaints = [line for one in self._opened for line in one.complaints]
        for one in self._opened:
            one.page.context.close()
        if self._mailbox is not None:
            self._mailbox.page.context.close()
        assert not complaints, "\n".join(complaints)


@contextmanager
def together(browser: Browser, site: Site) -> Iterator[People]:
    """Let people meet during the block; nobody's browser may have complained."""
    people = People(browser, site)
    yield people
    people.leave()
