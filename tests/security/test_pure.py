"""The calculations: addresses, passwords, codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from core.rate_limit import Backoff
from security import backup_codes, passwords, totp
from security.addresses import fold_email, mask_email, network_of
from security.one_time_codes import hash_code
from security.operations.codes import read_digits
from security.passwords import PasswordRule

# ── RFC 6238, appendix B (SHA-1), the last six of its eight digits ────────────────────────────

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds, code):
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, now) == seconds // 30


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_one_step_either_side_is_accepted_and_named(steps):
    now = datetime.fromtimestamp(1111111109 - 30 * steps, UTC)
    assert totp.matching_step(RFC_SECRET, "081804", now) == 1111111109 // 30


@pytest.mark.parametrize("steps", [-10, -2, 2, 10])
def test_a_clock_that_is_off_is_recognised_but_not_accepted(steps):
    now = datetime.fromtimestamp(1111111109 - 30 * steps, UTC)
    assert totp.matching_step(RFC_SECRET, "081804", now) is None
    assert totp.drifted_step(RFC_SECRET, "081804", now) == 1111111109 // 30


@pytest.mark.parametrize("steps", [-11, 11])
def test_beyond_five_minutes_a_code_is_only_wrong(steps):
    now = datetime.fromtimestamp(1111111109 - 30 * steps, UTC)
    assert totp.drifted_step(RFC_SECRET, "081804", now) is None


@pytest.mark.parametrize("code", ["", "٠٨١٨٠٤", "abcdef", "0818041", "\ud800"])
def test_what_is_no_code_matches_nothing(code):
    assert totp.matching_step(RFC_SECRET, code, datetime.fromtimestamp(1111111109, UTC)) is None


def test_a_secret_has_160_bits_and_is_written_in_groups_of_four():
    secret = totp.new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert totp.show_key(secret).split(" ") == [secret[i : i + 4] for i in range(0, 32, 4)]


def test_the_picture_is_an_svg_of_ours_without_inline_style():
    uri = totp.setup_uri(RFC_SECRET, "bob@example.org", "Alvéole")
    assert uri.startswith("otpauth://totp/Alv%C3%A9ole:bob%40example.org?secret=")
    kind, _, body = totp.setup_picture(uri).partition(",")
    assert kind == "data:image/svg+xml;base64"
    svg = base64.b64decode(body).decode()
    assert "<svg" in svg
    assert "style=" not in svg


# ── Mailed codes ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "481027",
        " 481 027 ",
        "481-027",
        "481\u00a0027",
        "4 8 1 0 2 7",
        "481.027",
        "481–027",
        "٤٨١٠٢٧",
        "４８１０２７",
    ],
)
def test_digits_are_read_however_they_are_spaced(typed):
    assert read_digits(typed) == "481027"


@pytest.mark.parametrize("typed", ["", "48102", "4810277", "48102a", "①②③④⑤⑥", "\x00"])
def test_anything_else_is_no_code(typed):
    assert read_digits(typed) is None


def test_a_code_is_bound_to_its_purpose_and_its_attempt():
    hashes = {
        hash_code(purpose, attempt, code)
        for purpose in ("sign_in", "sign_up")
        for attempt in (("1", "secret"), ("1", "other"), ("2", "secret"))
        for code in ("481027", "481028")
    }
    assert len(hashes) == 12


# ── Backup codes ──────────────────────────────────────────────────────────────────────────────


def test_a_set_is_eight_codes_of_eight_signs_that_are_not_confused():
    codes = backup_codes.new_set()
    assert len(set(codes)) == 8
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(backup_codes.ALPHABET)
    assert len(backup_codes.ALPHABET) == 31
    assert not set("0O1IL") & set(backup_codes.ALPHABET)


@pytest.mark.parametrize(
    "typed", ["7K4M-29QX", "7k4m29qx", " 7K4M 29QX ", "7k4m–29qx", "7K4M.29QX"]
)
def test_a_backup_code_is_read_as_it_was_meant(typed):
    assert backup_codes.read(typed) == "7K4M29QX"
    assert backup_codes.show("7K4M29QX") == "7K4M-29QX"


@pytest.mark.parametrize("typed", ["7K4M-29Q", "7K4M-29Q0", "7K4M-29QXX", "", "⁷K4M29QX", "ß" * 8])
def test_what_cannot_be_a_backup_code_is_none(typed):
    assert backup_codes.read(typed) is None


# ── Passwords ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def policy():
    """Set the policy or the pepper, and put both back."""

    def configure(pepper: str = "", policy: str = "composed") -> None:
        passwords.configure(pepper=pepper, policy=policy)

    yield configure
    configure()


@pytest.mark.covers("M47")
@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("Tilleul-Radio-marche-7", []),
        ("tilleul Radio marche 7", []),
        ("Étéàlacampagne7", []),
        ("Abcdef1", [PasswordRule.LENGTH, PasswordRule.COMMON]),
        ("tilleul-radio-7", [PasswordRule.UPPER]),
        ("TILLEUL-RADIO-7", [PasswordRule.LOWER]),
        ("Tilleul-radio-marche", [PasswordRule.DIGIT]),
        ("Password123456", [PasswordRule.COMMON]),
        ("P@ssw0rd123456", [PasswordRule.COMMON]),
        ("Motdepasse2026!", [PasswordRule.COMMON]),
        ("Azertyuiop123456", [PasswordRule.COMMON]),
        ("Aaaaaaaaaaaa1", [PasswordRule.COMMON]),
        ("A" * 200 + "a1" * 30, [PasswordRule.LONGEST]),
    ],
)
def test_each_rule_is_judged(policy, password, broken):
    policy()
    assert passwords.broken_rules(password) == broken


@pytest.mark.parametrize("word", ["Alvéole", "bob.garnier", "Bob Garnier"])
def test_what_others_could_guess_is_refused(policy, word):
    policy()
    broken = passwords.broken_rules("Alveole-Garnier-marche-7", [word])
    assert broken == [PasswordRule.PERSONAL]


def test_a_short_name_is_no_reason_to_refuse(policy):
    policy()
    assert passwords.broken_rules("Tilleul-Radio-bobine-7", ["Bob"]) == []


def test_a_host_may_ask_for_length_alone(policy):
    policy(policy="length")
    assert passwords.broken_rules("tilleul radio marche") == []
    assert passwords.broken_rules("tilleul radio") == [PasswordRule.LENGTH]
    assert passwords.shortest() == 15


def test_a_pepper_is_needed_to_open_what_it_closed(policy):
    policy(pepper="a pepper of the host")
    stored = passwords.hash_password("Tilleul-Radio-marche-7")
    assert passwords.verify_password(stored, "Tilleul-Radio-marche-7")
    policy(pepper="another")
    assert not passwords.verify_password(stored, "Tilleul-Radio-marche-7")


def test_an_accent_is_the_same_on_every_keyboard():
    stored = passwords.hash_password("\u00c9t\u00e9-Radio-marche-7")
    assert passwords.verify_password(stored, "E\u0301te\u0301-Radio-marche-7")


@pytest.mark.parametrize("hostile", ["\x00", "\ud800", "\u202e", "😀" * 50, ""])
def test_hostile_passwords_are_only_wrong(hostile):
    assert not passwords.verify_password(passwords.decoy_hash(), hostile)
    passwords.broken_rules(hostile)


# ── Addresses ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("bob@example.org", "bob@example.org"),
        ("  Bob@Example.ORG ", "bob@example.org"),
        ("Bob+Bulle@example.org", "bob+bulle@example.org"),
        ("bob@hôpital.fr", "bob@xn--hpital-ixa.fr"),
    ],
)
def test_an_address_has_one_form(typed, folded):
    assert fold_email(typed) == folded


@pytest.mark.parametrize(
    "typed", ["", "bob", "bob@", "@example.org", "a@b@c.fr", "bob@example..org", "a\x00@b.fr",
              "a\r\nBcc: x@y.fr@b.fr", "é@example.org", "x" * 300 + "@b.fr", "\ud800@b.fr"]
)  # fmt: skip
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValueError):
        fold_email(typed)


def test_a_masked_address_is_known_to_its_owner_only():
    assert mask_email("madeleine@example.org") == "m•••••@example.org"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("64:ff9b::192.0.2.77", "192.0.2.0/24"),
        ("2002:c000:24d::1", "192.0.2.0/24"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdb2", "192.0.2.0/24"),
        ("[2001:db8:1:2::5]:443", "2001:db8:1:2::/64"),
        ("192.0.2.77:5678", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_neighbours_share_a_network(address, network):
    assert network_of(address) == network


# ── Waits that double ─────────────────────────────────────────────────────────────────────────

WAITS = Backoff(
    "test", free=5, window=timedelta(minutes=15), first=timedelta(seconds=30),
    longest=timedelta(hours=1),
)  # fmt: skip
START = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "seconds"), [(5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (40, 3600)]
)
def test_each_further_act_waits_twice_as_long_up_to_an_hour(count, seconds):
    acts = [START] * count
    assert WAITS.opens_at(acts) == START + timedelta(seconds=seconds)


def test_four_acts_close_together_or_many_far_apart_wait_for_nothing():
    assert WAITS.opens_at([]) is None
    assert WAITS.opens_at([START] * 4) is None
    assert WAITS.opens_at([START + timedelta(minutes=16 * n) for n in range(20)]) is None
