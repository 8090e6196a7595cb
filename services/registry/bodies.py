"""What is sent to /api/registry. The edge: every word is checked here, rules are judged in `decide`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.contracts.directory import Filing, FilingState, SiteClass
from services.contracts.registry import Service, SiteDetails

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Words = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f]*$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,32}$")]
# In capitals: so receivers hear it, however a panel writes it.
HeardAccount = Annotated[Account, StringConstraints(to_upper=True)]
Division = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{6})?$")]
BureauCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]
AesKey = Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{2,30}$")]
MOST_PEOPLE = 20
MOST_INTERVAL_S = 32 * 86_400
MOST_DIVISIONS = 100
WITHOUT_AUTHORITY = frozenset({"none", "not_required_here"})


class Body(BaseModel):
    """Closed to what it does not know. `version`: of the entry as the person saw it; If-Match says it too."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int | None = Field(default=None, ge=0)


class NewProvider(Body):
    """`key`: how the registrar names it, when it has a key of its own."""

    name: Name
    key: Key | None = None


class ProviderName(Body):
    """What it is called."""

    name: Name


class FilingBody(Body):
    """A filing (备案) with one authority. `division`: in whose area the authority is competent."""

    authority: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""
    state: FilingState
    since: date | None = None
    reference: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")] | None = None
    division: Division | None = None

    @model_validator(mode="after")
    def _with_its_authority(self) -> FilingBody:
        says_more = self.since is not None or bool(self.reference) or self.state not in WITHOUT_AUTHORITY
        if says_more and not self.authority:
            raise ValueError("a filing names its authority")
        return self

    def filing(self) -> Filing:
        """As it is stored."""
        return Filing(
            authority=self.authority,
            state=self.state,
            since=None if self.since is None else self.since.isoformat(),
            reference=self.reference or None,
            division=self.division,
        )


class SiteBody(Body):
    """A site's whole entry. WGS-84 degrees."""

    name: Name
    provider: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")]
    site_class: SiteClass
    division: Division
    bureau: BureauCode
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)

    @model_validator(mode="after")
    def _both_degrees(self) -> SiteBody:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat together, or neither")
        return self

    def details(self) -> SiteDetails:
        """As it is stored."""
        return SiteDetails(
            name=self.name,
            provider=self.provider,
            site_class=self.site_class,
            division=self.division,
            bureau=self.bureau,
            lon=self.lon,
            lat=self.lat,
        )


class NewSite(SiteBody):
    """`key`: how the registrar names it, when it has a key of its own."""

    key: Key | None = None


class LineBody(Body):
    """An account line as it is from now on. `move`: take it from the site that has it now, with its key.

    `key`: the AES key of its panel, 32, 48 or 64 hexadecimal digits; None leaves what is set. `interval_s`: it is
    heard at least so often; None: not supervised. `delay_s`: what the way of its signals may add.
    """

    account_space: Account = "default"
    account: HeardAccount
    key: AesKey | None = None
    interval_s: int | None = Field(default=None, ge=1, le=MOST_INTERVAL_S)
    delay_s: int = Field(default=0, ge=0, le=3600)
    move: bool = False


class Release(Body):
    """An account line that is the site's no more."""

    account_space: Account = "default"
    account: Account


class ContractBody(Body):
    """What the provider does for the subscriber, and who is responsible (LNV-2008:14)."""

    number: Key
    services: Annotated[list[Service], Field(min_length=1, max_length=4)]
    begins: date
    ends: date | None = None
    subscriber: Name
    responsibility: Words = ""

    @model_validator(mode="after")
    def _in_order(self) -> ContractBody:
        if self.ends is not None and self.ends < self.begins:
            raise ValueError("a contract does not end before it begins")
        return self

    def parties(self) -> dict[str, Any]:
        """What is sealed."""
        return {"subscriber": self.subscriber, "responsibility": self.responsibility}


class Person(BaseModel):
    """Somebody to call. `id`: of somebody who is on the list already; `when`: at what times, in words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")] | None = None
    name: Name
    phone: Phone
    when: Words = ""

    def details(self) -> dict[str, str]:
        """What is sealed."""
        return {"name": self.name, "phone": self.phone, "when": self.when}


class CallList(Body):
    """Everybody to call, in this order."""

    people: Annotated[list[Person], Field(max_length=MOST_PEOPLE)]


class BureauBody(Body):
    """A bureau and its area; without a version it is a new one."""

    name: Name
    divisions: Annotated[list[Division], Field(max_length=MOST_DIVISIONS)]


class Adopt(BaseModel):
    """A new site's entry, or with `into` the registered site that the line belongs to."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    account_space: Account
    account: Account
    into: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, min_length=1, max_length=200)
    provider: str | None = Field(default=None, max_length=40)
    site_class: SiteClass | None = None
    division: str | None = Field(default=None, pattern=r"^[0-9]{6}([0-9]{6})?$")
    bureau: str | None = Field(default=None, pattern=r"^[0-9]{6,12}$")
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)

    @model_validator(mode="after")
    def _one_of_both(self) -> Adopt:
        entry = (self.name, self.provider, self.site_class, self.division, self.bureau)
        if self.into is None and None in entry:
            raise ValueError("name, provider, site_class, division and bureau are needed, or into")
        if self.into is not None and any(value is not None for value in entry):
            raise ValueError("either into or an entry")
        return self

    def details(self) -> SiteDetails | None:
        """The entry, if it is one."""
        if self.into is not None:
            return None
        return SiteDetails(
            name=self.name or "",
            provider=self.provider or "",
            site_class=self.site_class or "other",
            division=self.division or "",
            bureau=self.bureau or "",
            lon=self.lon,
            lat=self.lat,
        )
