"""Lists as people bring them: from mail programs, tables, contact cards, or written by hand."""

from __future__ import annotations

import csv
import io
import time
from datetime import date
from email.headerregistry import Address, Group
from email.message import EmailMessage

import pytest
import vobject

from bubbles.forms.pasted import MOST, read_pasted

ANA = ("a@x.fr", "Ana", "Dupont")
YANN = ("y@x.fr", "Yann", "Le Goff")
BOTH = [ANA, YANN]


def people(text: str, **values):
    return [(one.email, one.given_name, one.family_name) for one in read_pasted(text, **values)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@x.org", [("a@x.org", "", "")]),
        (
            "a@x.org, b@x.org; c@x.org\td@x.org\ne@x.org f@x.org",
            [(f"{n}@x.org", "", "") for n in "abcdef"],
        ),
        ("Camille Roussel <Camille@X.org>", [("camille@x.org", "Camille", "Roussel")]),
        ('"Ferrand, Madeleine" <m@x.org>', [("m@x.org", "Madeleine", "Ferrand")]),
        ("Yanis Benali y@x.org", [("y@x.org", "Yanis", "Benali")]),
        ("y@x.org Yanis Benali\nc@x.org", [("y@x.org", "Yanis", "Benali"), ("c@x.org", "", "")]),
        ("- a@x.org\n• b@x.org\n1. c@x.org", [(f"{n}@x.org", "", "") for n in "abc"]),
        ("mailto:a@x.org <b@x.org>", [("a@x.org", "", ""), ("b@x.org", "", "")]),
        ("pas d’adresse", [(None, "", "")]),
        ("cassée@", [(None, "", "")]),
        ("\n ;; , \t\n", []),
        ('<<>> "', []),
        ("", []),
    ],
)
def test_addresses_written_by_hand(text, expected):
    assert people(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Dupont, Ana <a@x.fr>; Le Goff, Yann <y@x.fr>", id="Outlook"),
        pytest.param("Dupont, Ana <a@x.fr>; Le Goff, Yann <y@x.fr>; ", id="Outlook, open end"),
        pytest.param("Dupont, Ana <a@x.fr>, Le Goff, Yann <y@x.fr>", id="unquoted commas"),
        pytest.param("Ana Dupont <a@x.fr>, Yann Le Goff <y@x.fr>", id="Gmail, Apple Mail"),
        pytest.param('"Dupont, Ana" <a@x.fr>,\n "Le Goff, Yann" <y@x.fr>', id="Thunderbird"),
        pytest.param("'Ana Dupont' <a@x.fr>; 'Yann Le Goff' <y@x.fr>", id="old Outlook"),
        pytest.param("À : Ana Dupont <a@x.fr>, Yann Le Goff <y@x.fr>", id="French header"),
        pytest.param("To: a@x.fr (Ana Dupont),\n\ty@x.fr (Yann Le Goff)", id="comments"),
        pytest.param("Soins: Ana Dupont <a@x.fr>, Yann Le Goff <y@x.fr>;", id="RFC 5322 group"),
        pytest.param("=?utf-8?Q?Ana_Dupont?= <a@x.fr>, Yann Le Goff <y@x.fr>", id="encoded word"),
        pytest.param("<mailto:a@x.fr?subject=x> Ana Dupont\nYann Le Goff, y@x.fr.", id="links"),
        pytest.param("Dupont, Ana <a@x.fr>\nLe Goff Yann <y@x.fr>", id="family name first"),
    ],
)
def test_lists_of_mail_programs(text):
    assert people(text) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Nom\tPrénom\tAdresse e-mail\nDupont\tAna\ta@x.fr\nLe Goff\tYann\ty@x.fr\n", id="Excel"
        ),
        pytest.param(
            "E-mail\tNom\tPrénom\r\na@x.fr\tDupont\tAna\r\ny@x.fr\tLe Goff\tYann", id="any order"
        ),
        pytest.param(
            "Prénom;NOM;Courriel\nAna;Dupont;a@x.fr\nYann;Le Goff;y@x.fr", id="French CSV"
        ),
        pytest.param(
            "First name,Last name,Email\nAna,Dupont,a@x.fr\nYann,Le Goff,y@x.fr", id="CSV"
        ),
        pytest.param(
            "\ufeffMail;Prénom;Nom\r\na@x.fr;Ana;Dupont\r\ny@x.fr;Yann;Le Goff\r\n", id="BOM"
        ),
        pytest.param(
            "Family name\tGiven name\tPhone\tE-mail\n"
            "Dupont\tAna\t06\ta@x.fr\nLe Goff\tYann\t07\ty@x.fr",
            id="English",
        ),
        pytest.param(
            "Nom et prénom;Mail\nDupont Ana;a@x.fr\nLe Goff Yann;y@x.fr", id="one column of names"
        ),
        pytest.param(
            "Nom complet,Adresse mail\nAna Dupont,a@x.fr\nYann Le Goff,y@x.fr", id="spoken names"
        ),
        pytest.param("Dupont;Ana;a@x.fr;06 12 34 56 78\nLe Goff;Yann;y@x.fr;", id="no headings"),
        pytest.param("Dupont\tAna\ta@x.fr\n\t\t\nLe Goff\tYann\ty@x.fr", id="an empty row"),
        pytest.param("Mail;Identité\na@x.fr;Ana Dupont\ny@x.fr;Yann Le Goff", id="half known"),
        pytest.param(
            "Qui\tOù le joindre\nAna Dupont\ta@x.fr\nYann Le Goff\ty@x.fr", id="unknown words"
        ),
        pytest.param(
            '"First Name","Last Name","E-mail 1 - Label","E-mail 1 - Value"\n"Ana","Dupont",'
            '"* Home","a@x.fr"\n"Yann","Le Goff","Work","y@x.fr"',
            id="Google contacts",
        ),
    ],
)
def test_tables(text):
    assert people(text) == BOTH


