"""Where a request comes from. Nothing else asks for it: see tests/house/test_client_address.py."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# What one household or company gets of IPv6; within it everybody takes addresses as they like.
_IPV6_PREFIX = 64
# What proxies add to a request that they pass on.
_PASSED_ON = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP")


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, trusting only the last PROXY_COUNT proxies."""
    peer: str = request.META.get("REMOTE_ADDR", "")
    hops: list[str] = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    ]
    count = settings.PROXY_COUNT
    # Each proxy appends the address it got the request from; what stands before is up to anybody.
    return hops[-count] if count and len(hops) >= count and hops[-count] else peer


def comes_from_this_machine(request: HttpRequest) -> bool:
    """Return whether a program of this machine asks by itself, and passes on nobody's request."""
    if any(name.startswith(_PASSED_ON) for name in request.META):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def client_network(request: HttpRequest) -> str:
    """Return the network to count a client by."""
    return network_of(client_address(request))


def network_of(address: str) -> str:
    """Return the network of a client's address as text: itself, or the /64 of an IPv6 address.

    An IPv4 address written as IPv6 is the IPv4 address. What is no address stands for itself.
    """
    try:
        found = ip_address(address.strip())
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _IPV6_PREFIX), strict=False))
