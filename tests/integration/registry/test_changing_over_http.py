"""What registrars change over HTTP: seen versions, repetitions, rules, rights, and how it was before."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import asyncpg
import httpx
import pytest

from services.contracts.people import Role
from services.contracts.stored import Actor
from services.contracts.topics import shell_site
from services.registry.bootstrap import registry_store
from services.registry.domain import site as s
from services.registry.domain.keys import site_stream
from services.registry.handlers.reading import entry_of, stored_until
from services.registry.reading_cli import entries, in_a_line
from services.runtime.line_keys import LineKeys
from services.station.demo.player import register_bureaus
from services.station.demo.sites import DISTRICTS
from tests.integration.registry.conftest import Desk

SITE, ELSEWHERE = "金行", "理发店"
PERSON = {"name": "王建国", "phone": "138 0000 0000", "when": "夜间"}
CONTRACT = {"number": "HT-1", "services": ["alarm_operation"], "begins": "2026-01-01", "subscriber": "陈女士", "responsibility": "监测由甲方"}  # fmt: skip


def entry(site: dict[str, Any], **more: object) -> dict[str, object]:
    fields = ("name", "provider", "site_class", "division", "bureau", "lon", "lat", "version")
    return {**{field: site[field] for field in fields}, **more}


async def test_a_filing_is_set_and_the_day_before_still_shows_the_old_one(desk: Desk) -> None:
    before = await desk.provider("福州")
    filing = {
        "authority": "福州市公安局",
        "state": "withdrawn",
        "since": "2026-11-21",
        "version": before["version"],
    }
    done = await desk.done("PUT", f"providers/{before['id']}/filings", filing)
    now = await desk.told(f"providers/{before['id']}")
    stands = {one["authority"]: one["state"] for one in now["filings"]}
    assert stands["福州市公安局"] == "withdrawn"
    then = await desk.told(f"providers/{before['id']}", position=done["position"] - 1)
    assert then == before
    assert await desk.told(f"providers/{before['id']}", position=done["position"]) == now
    history = (await desk.told(f"providers/{before['id']}/history"))["items"]
    assert (history[0]["by"], history[0]["type"]) == ("zhao", "provider.filing_set.v1")
    assert history[0]["changes"][0]["field"] == "filing:福州市公安局"


async def test_the_register_as_of_an_instant_is_asked_for_by_time(desk: Desk) -> None:
    site = await desk.site(SITE)
    at = await desk.pool.fetchval("select max(at_us) from registry.event")
    await desk.done("PUT", f"sites/{site['id']}", entry(site, name="改名金店"))
    for params in ({"at": str(at)}, {"at": str(at), "q": SITE}):
        [found] = [one for one in (await desk.told("sites", **params))["items"] if one["id"] == site["id"]]
        assert found["name"] == site["name"]
    assert (await desk.told(f"sites/{site['id']}", at=str(at)))["name"] == site["name"]
    assert (await desk.ask("GET", f"sites/{site['id']}", params={"at": "1970-01-01T00:00:01Z"})).status_code == 404  # fmt: skip
    refused = await desk.ask("GET", "sites", params={"at": "yesterday"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:jiejing:instant.invalid")


async def test_the_second_of_two_registrars_is_told_who_changed_what_and_nothing_is_lost(desk: Desk) -> None:
    site = await desk.site(SITE)
    both = await asyncio.gather(
        *(desk.ask("PUT", f"sites/{site['id']}", entry(site, name=name)) for name in ("甲金行", "乙金行"))
    )
    assert sorted(one.status_code for one in both) == [200, 409]
    refused = next(one.json() for one in both if one.status_code == 409)
    assert refused["type"] == "urn:jiejing:entry.stale"
    assert refused["params"]["by"] == "zhao"
    assert f"name {site['name']} → " in refused["params"]["what"]
    slower = next(
        name for one, name in zip(both, ("甲金行", "乙金行"), strict=True) if one.status_code == 409
    )
    again = await desk.done(
        "PUT",
        f"sites/{site['id']}",
        entry(site, name=slower, version=int(refused["params"]["version"])),
    )
    assert again["version"] == site["version"] + 2
    assert (await desk.told(f"sites/{site['id']}"))["name"] == slower


async def test_a_change_without_the_seen_version_is_refused_and_if_match_says_it_too(desk: Desk) -> None:
    site = await desk.site(SITE)
    body = entry(site, name="新名金行")
    del body["version"]
    refused = await desk.ask("PUT", f"sites/{site['id']}", body)
    assert (refused.status_code, refused.json()["type"]) == (428, "urn:jiejing:version.missing")
    tag = (await desk.ask("GET", f"sites/{site['id']}")).headers["etag"]
    await desk.done("PUT", f"sites/{site['id']}", body, headers={"if-match": tag})


async def test_a_repeated_request_gets_the_first_answer(desk: Desk) -> None:
    site = await desk.site(SITE)
    path, key = f"sites/{site['id']}", {"idempotency-key": "0197-one"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{path}/lines", {"account": "777", "version": site["version"]}),
        ("POST", f"{path}/contracts", {**CONTRACT, "version": site["version"] + 1}),
        ("PUT", f"{path}/people", {"people": [PERSON], "version": site["version"] + 2}),
        ("POST", f"{path}/lines/release", {"account": "777", "version": site["version"] + 3}),
        ("POST", "providers", {"name": "新单位"}),
    ]
    for number, (method, where, body) in enumerate(asked):
        key = {"idempotency-key": f"0197-{number}"}
        first = await desk.done(method, where, body, headers=key)
        assert await desk.done(method, where, body, headers=key) == first
    assert (await desk.told(path))["version"] == site["version"] + 4


async def test_an_id_of_a_request_is_of_whoever_asks_and_may_be_of_any_length(desk: Desk) -> None:
    made = []
    for who in ("zhao", "qian"):
        desk.who = Actor(id=who, roles=("registrar",))
        for key in ("1", "x" * 5000):
            body = {"name": f"单位{who}{key[:1]}"}
            made.append(await desk.done("POST", "providers", body, headers={"idempotency-key": key}))
    assert len({one["id"] for one in made}) == len(made)


async def test_a_line_has_one_site_and_moves_when_that_is_asked_for(desk: Desk) -> None:
    site, other = await desk.site(SITE), await desk.site(ELSEWHERE)
    account = other["lines"][0]["account"]
    body = {"account": account, "version": site["version"]}
    refused = await desk.ask("POST", f"sites/{site['id']}/lines", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:line.taken")
    assert refused.json()["params"]["site"] == other["name"]
    await desk.done("POST", f"sites/{site['id']}/lines", {**body, "move": True})
    assert account in [one["account"] for one in (await desk.told(f"sites/{site['id']}"))["lines"]]
    assert account not in [one["account"] for one in (await desk.told(f"sites/{other['id']}"))["lines"]]
    [found] = (await desk.told("sites", q=account))["items"]
    assert found["id"] == site["id"]


async def test_an_account_is_registered_and_found_however_it_is_typed(desk: Desk) -> None:
    site = await desk.site(SITE)
    await desk.done("POST", f"sites/{site['id']}/lines", {"account": "12ab", "version": site["version"]})
    assert "12AB" in [one["account"] for one in (await desk.told(f"sites/{site['id']}"))["lines"]]
    for typed in ("12ab", "12AB"):
        assert [one["id"] for one in (await desk.told("sites", q=typed))["items"]] == [site["id"]]


async def test_a_key_is_sealed_never_shown_again_and_moves_with_its_line(
    desk: Desk, line_keys: LineKeys
) -> None:
    site, other = await desk.site(SITE), await desk.site(ELSEWHERE)
    key = "00112233445566778899aabbccddeeff"
    line = {"account": "777", "key": key, "interval_s": 60, "delay_s": 5, "version": site["version"]}
    await desk.done("POST", f"sites/{site['id']}/lines", line)
    answer = await desk.ask("GET", f"sites/{site['id']}")
    shown = next(one for one in answer.json()["lines"] if one["account"] == "777")
    assert (shown["keyed"], shown["interval_s"], shown["delay_s"]) == (True, 60, 5)
    stored = await desk.pool.fetch("select body::text as body from registry.event")
    history = await desk.ask("GET", f"sites/{site['id']}/history")
    assert not [
        text for text in (answer.text, history.text, *(row["body"] for row in stored)) if key in text.lower()
    ]
    moved = {"account": "777", "move": True, "version": other["version"]}
    await desk.done("POST", f"sites/{other['id']}/lines", moved)
    entry = entry_of(await stored_until(registry_store(desk.pool), site_stream(other["id"]), None))
    assert isinstance(entry, s.Known)
    assert line_keys.open(entry.keys["default/777"]).hex() == key
    for wrong in ("zz" * 16, "00" * 15, ""):
        body = {"account": "778", "key": wrong, "version": other["version"] + 1}
        assert (await desk.ask("POST", f"sites/{other['id']}/lines", body)).status_code == 422


async def test_a_released_line_is_nobodys_and_an_adopted_one_is_moved_only(desk: Desk) -> None:
    site = await desk.site(SITE)
    account = site["lines"][0]["account"]
    body = {"account": account, "version": site["version"]}
    await desk.done("POST", f"sites/{site['id']}/lines/release", body)
    assert (await desk.told("sites", q=account))["items"] == []
    shell = shell_site("default", "35019004")
    adopted = {"account_space": "default", "account": "35019004", "into": site["id"]}
    assert (await desk.ask("POST", f"sites/{shell}/adopt", adopted)).status_code == 200
    body = {"account": "35019004", "version": site["version"] + 2}
    refused = await desk.ask("POST", f"sites/{site['id']}/lines/release", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:line.kept")


async def test_people_are_shown_to_those_who_call_and_each_look_is_written_down(desk: Desk) -> None:
    site = await desk.site(SITE)
    path = f"sites/{site['id']}"
    await desk.done("PUT", f"{path}/people", {"people": [PERSON], "version": site["version"]})
    await desk.done("POST", f"{path}/contracts", {**CONTRACT, "version": site["version"] + 1})
    shown = await desk.told(path)
    assert shown["people_count"] == 1
    assert PERSON["name"] not in str(shown) and "陈女士" not in str(shown)
    private = await desk.told(f"{path}/people")
    [person] = private["people"]
    assert {**person, "id": ""} == {**PERSON, "id": ""}
    assert private["contracts"][0]["subscriber"] == "陈女士"
    looks = await desk.pool.fetch("select person, action, subject from audit.access")
    assert [tuple(look) for look in looks] == [("zhao", "registry.people_read", site["id"])]
    position = await desk.pool.fetchval("select max(position) from registry.event")
    assert (await desk.told(f"{path}/people", position=position - 2))["people"] == []
    stored = await desk.pool.fetch("select body::text as body from registry.event")
    assert not [row for row in stored if "王建国" in row["body"] or PERSON["phone"] in row["body"]]
    desk.who = Actor(id="sun", roles=("inspector",))
    assert (await desk.ask("GET", f"{path}/people")).status_code == 403


async def test_somebody_on_the_list_keeps_the_id_and_nobody_else_is_taken_for_them(desk: Desk) -> None:
    site = await desk.site(SITE)
    path = f"sites/{site['id']}/people"
    await desk.done("PUT", path, {"people": [PERSON], "version": site["version"]})
    [known] = (await desk.told(path))["people"]
    people = [{**PERSON, "name": "李梅"}, {**known, "phone": "110"}]
    await desk.done("PUT", path, {"people": people, "version": site["version"] + 1})
    first, second = (await desk.told(path))["people"]
    assert (first["name"], second["id"], second["phone"]) == ("李梅", known["id"], "110")
    body = {"people": [{**PERSON, "id": "somebody"}], "version": site["version"] + 2}
    refused = await desk.ask("PUT", path, body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:person.unknown")


async def test_everybody_who_is_shown_a_bureau_is_told_what_it_is_called(desk: Desk) -> None:
    await desk.done("PUT", "bureaus/350102000000", {"name": "鼓楼分局", "divisions": ["350102"]})
    for role in get_args(Role):
        desk.who = Actor(id="li", roles=(role,))
        assert [one["name"] for one in (await desk.told("bureaus"))["items"]] == ["鼓楼分局"]
    desk.who = Actor(id="li", roles=("police",))
    assert (await desk.ask("GET", "providers")).status_code == httpx.codes.FORBIDDEN


async def test_the_demo_names_bureaus_once_and_none_that_is_named(desk: Desk, pool: asyncpg.Pool) -> None:
    await desk.done("PUT", "bureaus/350102000000", {"name": "鼓楼分局", "divisions": ["350102"]})
    for _ in range(2):
        await register_bureaus(pool, {one.bureau_code: one.bureau for one in DISTRICTS}, by="demo")
    named = {one["id"]: one for one in (await desk.told("bureaus"))["items"]}
    assert named.keys() == {district.bureau_code for district in DISTRICTS}
    assert named["350102000000"]["name"] == "鼓楼分局", "what somebody named before stands"
    assert (named["350582000000"]["name"], named["350582000000"]["divisions"]) == ("晋江市公安局", ["350582"])
    assert (await desk.told("bureaus/350582000000"))["version"] == 1


async def test_a_bureau_is_proposed_from_the_division(desk: Desk) -> None:
    await desk.done("PUT", "bureaus/350102000000", {"name": "鼓楼分局", "divisions": ["350102"]})
    await desk.done("PUT", "bureaus/350100000000", {"name": "福州市公安局", "divisions": ["350100"]})
    proposed = (await desk.told("bureaus", division="350102"))["items"]
    assert [one["name"] for one in proposed] == ["鼓楼分局", "福州市公安局"]
    exists = await desk.ask("PUT", "bureaus/350102000000", {"name": "别名", "divisions": []})
    assert (exists.status_code, exists.json()["type"]) == (409, "urn:jiejing:entry.exists")
    await desk.done(
        "PUT", "bureaus/350102000000", {"name": "鼓楼分局", "divisions": ["350103"], "version": 1}
    )
    assert [one["name"] for one in (await desk.told("bureaus", division="350102"))["items"]] == [
        "福州市公安局"
    ]


async def test_a_site_is_registered_with_a_known_provider_only(desk: Desk) -> None:
    site = await desk.site(SITE)
    body = entry(site, name="新场所", key="S-NEW")
    del body["version"]
    made = await desk.done("POST", "sites", body)
    assert (await desk.told(f"sites/{made['id']}"))["name"] == "新场所"
    exists = await desk.ask("POST", "sites", body)
    assert (exists.status_code, exists.json()["type"]) == (409, "urn:jiejing:entry.exists")
    unknown = await desk.ask("POST", "sites", {**body, "key": "S-2", "provider": "nobody"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:jiejing:provider.unknown")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"authority": "", "state": "filed"}, "authority"),
        ({"authority": "局", "state": "suspended"}, "state"),
        ({"authority": "局", "state": "filed", "since": "2026-13-01"}, "since"),
        ({"authority": "局", "state": "filed", "division": "3501"}, "division"),
    ],
)
async def test_a_filing_that_cannot_be_is_refused_with_where(
    desk: Desk, body: dict[str, str], where: str
) -> None:
    provider = await desk.provider("福州")
    answer = await desk.ask("PUT", f"providers/{provider['id']}/filings", {**body, "version": 1})
    assert answer.status_code == 422
    assert where in answer.text


async def test_who_may_change_what(desk: Desk) -> None:
    site, other = await desk.site(SITE), await desk.site(ELSEWHERE)
    line = {"account": "999", "version": site["version"]}
    manager = Actor(id="wang", roles=("provider_manager",), provider=site["provider"])
    for who, path, body, status in (
        (Actor(id="o", roles=("operator",)), f"sites/{site['id']}/lines", line, 403),
        (Actor(id="i", roles=("inspector",)), f"sites/{site['id']}/lines", line, 403),
        (manager, f"sites/{other['id']}/lines", {**line, "version": other["version"]}, 404),
        (manager, "providers", {"name": "新单位"}, 403),
        (Actor(id="r", roles=("registrar",), provider=site["provider"]), "providers", {"name": "新单位"}, 403),
        (manager, f"sites/{site['id']}/lines", line, 200),
    ):  # fmt: skip
        desk.who = who
        answer = await desk.ask("POST", path, body)
        assert answer.status_code == status, (who, path, answer.text)
    desk.who = Actor(id="r", roles=("registrar",), provider=other["provider"])
    body = entry(other, provider=site["provider"])
    assert (await desk.ask("PUT", f"sites/{other['id']}", body)).status_code == 404


async def test_the_command_line_prints_the_register_as_it_is_and_was(desk: Desk, database: str) -> None:
    site = await desk.site(SITE)
    at = await desk.pool.fetchval("select max(at_us) from registry.event")
    await desk.done("PUT", f"sites/{site['id']}", entry(site, name="改名金店"))
    now, then = await entries(database, "sites"), await entries(database, "sites", str(at))
    assert [one["name"] for one in now if one["id"] == site["id"]] == ["改名金店"]
    assert [one["name"] for one in then if one["id"] == site["id"]] == [site["name"]]
    listed = (await desk.told("sites"))["items"]
    assert {one["id"]: one["name"] for one in now} == {one["id"]: one["name"] for one in listed}
    assert site["lines"][0]["account"] in in_a_line("sites", then[0]) + in_a_line("sites", then[1]) + in_a_line("sites", then[2])  # fmt: skip
    assert [one["name"] for one in await entries(database, "providers")] == sorted(
        one["name"] for one in (await desk.told("providers"))["items"]
    )
