"""Connecting: the server is where it says that it is, and nowhere else."""

import re
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

from client_kit import Address, ClientKitError, ConnectionRefused, open_client
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    Instance,
    IpAddress,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    hosts_listening,
    ports_of,
    requirement,
)


@requirement(
    "connecting.answers-only-the-announced-interface",
    level=MUST,
    source="ip(7) INADDR_ANY",
    authority=POLICY,
    accepts="a server that is told to listen at one loopback address refuses connections to another",
    needs=LAUNCH,
    once=True,
)
async def test_answers_only_the_announced_interface(server: Server) -> None:
    """The server listens at the address that it is told, and at no other of the machine."""
    if not server.is_told_its_host or not ip_address(server.host).is_loopback or ":" in server.host:
        why = "it needs a server that is told its address: {host} in the launch command"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    await server.launch()
    told = server.address
    elsewhere = replace(told, host=str(ip_address(told.host) + 1))
    try:
        async with open_client(elsewhere, timeline=server.timeline, patience=server.patience):
            pass
    except ConnectionRefused:
        return
    except ClientKitError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, str(error)) from error
    raise ViolatedError(f"told to listen at {told}, it accepts connections to {elsewhere}, too")


@requirement(
    "connecting.answers-every-announced-family",
    level=MUST,
    source="ipv6(7) IPV6_V6ONLY",
    authority=POLICY,
    accepts="a right and complete reply at each address where the system says that it listens; at ::1, told ::",
    takes="exchanges at each of its addresses",
    once=True,
)
async def test_answers_every_announced_family(server: Server) -> None:
    """The server answers by every family of addresses, IPv4 and IPv6, at which it says that it listens."""
    found = hosts_listening(server.address)
    hosts = {str(replacing_wildcard(host)) for host in found} - {server.address.host}
    for host in sorted(hosts):
        await answer_at(server, replace(server.address, host=host), f"it listens at {host}")
    if server.is_told_its_host:
        try:
            async with server.another_instance("::") as everywhere:
                at = replace(everywhere.address, host="::1")
                await answer_at(server, at, "it was told to listen at ::")
        except LaunchError as error:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"told to listen at ::, it does not: {error}") from error
        if not server.is_running:
            await server.launch()  # some end whoever was there before
    elif not hosts:
        why = "it announces one address; with {host} in the launch command it would be told another"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)


def replacing_wildcard(host: IpAddress) -> IpAddress:
    """An address of this machine at which a socket that is bound to `host` listens."""
    if not host.is_unspecified:
        return host
    return ip_address("127.0.0.1" if host.version == 4 else "::1")


async def answer_at(server: Server, address: Address, why: str) -> None:
    """Let a client be served there."""
    async with open_client(
        address, server.dialect, timeline=server.timeline, patience=server.patience
    ) as client:
        try:
            await client.ask(b"hello")
        except ClientKitError as error:
            raise ViolatedError(f"{why}, and: {error}") from error


@requirement(
    "connecting.announces-its-real-port",
    level=MUST,
    source="ip(7); getsockname(2); CPython test_socketserver.py",
    authority=POLICY,
    accepts="told port 0, it prints the port that the system picked; what prints no port at all is not asked",
    needs=LAUNCH,
    once=True,
)
async def test_announces_its_real_port(server: Server) -> None:
    """The server, told to listen at port 0, says at which port it listens."""
    if not server.is_told_its_port:
        why = "it needs a server that is told its port: {port} in the launch command"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    with server.second_instance(Address("tcp", server.host, 0)) as instance:
        await server.eventually(partial(_has_spoken, instance))
        ports, end = ports_of(instance.descendants()), instance.end
        lines = instance.output.last()
    numbers = {int(number) for line in lines for number in re.findall(r"\d+", line)}
    if not ports or not lines:
        without = f"ended with {end}" if end else "listens at none"
        why = "it prints nothing" if ports else f"told port 0, it {without}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    server.timeline.note(
        f"it listens at port {', '.join(map(str, ports))}, and printed: {' | '.join(lines[-3:])}"
    )
    if not numbers & ports and 0 in numbers:
        raise ViolatedError(f"told port 0, it listens at {ports}, and says: {' | '.join(lines[-3:])}")
    if not numbers & ports:
        raise NotJudgedError(Verdict.NOT_OBSERVED, "it prints no port")


def _has_spoken(instance: Instance) -> bool:
    return bool(instance.end or (instance.output.last() and ports_of(instance.descendants())))
