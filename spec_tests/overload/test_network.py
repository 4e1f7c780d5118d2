"""Overload of the network: what holds on loopback holds where bytes come late, in small pieces, and slowly."""

from client_kit import ClientKitError
from spec_tests.requirement import (
    ADDRESS,
    MUST,
    POLICY,
    REGISTRY,
    NotJudgedError,
    Requirement,
    Server,
    Verdict,
    ViolatedError,
    faulty_network,
    requirement,
)

CHAPTERS = ("exchanging", "end-of-file")
BROKEN = (ViolatedError, ClientKitError, AssertionError)


def is_asked(one: Requirement, server: Server) -> bool:
    """Whether it is a MUST of the two chapters about one connection, and may be asked of this server."""
    if one.chapter not in CHAPTERS or one.level is not MUST or one.needs is not ADDRESS:
        return False
    able = server.dialect.abilities
    return one.abilities <= able and not one.unless & able and server.model in one.models


@requirement(
    "overload.holds-through-a-faulty-network",
    level=MUST,
    source="Toxiproxy README, Toxics",
    authority=POLICY,
    accepts="what each MUST of exchanging and end-of-file accepts, through a relay that is late and slices",
    disruptive=True,
    exchanges=False,
)
async def test_holds_through_a_faulty_network(server: Server) -> None:
    """What holds of one connection holds through a network that delivers late, in small pieces, and slowly."""
    asked = [one for one in REGISTRY.values() if is_asked(one, server)]
    async with faulty_network(server.address) as detour:
        for one in asked:
            server.timeline.note(f"through a slow network: {one.id}")
            try:
                with server.reached_through(detour):
                    await one.test(server)
            except NotJudgedError as error:
                server.timeline.note(f"{error.verdict}: {error.reason}")
            except BROKEN as error:
                if await holds_directly(server, one):
                    told = str(error).partition("\nassert ")[0]
                    raise ViolatedError(
                        f"through a slow network it does not hold that {one.id}: {told}"
                    ) from error
    if not asked:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "nothing is asked of one connection with this dialect")


async def holds_directly(server: Server, one: Requirement) -> bool:
    """Whether the same holds without the network between; if not, the network is not to blame."""
    try:
        await one.test(server)
    except (*BROKEN, NotJudgedError) as error:
        server.timeline.note(f"nor does it hold without the network: {error}")
        return False
    return True
