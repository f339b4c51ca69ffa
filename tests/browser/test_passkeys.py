"""Passkeys in a real browser, with the authenticator that Chromium plays itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from demo.vocabulary import INES, LUCIE, NADEGE, Person
from tests.browser.navigator import Navigator, People
from tests.browser.product import Site

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Owner:
    """Somebody whose device makes passkeys, at the name of the site and not at its number."""

    person: Navigator
    home: str
    devtools: CDPSession
    device: str

    def open(self, path: str) -> None:
        self.person.open(f"{self.home}{path}")

    def says(self, name: str, **values: Any) -> Any:
        return self.devtools.send(name, {"authenticatorId": self.device, **values})

    def keys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.says("WebAuthn.getCredentials")["credentials"]
        return found

    def signs_in_by_mail(self) -> None:
        self.open("/connexion")
        self.person.give_password()
        self.person.choose_way()
        self.person.puts_protection_off()

    def signs_out(self) -> None:
        self.person.page.context.clear_cookies()
        self.open("/connexion")

    def adds_a_key(self, name: str) -> None:
        self.open("/parametres/securite/cles/nouvelle")
        self.person.fill("Nom de cette clé d’accès", name)
        self.person.press("Créer la clé d’accès")


@pytest.fixture
def owner_of(people: People, site: Site) -> Callable[..., Owner]:
    def owner_of(person: Person, **context: Any) -> Owner:
        navigator = people.meet(person, **context)
        devtools = navigator.page.context.new_cdp_session(navigator.page)
        devtools.send("WebAuthn.enable")
        added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
        home = site.url.replace("127.0.0.1", "localhost")
        return Owner(navigator, home, devtools, added["authenticatorId"])

    return owner_of


def test_a_passkey_is_made_used_twice_over_and_removed(owner_of) -> None:
    ines = owner_of(INES)
    ines.signs_in_by_mail()
    ines.open("/parametres/securite")
    ines.person.follow(re.compile("Ajouter une clé d’accès"))
    ines.person.fill("Nom de cette clé d’accès", "Ordinateur du bureau")
    ines.person.press("Créer la clé d’accès")
    ines.person.sees("Votre clé d’accès est prête : vous pouvez vous connecter avec elle.")
    [kept] = ines.keys()
    assert kept["rpId"] == "localhost"
    assert kept["isResidentCredential"]

    ines.signs_out()
    ines.person.press("Se connecter avec une clé d’accès")
    expect(ines.person.page.get_by_role("navigation", name="Navigation principale")).to_be_visible()
    assert ines.keys()[0]["signCount"] > kept["signCount"]

    ines.signs_out()
    ines.person.give_password()
    ines.person.sees_title("Utilisez votre clé d’accès")
    ines.person.press("Utiliser ma clé d’accès")
    expect(ines.person.page.get_by_role("navigation", name="Navigation principale")).to_be_visible()

    ines.open("/parametres/securite/cles")
    ines.person.follow(re.compile("Gérer.*Ordinateur du bureau"))
    ines.person.press("Retirer cette clé d’accès")
    ines.person.sees("Vous n’avez pas encore de clé d’accès.")
    ines.signs_out()
    ines.person.press("Se connecter avec une clé d’accès")
    ines.person.sees(re.compile("Cette clé d’accès n’a pas été acceptée."))


def test_a_device_that_does_not_recognise_its_owner_is_told_in_words(owner_of) -> None:
    nadege = owner_of(NADEGE)
    nadege.signs_in_by_mail()
    nadege.adds_a_key("Téléphone")
    nadege.person.sees("Votre clé d’accès est prête : vous pouvez vous connecter avec elle.")
    nadege.adds_a_key("Encore le même")
    nadege.person.sees("Cet appareil a déjà une clé d’accès pour votre compte.")

    nadege.signs_out()
    nadege.says("WebAuthn.setUserVerified", isUserVerified=False)
    nadege.person.press("Se connecter avec une clé d’accès")
    nadege.person.sees("Rien n’a été fait : vous pouvez réessayer.")
    nadege.says("WebAuthn.setUserVerified", isUserVerified=True)
    nadege.person.press("Se connecter avec une clé d’accès")
    expect(
        nadege.person.page.get_by_role("navigation", name="Navigation principale")
    ).to_be_visible()


def test_by_keyboard_on_a_narrow_screen(owner_of) -> None:
    lucie = owner_of(LUCIE, width=320)
    lucie.signs_in_by_mail()
    lucie.open("/parametres/securite/cles/nouvelle")
    page = lucie.person.page
    page.locator("main").get_by_label("Nom de cette clé d’accès").focus()
    page.keyboard.type("Mon téléphone")
    page.keyboard.press("Enter")
    lucie.person.sees("Votre clé d’accès est prête : vous pouvez vous connecter avec elle.")
    for path in ("/parametres/securite/cles", "/parametres/securite/cles/nouvelle"):
        lucie.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    lucie.signs_out()
    button = page.get_by_role("button", name="Se connecter avec une clé d’accès")
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Navigation principale")).to_be_visible()


def test_nothing_is_offered_where_it_could_not_work(people: People, site: Site) -> None:
    without = people.meet(INES, scripts=False)
    without.open("/connexion")
    expect(without.page.get_by_role("button", name=re.compile("clé d’accès"))).to_have_count(0)
    by_number = people.meet(INES)  # an address in digits has no passkeys
    by_number.open("/connexion")
    expect(by_number.page.get_by_role("button", name=re.compile("clé d’accès"))).to_have_count(0)
    by_number.sign_in()
    by_number.open("/parametres/securite/cles/nouvelle")
    by_number.sees("Les clés d’accès fonctionnent à une autre adresse de ce site")
    named = site.url.replace("127.0.0.1", "localhost")
    expect(by_number.page.get_by_role("link", name=named.removeprefix("http://"))).to_be_visible()
