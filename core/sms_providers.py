"""Who carries text messages and calls: OVHcloud, Twilio, or a gateway of the host's own.

Each is given ``reference``, the same at every try of one message. What it raises names no number,
no text and no key: the row of the outbox keeps it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from core import clock, outgoing_http
from core.outbox import AwayError, RefusedForGoodError
from core.outgoing_http import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config import SmsConfig

OK = range(200, 300)
WORTH_ANOTHER_TRY = {401, 403, 408, 425, 429}
"""A host mends its keys, a provider its load; what else is refused stays refused."""
SPOKEN = {"fr": "fr-FR", "en": "en-GB"}

GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
"""What a text message of 160 signs is written with (GSM 03.38 and its extension)."""


class SmsProvider(Protocol):
    """Sends one text message, and returns the provider's own name for it."""

    def send_sms(self, reference: str, to: str, text: str) -> str:
        """Send, or raise: any error is tried again, ``RefusedForGoodError`` is not."""
        ...


class CallProvider(Protocol):
    """Calls a number and speaks, and returns the provider's own name for the call."""

    def call(self, reference: str, to: str, text: str, language: str) -> str:
        """Call, or raise, as ``SmsProvider.send_sms`` does."""
        ...


class ProviderError(AwayError):
    """The provider does not take it now."""


class OvhSms:
    """OVHcloud's signed API: ``POST /sms/{service}/jobs``."""

    def __init__(self, config: SmsConfig) -> None:
        """Keep the keys; the difference between the two clocks is asked for at the first use."""
        self._config = config
        self._drift: int | None = None

    def send_sms(self, reference: str, to: str, text: str) -> str:
        """Send one message; a receiver that OVHcloud sets aside is a refusal for good."""
        config = self._config
        url = f"{config.ovh_endpoint}/sms/{quote(config.ovh_service_name, safe='')}/jobs"
        job = {
            "receivers": [to],
            "message": text,
            "sender": config.sender,
            "noStopClause": True,
            "priority": "high",
            "charset": "UTF-8",
            "coding": "7bit" if set(text) <= GSM_ALPHABET else "8bit",
            "class": "phoneDisplay",
            "validityPeriod": 10,
            "tag": reference,
        }
        body = json.dumps(job)
        answer = outgoing_http.ask(
            "POST",
            url,
            headers=self._signed("POST", url, body),
            body=body.encode(),
            timeout=config.timeout,
        )
        if answer.status not in OK:
            self._drift = None  # a signature is also refused when the clocks have moved apart
        said = _judge("OVHcloud", answer, error_name="errorCode")
        if not said.get("validReceivers"):
            raise RefusedForGoodError("OVHcloud: the receiver is not valid")
        return ", ".join(str(sent_id) for sent_id in said.get("ids") or [])

    def _signed(self, method: str, url: str, body: str) -> dict[str, str]:
        config, at = self._config, str(self._time_there())
        keys = f"{config.ovh_application_secret}+{config.ovh_consumer_key}"
        signed = f"{keys}+{method}+{url}+{body}+{at}"
        # The algorithm is the provider's; the secret in front is what makes it hold.
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ovh-Application": config.ovh_application_key,
            "X-Ovh-Consumer": config.ovh_consumer_key,
            "X-Ovh-Timestamp": at,
            "X-Ovh-Signature": f"$1${digest}",
        }

    def _time_there(self) -> int:
        """Sign with their clock: a server whose own is off could send nothing."""
        here = int(clock.now().timestamp())
        if self._drift is None:
            url = f"{self._config.ovh_endpoint}/auth/time"
            answer = outgoing_http.ask("GET", url, headers={}, timeout=self._config.timeout)
            if answer.status not in OK or not answer.body.strip().isdigit():
                raise ProviderError(f"OVHcloud: {answer.status} when asked for the time")
            self._drift = int(answer.body) - here
        return here + self._drift


class Twilio:
    """Twilio: Messages, and Calls that speak a text. It knows no reference of ours."""

    def __init__(self, config: SmsConfig) -> None:
        """Keep the account."""
        self._config = config
        key = f"{config.twilio_account_sid}:{config.twilio_auth_token}"
        self._authorization = f"Basic {base64.b64encode(key.encode()).decode()}"

    def send_sms(self, reference: str, to: str, text: str) -> str:
        """Send one message, from a number or from a messaging service."""
        sender = self._config.sender
        source = "MessagingServiceSid" if sender.startswith("MG") else "From"
        return self._post("Messages", {"To": to, source: sender, "Body": text})

    def call(self, reference: str, to: str, text: str, language: str) -> str:
        """Call, and say the text in the voice of its language."""
        voice = SPOKEN.get(language, SPOKEN["fr"])
        speech = f'<Response><Say language="{voice}">{escape(text)}</Say></Response>'
        fields = {"To": to, "From": self._config.twilio_caller, "Twiml": speech}
        return self._post("Calls", fields)

    def _post(self, what: str, fields: dict[str, str]) -> str:
        config = self._config
        account = quote(config.twilio_account_sid, safe="")
        answer = outgoing_http.ask(
            "POST",
            f"{config.twilio_endpoint}/2010-04-01/Accounts/{account}/{what}.json",
            headers={
                "Authorization": self._authorization,
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(fields).encode(),
            timeout=config.timeout,
        )
        return str(_judge("Twilio", answer, error_name="code").get("sid") or "")


class HttpGateway:
    """A gateway of the host's own: JSON, a bearer token, and an idempotency key."""

    def __init__(self, config: SmsConfig) -> None:
        """Keep the addresses and the token."""
        self._config = config

    def send_sms(self, reference: str, to: str, text: str) -> str:
        """Hand one message to the gateway."""
        return self._post(self._config.http_sms_url, reference, {"to": to, "text": text})

    def call(self, reference: str, to: str, text: str, language: str) -> str:
        """Hand one call to the gateway."""
        fields = {"to": to, "text": text, "language": language}
        return self._post(self._config.http_call_url, reference, fields)

    def _post(self, url: str, reference: str, fields: dict[str, str]) -> str:
        config = self._config
        answer = outgoing_http.ask(
            "POST",
            url,
            headers={
                "Authorization": f"Bearer {config.http_token}",
                "Content-Type": "application/json",
                "Idempotency-Key": reference,
            },
            body=json.dumps({"reference": reference, "sender": config.sender} | fields).encode(),
            timeout=config.timeout,
        )
        return str(_judge("gateway", answer, error_name="error", may_be_mute=True).get("id") or "")


def _judge(
    who: str, answer: Answer, *, error_name: str, may_be_mute: bool = False
) -> dict[str, Any]:
    """Return what was answered, or raise what it means for the next try."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    is_object = isinstance(said, dict)
    if answer.status in OK and (is_object or may_be_mute):
        return said if isinstance(said, dict) else {}
    reason = f"{who}: {answer.status}"
    if isinstance(said, dict) and isinstance(said.get(error_name), str | int):
        reason += f" {str(said[error_name])[:40]}"
    if 400 <= answer.status < 500 and answer.status not in WORTH_ANOTHER_TRY:  # noqa: PLR2004
        raise RefusedForGoodError(reason)
    raise ProviderError(reason)


SMS_PROVIDERS: dict[str, Callable[[SmsConfig], SmsProvider]] = {
    "ovh": OvhSms,
    "twilio": Twilio,
    "http": HttpGateway,
}
CALL_PROVIDERS: dict[str, Callable[[SmsConfig], CallProvider]] = {
    "twilio": Twilio,
    "http": HttpGateway,
}
