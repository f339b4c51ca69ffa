"""What is copied or written down, and whom one writes to, is whole at every width."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.vocabulary import INES
from tests.browser.navigator import Navigator, People

WIDTHS = (320, 390, 1280)
WHOLE = """(one) => {
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    inside: one.scrollWidth <= one.clientWidth + 1 || style.display === "inline",
    cut: style.textOverflow === "ellipsis" && style.overflow !== "visible",
    onPage: box.left >= 0 && box.right <= document.documentElement.clientWidth + 1,
    wide: box.width,
  };
}"""


def whole_at_every_width(who: Navigator, selector: str) -> None:
    for width in WIDTHS:
        who.page.set_viewport_size({"width": width, "height": 900})
        shown = who.page.locator(selector).filter(visible=True)
        expect(shown.first).to_be_visible()  # the page may be on its way still
        for one in shown.all():
            seen = one.evaluate(WHOLE)
            said = f"{selector} at {width}: {one.inner_text()!r} {seen}"
            assert seen["inside"], said
            assert seen["onPage"], said
            assert not seen["cut"], said
            assert seen["wide"] > 60, said


def test_what_is_copied_and_whom_one_writes_to_is_whole_at_every_width(people: People) -> None:
    who = people.meet(INES)
    who.sign_in()
    the_key_of_an_app(who)
    the_link_of_a_calendar(who)
    names_of_people(who)


def the_key_of_an_app(who: Navigator) -> None:
    who.open("/parametres/securite/application")
    who.press("Commencer")
    key = who.page.locator("code.key")
    whole_at_every_width(who, "code.key")
    assert len(key.inner_text().replace(" ", "")) == 32
    assert " " not in (key.get_attribute("data-copy-value") or " ")


def the_link_of_a_calendar(who: Navigator) -> None:
    who.open("/parametres/agendas")
    who.page.locator("main a[href$='/liens/nouveau']").first.click()
    who.fill("Pour quel appareil ?", "Mon téléphone")
    who.page.locator("main form button[type=submit]").first.click()
    expect(who.page.locator(".copy code")).to_contain_text(".ics")
    whole_at_every_width(who, ".copy code")


def names_of_people(who: Navigator) -> None:
    who.open("/messages")
    who.page.set_viewport_size({"width": 1280, "height": 900})
    whole_at_every_width(who, ".conv__name")
    who.open("/messages/ecrire")
    whole_at_every_width(who, "main .row__title")
    who.page.locator("main a.row").first.click()
    whole_at_every_width(who, ".chat__head h1")
