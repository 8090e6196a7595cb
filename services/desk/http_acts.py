"""The acts over HTTP: answered by the decision, with 202 when it is not known yet (design, "Tickets")."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Header, Request, Response

from services.desk import bodies
from services.desk.answers import PersonOf, json_answer
from services.desk.handlers import acting, guard_acting, police_acting, undecided
from services.desk.handlers.looking import Desk
from services.desk.handlers.police_acting import Call, Feedback
from services.desk.handlers.submitting import Acted

Key: TypeAlias = Annotated[str | None, Header(alias="Idempotency-Key", max_length=64)]


def acted(result: Acted) -> Response:
    """200 with the answer, or 202 with the ticket alone."""
    return (
        json_answer({"ticket": result.url}, 202) if result.document is None else json_answer(result.document)
    )


def add_alarm_acts(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """What provider-side people do."""
    _add_hands(router, desk, person_of)
    _add_work(router, desk, person_of)
    _add_guards(router, desk, person_of)


def _add_hands(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """In whose hands an alarm is."""

    @router.post("/alarms/{alarm}/claim", summary="Take an alarm")
    async def claim(
        request: Request, alarm: str, body: bodies.Nothing | None = None, key: Key = None
    ) -> Response:
        del body
        return acted(await acting.claim(desk, await person_of(request), alarm, key))

    @router.post("/alarms/{alarm}/release", summary="Give an alarm back to the queue")
    async def release(
        request: Request, alarm: str, body: bodies.Nothing | None = None, key: Key = None
    ) -> Response:
        del body
        return acted(await acting.release(desk, await person_of(request), alarm, key))

    @router.post("/alarms/{alarm}/hand-over", summary="Give an alarm to a colleague")
    async def hand_over(request: Request, alarm: str, body: bodies.HandOverBody, key: Key = None) -> Response:
        return acted(await acting.hand_over(desk, await person_of(request), alarm, key, body.to))

    @router.post("/alarms/{alarm}/take-over", summary="Take an alarm from the colleague who holds it")
    async def take_over(request: Request, alarm: str, body: bodies.ReasonBody, key: Key = None) -> Response:
        return acted(await acting.take_over(desk, await person_of(request), alarm, key, body.reason))


def _add_work(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """What is done about it."""

    @router.post("/alarms/{alarm}/note", summary="Write something down")
    async def note(request: Request, alarm: str, body: bodies.NoteBody, key: Key = None) -> Response:
        return acted(await acting.note(desk, await person_of(request), alarm, key, body.note))

    @router.post("/alarms/{alarm}/verify", summary="Record what the verification found")
    async def verify(request: Request, alarm: str, body: bodies.VerifyBody, key: Key = None) -> Response:
        evidence = [acting.Written(item.kind, item.note, item.found) for item in body.evidence]
        person = await person_of(request)
        return acted(await acting.verify(desk, person, alarm, key, body.result, evidence))

    @router.post("/alarms/{alarm}/escalate", summary="Report to the police")
    async def escalate(
        request: Request, alarm: str, body: bodies.EscalateBody | None = None, key: Key = None
    ) -> Response:
        said = body or bodies.EscalateBody()
        return acted(await acting.escalate(desk, await person_of(request), alarm, key, said.rule, said.mark))

    @router.post("/alarms/{alarm}/close", summary="Close with a reason")
    async def close(request: Request, alarm: str, body: bodies.ReasonBody, key: Key = None) -> Response:
        return acted(await acting.close(desk, await person_of(request), alarm, key, body.reason))

    @router.post("/undecided/{partition}/{offset}/note", summary="Write down what was done by telephone")
    async def typed(
        request: Request, partition: int, offset: int, body: bodies.NoteBody, key: Key = None
    ) -> Response:
        person = await person_of(request)
        return acted(await undecided.note(desk, person, partition, offset, key, body.note))


def _add_guards(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """Guards sent to the site."""

    @router.post("/alarms/{alarm}/guards", summary="Send a guard")
    async def order(
        request: Request, alarm: str, body: bodies.OrderGuardBody | None = None, key: Key = None
    ) -> Response:
        asked = body or bodies.OrderGuardBody()
        return acted(await guard_acting.order(desk, await person_of(request), alarm, key, asked))

    @router.post("/alarms/{alarm}/guards/{guard}/step", summary="Write down how far a guard is")
    async def step(
        request: Request, alarm: str, guard: str, body: bodies.GuardStepBody, key: Key = None
    ) -> Response:
        return acted(await guard_acting.step(desk, await person_of(request), alarm, guard, key, body))

    @router.post("/alarms/{alarm}/guards/{guard}/result", summary="Write down what a guard found")
    async def result(
        request: Request, alarm: str, guard: str, body: bodies.GuardResultBody, key: Key = None
    ) -> Response:
        return acted(await guard_acting.result(desk, await person_of(request), alarm, guard, key, body))


def add_police_acts(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """What the police do, and what the centre says to them after its report."""
    _add_stages(router, desk, person_of)
    _add_other_ways(router, desk, person_of)
    _add_senders_words(router, desk, person_of)


def _add_other_ways(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """A report that this bureau does not go on with."""

    @router.post("/escalations/{escalation}/return", summary="The police give it back, with a coded reason")
    async def give_back(
        request: Request, escalation: str, body: bodies.ReturnBody, key: Key = None
    ) -> Response:
        person = await person_of(request)
        return acted(await police_acting.give_back(desk, person, escalation, key, body.reason, body.text))

    @router.post("/escalations/{escalation}/transfer", summary="The police pass it on to another bureau")
    async def transfer(
        request: Request, escalation: str, body: bodies.TransferBody, key: Key = None
    ) -> Response:
        return acted(await police_acting.transfer(desk, await person_of(request), escalation, key, body.to))

    @router.post("/escalations/{escalation}/duplicate-of", summary="The police know of it already")
    async def duplicate(
        request: Request, escalation: str, body: bodies.DuplicateBody, key: Key = None
    ) -> Response:
        person = await person_of(request)
        return acted(await police_acting.duplicate(desk, person, escalation, key, body.duplicate_of))


def _add_senders_words(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """From the provider's side."""

    @router.post("/escalations/{escalation}/supplement", summary="Add what was learnt since")
    async def supplement(
        request: Request, escalation: str, body: bodies.SupplementBody, key: Key = None
    ) -> Response:
        person = await person_of(request)
        return acted(await police_acting.supplement(desk, person, escalation, key, body.text))

    @router.post("/escalations/{escalation}/stand-down-request", summary="Ask the police not to go on")
    async def stand_down(
        request: Request, escalation: str, body: bodies.ReasonBody, key: Key = None
    ) -> Response:
        person = await person_of(request)
        return acted(await police_acting.request_stand_down(desk, person, escalation, key, body.reason))

    @router.post("/escalations/{escalation}/phone-report", summary="Write down a report by telephone")
    async def phone(request: Request, escalation: str, body: bodies.PhoneBody, key: Key = None) -> Response:
        call = Call(body.told, body.spoken_at, body.police_incident_no)
        person = await person_of(request)
        return acted(await police_acting.record_phone(desk, person, escalation, key, call))


