"""Brakes count what one subscriber may own: a /64, and the /56 and the /48 around it."""

from datetime import timedelta

import pytest

from core import rate_limit
from core.authorization import Anonymous, Instance
from core.errors import TooManyRequestsError
from core.rate_limit import Backoff, RateLimit
from security.addresses import home_of, network_of
from security.operations.sign_in import start_sign_in
from security.operations.sign_up import start_sign_up

pytestmark = pytest.mark.both_databases
TWO = RateLimit("test_network", 2, timedelta(hours=1))
HOSTS_48 = "2001:db8:5"


def lanes(pattern):
    """Networks of one subscriber, each never used before: « {} » counts upwards."""
    return (network_of(f"{HOSTS_48}:{pattern.format(number)}::7") for number in range(1, 70_000))


def acts_before_refusal(act, networks):
    for done, network in enumerate(networks):
        try:
            act(network)
        except TooManyRequestsError:
            return done
    raise AssertionError("never refused")


@pytest.mark.parametrize(("pattern", "most"), [("12", 2), ("12{:02x}", 8), ("{:x}00", 32)])
def test_wider_networks_are_allowed_four_and_sixteen_times_as_much(app, pattern, most):
    done = acts_before_refusal(lambda network: rate_limit.hit_network(TWO, network), lanes(pattern))
    assert done == most


def test_a_refused_act_is_counted_under_no_width(app):
    for _ in range(2):
        rate_limit.hit_network(TWO, network_of(f"{HOSTS_48}:1200::1"))
    for _ in range(20):
        with pytest.raises(TooManyRequestsError):
            rate_limit.hit_network(TWO, network_of(f"{HOSTS_48}:1200::2"))
    rate_limit.hit_network(TWO, network_of(f"{HOSTS_48}:1201::1"))


def test_another_subscriber_and_every_network_of_ipv4_have_their_own(app):
    acts_before_refusal(lambda network: rate_limit.hit_network(TWO, network), lanes("{:x}00"))
    rate_limit.hit_network(TWO, network_of("2001:db8:6::1"))
    for number in range(10):
        rate_limit.hit_network(TWO, network_of(f"192.0.{number}.1"))
        rate_limit.hit_network(TWO, network_of(f"192.0.{number}.2"))


def test_an_address_of_ipv4_is_the_same_however_it_comes(app):
    for form in ("192.0.2.7", "::ffff:192.0.2.8"):
        rate_limit.hit_network(TWO, network_of(form))
    for form in ("64:ff9b::c000:209", "2002:c000:20a::1"):
        with pytest.raises(TooManyRequestsError):
            rate_limit.hit_network(TWO, network_of(form))


def test_one_home_of_ipv6_is_one_address(app):
    assert home_of("192.0.2.7") == "192.0.2.7/32"
    assert home_of("2001:db8:5:1::1") == home_of("2001:db8:5:1:ffff::9")


def test_passwords_of_one_account_wait_whatever_the_lane(app, cast):
    def act(network):
        start_sign_in(
            Anonymous(), identifier="bob@example.org", password="Pas-le-bon-1", network=network
        )

    assert acts_before_refusal(act, lanes("12{:02x}")) == 20


def test_the_right_person_frees_all_the_widths(app):
    waits = Backoff("t", 1, timedelta(hours=1), timedelta(seconds=30), timedelta(hours=1))
    networks = lanes("12{:02x}")
    for _ in range(4):
        rate_limit.hit_in_turn(rate_limit.act_of_network(waits, next(networks), beside="bob"))
    with pytest.raises(TooManyRequestsError):
        rate_limit.hit_in_turn(rate_limit.act_of_network(waits, next(networks), beside="bob"))
    rate_limit.hit_in_turn(rate_limit.act_of_network(waits, next(networks), beside="chloé"))
    rate_limit.forget(rate_limit.act_of_network(waits, next(networks), beside="bob"))
    rate_limit.hit_in_turn(rate_limit.act_of_network(waits, next(networks), beside="bob"))


def test_accounts_cannot_be_made_from_every_lane_of_one_subscriber(app, monkeypatch):
    from security.operations import brakes

    monkeypatch.setattr(brakes, "SIGN_UPS_OF_NETWORK", TWO)

    def act(network):
        start_sign_up(
            Anonymous(),
            Instance(),
            email=f"a{abs(hash(network))}@example.org",
            password="Tilleul-Radio-marche-7",
            display_name="A B",
            locale="fr",
            network=network,
        )

    assert acts_before_refusal(act, lanes("12{:02x}")) == 8


def test_guesses_of_calendar_links_are_counted_so_too(app, visitor):
    statuses = [
        visitor.get(
            f"/agenda/{number}.ics",
            environ_overrides={"REMOTE_ADDR": f"{HOSTS_48}:12{number:02x}::1"},
        ).status_code
        for number in range(82)
    ]
    assert statuses[:80] == [404] * 80
    assert statuses[80:] == [429] * 2
