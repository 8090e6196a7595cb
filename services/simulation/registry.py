"""What the registry says of providers and sites: their lines, what they are merged into; now and then something old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from services.contracts import directory as d

BUREAUS = ("210102000000", "210103000000")  # GA/T 380; of the sites, and another


class Registry:
    """Of one inbox. Seeded."""

    intervals_s: tuple[int | None, ...] = (None, 90, 90, 90)  # how often a line may have to be heard

    def __init__(
        self, random: Random, subjects: Sequence[str], elsewhere: str, sent: Callable[[int], int]
    ) -> None:
        """`elsewhere`: the site that one of the subjects may be merged into; `sent`: the sender's time."""
        self._random, self._sent = random, sent
        self._subjects, self._elsewhere = subjects, elsewhere
        self._position = 0

    def account_of(self, subject: str) -> str:
        """By which account a site's panel names it."""
        return subject

    def sites(self, now: int) -> list[d.SiteSet]:
        """An entry of each."""
        return [self._site(subject, self._next_position(), now) for subject in self._subjects]

    def next(self, now: int) -> d.SiteSet | d.ProviderSet:
        """A change."""
        random, position = self._random, self._next_position()
        if random.random() < 0.5:
            filing = d.Filing(authority="shenyang", state=random.choice(("filed", "changed")))
            provider = d.ProviderEntry(id="provider", filings=(filing,))
            sent_at = self._sent(now)
            return d.ProviderSet(sender="registry", sent_at=sent_at, position=position, provider=provider)
        return self._site(random.choice(self._subjects), position, now)

    def _next_position(self) -> int:
        position = self._position + self._random.choice((-1, 0, 1, 1, 1))
        self._position = max(self._position, position)
        return position

    def _site(self, subject: str, position: int, now: int) -> d.SiteSet:
        random = self._random
        interval_s = random.choice(self.intervals_s)
        site = d.SiteEntry(
            id=subject,
            lines=(d.Line(account_space="a", account=self.account_of(subject), interval_s=interval_s),),
            provider=random.choice(("provider", "another")),
            site_class="key_unit",
            division="210102",
            bureau=BUREAUS[0],
            merged_into=self._elsewhere if random.random() < 0.05 else None,
        )
        return d.SiteSet(sender="registry", sent_at=self._sent(now), position=position, site=site)
