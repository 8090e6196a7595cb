"""/api/accounts for administrators; PUT /api/me/password, and /api/session/password without a session, for everybody."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.contracts.people import Role
from services.identity.domain.account import ADMINISTRATOR, Account
from services.identity.domain.login import Person
from services.identity.handlers.accounts import Keeper, WrongPassword
from services.identity.http import TypedName, current_person, host_of, throttled
from services.identity.ports import LastKeeper, Taken, Throttled, Unknown
from services.runtime import problem
from services.runtime.problem import Problem, Text

Id = Annotated[str, Path(max_length=40, pattern=r"^[^\x00]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Username = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,64}$")]

problem.register(
    {
        "account.taken": {
            "zh": Text("用户名已有人使用", "请换一个用户名；停用的账号也保留其用户名。"),
            "en": Text("The username is taken", "Choose another; an account that was ended keeps its name."),
        },
        "account.unknown": {
            "zh": Text("没有这个账号", "请重新打开人员列表。"),
            "en": Text("There is no such account", "Open the list of people again."),
        },
        "account.last_keeper": {
            "zh": Text("至少要留下一名可登录的管理员", "请先让另一人成为管理员。"),
            "en": Text("One administrator who may log in must remain", "Make somebody else one first."),
        },
        "password.wrong": {
            "zh": Text("原密码不正确", "请核对后重试；忘记密码请联系管理员。"),
            "en": Text("The old password is not right", "Check it; ask an administrator for a new one."),
        },
    }
)


class AccountBody(BaseModel):
    """An account but its username."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    display_name: Words
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    provider: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]+$")] | None = None
    bureau: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")] | None = None
    active: bool = True

    def account(self, of: str = "", username: str = "") -> Account:
        """As it is kept."""
        return Account(
            id=of,
            username=username,
            display_name=self.display_name,
            roles=tuple(dict.fromkeys(self.roles)),
            provider=self.provider,
            bureau=self.bureau,
            active=self.active,
        )


class NewAccount(AccountBody):
    """Somebody new."""

    username: Username


class Shown(BaseModel):
    """An account as an administrator sees it. `password`: only in the answer that made it."""

    id: str
    username: str
    display_name: str
    roles: list[str]
    provider: str | None
    bureau: str | None
    active: bool
    password: str | None = None


class All(BaseModel):
    """Everybody who has an account, or had one."""

    items: list[Shown]


class Fresh(BaseModel):
    """A password that is shown once."""

    password: str


class OwnPassword(BaseModel):
    """The old one, and what takes its place."""

    model_config = ConfigDict(extra="forbid")

    old: Annotated[str, Field(min_length=1, max_length=1000)]
    new: Annotated[str, Field(min_length=12, max_length=1000)]


class FirstPassword(OwnPassword):
    """The same of somebody who has no session yet."""

    username: TypedName


def account_routes(keeper: Keeper) -> APIRouter:
    """All of them."""
    routes = APIRouter()
    _add_keeping(routes, keeper)
    _add_passwords(routes, keeper)
    return routes


def _add_keeping(routes: APIRouter, keeper: Keeper) -> None:
    @routes.get("/api/accounts")
    async def accounts(request: Request) -> All:
        """Every account."""
        await _administrator(request)
        return All(items=[_shown(one) for one in await keeper.all()])

    @routes.post("/api/accounts")
    async def make(request: Request, body: NewAccount) -> Shown:
        """Make an account; the answer has its first password."""
        by = await _administrator(request)
        try:
            made, password = await keeper.make(body.account(username=body.username), by.id)
        except Taken as error:
            raise Problem("account.taken", 409) from error
        return _shown(made, password)

    @routes.put("/api/accounts/{account}")
    async def change(request: Request, account: Id, body: AccountBody) -> Shown:
        """Replace name, roles, scope, and whether the person may log in."""
        by = await _administrator(request)
        try:
            return _shown(await keeper.change(body.account(account), by.id))
        except Unknown as error:
            raise Problem("account.unknown", 404) from error
        except LastKeeper as error:
            raise Problem("account.last_keeper", 409) from error


def _add_passwords(routes: APIRouter, keeper: Keeper) -> None:
    @routes.post("/api/accounts/{account}/password")
    async def renew(request: Request, account: Id) -> Fresh:
        """A fresh password for somebody who forgot it."""
        by = await _administrator(request)
        try:
            return Fresh(password=await keeper.renew_password(account, by.id))
        except Unknown as error:
            raise Problem("account.unknown", 404) from error

    @routes.put("/api/me/password", status_code=204)
    async def choose(request: Request, body: OwnPassword) -> None:
        """Choose a password of one's own; one logs in anew with it."""
        person = await current_person(request)
        await _chosen(keeper.choose_password(person, body.old, body.new, host_of(request)))

    @routes.put("/api/session/password", status_code=204)
    async def choose_first(request: Request, body: FirstPassword) -> None:
        """The same for whoever has one that was given (`password.given`), and so no session."""
        await _chosen(keeper.choose_password_at_login(body.username, body.old, body.new, host_of(request)))


async def _chosen(choosing: Awaitable[None]) -> None:
    try:
        await choosing
    except WrongPassword as error:
        raise Problem("password.wrong", 409) from error
    except Throttled as error:
        raise throttled(error) from error


async def _administrator(request: Request) -> Person:
    person = await current_person(request)
    if ADMINISTRATOR not in person.roles:
        raise Problem("role.missing", 403, role=ADMINISTRATOR)
    return person


def _shown(account: Account, password: str | None = None) -> Shown:
    return Shown(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        roles=list(account.roles),
        provider=account.provider,
        bureau=account.bureau,
        active=account.active,
        password=password,
    )