def test_a_table_written_by_a_program_may_have_cells_of_several_lines():
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerows(
        [["Nom", "Note", "Prénom", "E-mail"], ["Le Goff", "dit\n« Yo »", "Yann", "y@x.fr"]]
    )
    writer.writerow(["Dupont", 'une ""note', "Ana", "a@x.fr"])
    assert people(held.getvalue()) == [YANN, ANA]


def test_a_birth_date_of_a_table_is_read_in_french_order():
    text = "Nom;Prénom;Mail;Date de naissance\nDupont;Ana;a@x.fr;09/03/1951\nB;C;b@x.fr;1951-03-09"
    assert [one.birth_date for one in read_pasted(text)] == [date(1951, 3, 9)] * 2
    assert read_pasted(text.replace("09/03", "31/02"))[0].birth_date is None


def test_a_header_written_by_a_mail_library_is_read_whole():
    message = EmailMessage()
    message["To"] = (
        Group(
            "Équipe", (Address("Ana Dupont", "a", "x.fr"), Address("Le Goff, Yann", "y", "x.fr"))
        ),
        Address("Chloé Lefèvre", "c", "x.fr"),
    )
    expected = [ANA, YANN, ("c@x.fr", "Chloé", "Lefèvre")]
    assert people(f"To: {message['To']}") == expected
    assert people(message.as_string().partition("\n\n")[0].strip()) == expected


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("DUPONT Ana", "Ana", "DUPONT"),
        ("Ana DUPONT", "Ana", "DUPONT"),
        ("LE GOFF Yann", "Yann", "LE GOFF"),
        ("Jean-Pierre de LA TOUR", "Jean-Pierre", "de LA TOUR"),
        ("Jean de La Tour", "Jean", "de La Tour"),
        ("Marie Claire de La Tour", "Marie Claire", "de La Tour"),
        ("Le Goff Yann", "Yann", "Le Goff"),
        ("Mme Ana Dupont", "Ana", "Dupont"),
        ("Dr. Ana Dupont, cardiologue", "Ana", "Dupont"),
        ("Ana Dupont (infirmière)", "Ana", "Dupont"),
        ("Jean d’Ormesson", "Jean", "d’Ormesson"),
        ("Ana", "Ana", ""),
        ("J. Dupont", "J.", "Dupont"),
        ("محمد علي", "محمد", "علي"),
    ],
)
def test_a_name_is_told_apart(name, given, family):
    assert people(f"{name} <a@x.fr>") == [("a@x.fr", given, family)]


