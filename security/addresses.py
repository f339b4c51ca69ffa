"""E-mail addresses as keys, addresses as shown, and the networks that people come from."""

from __future__ import annotations

import ipaddress

from email_validator import validate_email

from core import reading

LONGEST = 254
LONGEST_TYPED = 1000
"""With what cannot be seen; nothing beyond it is looked at."""


def fold_email(text: str) -> str:
    """Return the one form under which an address is kept and looked for.

    What cannot be seen, and what mail programs put around an address, is left out first.

    Raises:
        ValueError: this is no e-mail address.
    """
    text = reading.address(text[:LONGEST_TYPED])
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError("not an address")
    address = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    folded = f"{address.local_part}@{address.ascii_domain or address.domain}".lower()
    if len(folded) > LONGEST:  # a domain grows when it is written in ASCII
        raise ValueError("too long")
    return folded


def mask_email(email: str) -> str:
    """Return what its owner recognises and a passer-by cannot use: « m•••••@example.org »."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••••@{domain}"


def network_of(address: str | None) -> str:
    """Return the neighbourhood of an IP address: /24, or /64 where one home owns so many.

    ``core.rate_limit.hit_network`` counts the wider neighbourhoods of IPv6 by itself.
    """
    return _network(address, 24)


def home_of(address: str | None) -> str:
    """Return the one address of IPv4, or the /64 that one home has of IPv6."""
    return _network(address, 32)


def _network(address: str | None, bits_of_4: int) -> str:
    ip = _read_ip(address or "")
    if ip is None:
        return "unknown"
    bits = bits_of_4 if ip.version == 4 else 64  # noqa: PLR2004  (the versions of IP)
    return str(ipaddress.ip_network((ip.packed, bits), strict=False))


def _read_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address, with the port or the brackets that some proxies leave on it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return _carried(ip) or ip if isinstance(ip, ipaddress.IPv6Address) else ip


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the address of IPv4 that this one only carries (mapped, NAT64, 6to4, Teredo)."""
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
