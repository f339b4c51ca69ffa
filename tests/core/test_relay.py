"""What a real mail server answers, and what it means: never again, later, or for everybody."""

import pytest

from core.config import MailConfig
from core.mail import compose, send_by_smtp
from core.mail.relay import NotTakenError
from core.outbox import AwayError, RefusedForGoodError
from tests.servers.processes import free_ports
from tests.servers.smtp import Manner

READER = "zoe.belanger@example.org"


def send(host: str, port: int) -> None:
    config = MailConfig(backend="smtp", smtp_host=host, smtp_port=port, smtp_security="none")
    mail = {"to": READER, "subject": "s", "text": "t", "html": "h"}
    send_by_smtp(config, compose(mail, sender="no@example.org", message_id="<1@x>"))


@pytest.mark.parametrize(
    ("manner", "error", "said"),
    [
        (Manner.REFUSE_FOR_GOOD, RefusedForGoodError, "550 5.1.1"),
        (Manner.REFUSE_FOR_NOW, NotTakenError, "451 4.3.0"),
        (Manner.REFUSE_THE_HOST, NotTakenError, "550 5.7.1"),
    ],
)
def test_a_refusal_is_for_good_only_where_nobody_can_mend_it(smtp_server, manner, error, said):
    smtp_server.manner = manner
    with pytest.raises(error) as raised:
        send(smtp_server.host, smtp_server.port)
    assert str(raised.value) == said, "its numbers alone: the words may repeat the address"


def test_a_relay_that_is_not_there_is_away_for_every_mail():
    [port] = free_ports(1)
    with pytest.raises(AwayError):
        send("127.0.0.1", port)
