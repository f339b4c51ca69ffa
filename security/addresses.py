"""E-mail addresses as keys, addresses as shown, and the networks that people come from."""

from __future__ import annotations

import ipaddress

from email_validator import validate_email

LONGEST = 254


def fold_email(text: str) -> str:
    """Return the one form under which an address is kept and looked for.

    Raises:
        ValueError: this is no e-mail address.
    """
    text = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError("not an address")
    found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    folded = f"{found.local_part}@{found.ascii_domain or found.domain}".lower()
    if len(folded) > LONGEST:  # a domain grows when it is written in ASCII
        raise ValueError("too long")
    return folded


def mask_email(email: str) -> str:
    """Return what its owner recognises and a passer-by cannot use: « m•••••@example.org »."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••••@{domain}"


def network_of(address: str | None) -> str:
    """Return the neighbourhood of an IP address: /24, or /64 where one home owns so many."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    prefix = 24 if ip.version == 4 else 64  # noqa: PLR2004  (the versions of IP)
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))
