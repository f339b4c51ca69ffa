"""What the bench asks for is still there: one request of each job, without a server or a clock."""

from __future__ import annotations

from itertools import count

import pytest
from flask.testing import FlaskClient

from bench.clients import Answer, BrokenJobError, Person, Request, play
from bench.jobs import JOBS, UNHURRIED
from bench.jobs.booking import Bookings, ReferenceBookings
from bench.jobs.feeds import feed_path, polling, reading
from bench.jobs.logins import signing_in
from bench.jobs.pages import page
from bench.jobs.weight import first_page
from bench.measuring import Figure
from bench.reference import create, reference_csrf, reference_secret, reference_token
from bench.reference_store import Store
from bench.scene import Product, Site
from bench.seeding import Seed, next_monday
from bench.servers import Server
from bench.table import Line


class InProcess(Server):
    """An application of this process, asked as a server is."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__(port=0, pid=0)
        self.client = client

    def ask(self, request: Request) -> Answer:
        answer = self.client.open(
            request.path,
            method=request.method,
            buffered=True,
            data=request.body or None,
            headers=dict(request.headers),
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, answer.data)


@pytest.fixture
def product(app):
    facts = Seed(next_monday(), feeds=[5, 20], lists=[3]).facts()
    server = InProcess(app.test_client(use_cookies=False))
    return Product(
        server, {**facts, "feeds": {str(size): one for size, one in facts["feeds"].items()}}
    )


def test_an_hour_is_held_confirmed_and_cancelled(product):
    bookings = Bookings(product)
    free = len(bookings.hours)
    product.server.play(bookings.book(0))
    assert len(bookings.hours) == free - 1
    assert len(Bookings(product).hours) == free - 1
    product.server.play(bookings.cancel(0))
    assert len(Bookings(product).hours) == free


def test_of_two_who_want_an_hour_one_has_it(product):
    bookings = Bookings(product)
    held = []

    def hold(patient):
        held.append((yield from bookings.hold(patient, bookings.hours[0])))

    product.server.play(hold(1))
    product.server.play(hold(2))
    assert [bool(number) for number in held] == [True, False]


def test_every_page_is_there_and_full(product):
    monday = product.facts["monday"]
    for name, path, least, of in (
        ("patient1", Bookings(product).page(1, days=20), 60, b'name="heure"'),
        ("keeper", f"/agenda/jour/{monday}", 60, b"/rendez-vous/"),
        ("keeper", f"/agenda/semaine/{monday}", 60, b"/rendez-vous/"),
        ("patient3", "/compte", 1, b"</html>"),
        ("keeper3", "/patients?q=eloi%20nom", 1, b"Nom0"),
        ("admin3", f"/bulles/{product.facts['lists'][3]}/patients", 3, b"Nom"),
    ):
        product.server.play(page(product.person(name), path, least, of)(0))


def test_a_page_that_is_not_there_breaks_its_job(product):
    with pytest.raises(BrokenJobError, match="404 instead of 200"):
        product.server.play(page(product.person("patient3"), "/nowhere")(0))


def test_a_calendar_is_read_whole_unchanged_and_after_a_change(product):
    whole = reading(Person().get(feed_path(product, 20)), 200, 20)
    product.server.play(whole(0))
    unchanged = polling(product, 20)
    product.server.play(unchanged(0))
    bookings = Bookings(product, product.facts["feeds"]["20"]["caregiver"])
    product.server.play(bookings.book(0))
    with pytest.raises(BrokenJobError, match="200 instead of 304"):
        product.server.play(unchanged(0))


def test_people_sign_in(product):
    product.server.play(signing_in(product)(0))


def test_the_first_page_is_weighed_with_what_it_needs(product):
    site = Site("SQLite", True, False, product, product.server, product.server)
    [line] = first_page(site)
    assert "requests" in line.goals[1].words
    assert int(line.goals[1].seen) > 3


# ── The references ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def references(tmp_path, monkeypatch, product):
    url = str(tmp_path / "reference.db")
    sessions = [(reference_token(number), reference_secret(number)) for number in range(3)]
    store = Store(url)
    store.make_tables(product.facts["busy"], ["20"], sessions)
    store.close()
    monkeypatch.setenv("BENCH_DATABASE", url)
    application = create()
    yield InProcess(application.test_client(use_cookies=False))
    application.extensions["store"].close()


@pytest.mark.parametrize("root", ["", "/signed"])
def test_the_references_answer_what_the_product_is_compared_with(references, product, root):
    site = Site("SQLite", True, False, product, references, references)
    bookings = ReferenceBookings(site, root)
    references.play(bookings.book(0))
    references.play(bookings.cancel(0))
    person = bookings.person(0)
    for path, least, of in (
        (f"/hours/60?from={product.facts['monday']}", 60, b'name="heure"'),
        ("/day", 60, b"/appointment/"),
        ("/account", 12, b"<section>"),
        ("/hello", 1, b"Bonjour"),
    ):
        references.play(page(person, root + path, least, of)(0))


def test_the_signed_reference_knows_who_asks_and_their_forms(references):
    assert references.ask(Person().get("/signed/hello")).status == 401
    of_another = Person(reference_token(1), reference_csrf(2))
    assert references.ask(of_another.post("/signed/hold", {"start": 0})).status == 400


# ── The client and the table ──────────────────────────────────────────────────────────────────


def test_a_script_ends_with_its_last_answer():
    numbers = count()

    def script():
        first = yield Request("GET", "/")
        second = yield Request("GET", f"/{first.status}")
        assert second.status == 1

    asked = []

    def ask(request):
        asked.append(request.path)
        return Answer(next(numbers), {}, b"")

    play(script(), ask)
    assert asked == ["/", "/0"]


def test_a_goal_is_met_missed_or_not_measured():
    sides = {"ours": Figure(cpus=[6.0]), "bare": Figure(cpus=[2.0])}
    line = Line("job", "SQLite", sides, statements=9)
    line.aim("bare", 3).aim("bare", 2.9).aim("before", 1).aim_statements(9)
    assert [goal.met for goal in line.goals] == [True, False, None, True]


def test_what_a_hurried_bench_leaves_out_has_a_name():
    assert set(JOBS) > UNHURRIED