def _add_stages(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    """The way of a report that is gone on with."""

    @router.post("/escalations/{escalation}/sign-for", summary="The police take note")
    async def sign_for(
        request: Request, escalation: str, body: bodies.SignForBody | None = None, key: Key = None
    ) -> Response:
        number = None if body is None else body.police_incident_no
        return acted(await police_acting.sign_for(desk, await person_of(request), escalation, key, number))

    @router.post("/escalations/{escalation}/police-dispatch", summary="The police send somebody")
    async def dispatch(
        request: Request, escalation: str, body: bodies.DispatchBody | None = None, key: Key = None
    ) -> Response:
        unit = "" if body is None else body.unit
        return acted(await police_acting.dispatch(desk, await person_of(request), escalation, key, unit))

    @router.post("/escalations/{escalation}/on-scene", summary="The police are on scene")
    async def on_scene(
        request: Request, escalation: str, body: bodies.Nothing | None = None, key: Key = None
    ) -> Response:
        del body
        return acted(await police_acting.on_scene(desk, await person_of(request), escalation, key))

    @router.post("/escalations/{escalation}/feedback", summary="The police tell what they found")
    async def feedback(
        request: Request, escalation: str, body: bodies.FeedbackBody, key: Key = None
    ) -> Response:
        said = Feedback(body.text, body.disposition, body.final)
        return acted(await police_acting.feedback(desk, await person_of(request), escalation, key, said))