def test_what_cannot_be_seen_is_no_part_of_an_address():
    for sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202c\u2066\u2069\u180e\ufe0f":
        assert people(f"Ana Dupont <{sign}a{sign}@x{sign}.fr{sign}>") == [ANA], hex(ord(sign))
    assert people("a＠x．fr") == [("a@x.fr", "", "")]
    assert people("عمر‌ <a@x.fr>") == [("a@x.fr", "عمر‌", "")]  # a name keeps its joiners


CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Dupont;Ana;;Mme;\r\nFN:Mme Ana Dupont\r\n"
    "EMAIL;type=INTERNET:old@x.fr\r\nitem1.EMAIL;TYPE=INTERNET,PREF:a@x\r\n .fr\r\n"
    "BDAY:1951-03-09\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB@CCCC\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Le G=\r\noff;"
    "Ya=6En\r\n"
    "EMAIL;INTERNET:y@x.fr\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Chloé Lefèvre\r\nEMAIL;PREF=1:c@x.fr\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Paul Sansmail\r\nEND:VCARD\r\nBob Garnier <b@x.fr>\r\n"
)


def test_contact_cards_of_three_versions():
    read = read_pasted(CARDS)
    assert [(one.email, one.given_name, one.family_name) for one in read] == [
        ANA,
        YANN,
        ("c@x.fr", "Chloé", "Lefèvre"),
        (None, "", ""),
        ("b@x.fr", "Bob", "Garnier"),
    ]
    assert read[0].birth_date == date(1951, 3, 9)
    assert "Sansmail" in read[3].text


def test_a_card_of_another_writer_is_read_the_same():
    card = vobject.vCard()
    card.add("n").value = vobject.vcard.Name(family="Lefèvre; de", given="Chloé")
    card.add("fn").value = "Chloé"
    card.add(
        "email"
    ).value = "chloe-of-a-very-long-address-that-has-to-be-folded.somewhere@example.org"
    [read] = read_pasted(card.serialize())
    assert (read.given_name, read.family_name) == ("Chloé", "Lefèvre; de")
    assert read.email == card.email.value


def test_what_could_not_be_read_reads_the_same_once_more():
    text = '"Ferrand, Madeleine" <m@@x.org>\nsans adresse\ncassée@\nNom;Mail\nMail, Sans'
    once = [one.text for one in read_pasted(text, may_have_headings=False)]
    again = read_pasted("\n".join(once), may_have_headings=False)
    assert [one.text for one in again] == once
    assert len(once) == 5


def test_a_first_line_that_is_somebody_is_not_lost():
    assert people("Paul Martin\nAna Dupont <a@x.fr>") == [(None, "", ""), ANA]
    assert people("Paul\tMartin\t06 12\nDupont\tAna\ta@x.fr") == [(None, "", ""), ANA]


def test_reading_stops_at_the_one_too_many():
    assert len(read_pasted("\n".join(f"p{n}@x.fr" for n in range(5_000)))) == MOST + 1


HOSTILE = [
    "<", '"', "(", "@ ", "a@x.fr,", '"\n', "=?", "=?a?q?", "BEGIN:VCARD\n", ",a", "nom;", "nom;\n",
    "\u200b", " \n", "a:", "()", "a@x.fr ", "\\", "x@", ",@", "=\n", ';"', "\t",
]  # fmt: skip


@pytest.mark.parametrize("sign", HOSTILE)
def test_what_is_pasted_costs_in_proportion(sign):
    def cost(size: int) -> float:
        began = time.process_time()
        read_pasted(f"a@x.fr\n{sign * (size // len(sign))}")
        return time.process_time() - began

    assert cost(500_000) < 4
