"""Laws of providers and sites: a repeated command says nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.directory import Filing, Line
from services.contracts.registry import SiteDetails
from services.registry.domain import provider as p
from services.registry.domain import site as s

FILINGS = st.builds(
    Filing,
    authority=st.sampled_from(["甲", "乙"]),
    state=st.sampled_from(["filed", "withdrawn"]),
    since=st.none(),
)
PROVIDER_COMMANDS = st.one_of(
    st.builds(p.Register, id=st.just("p"), key=st.just("k"), name=st.just("n"), now_us=st.integers(0, 9)),
    st.builds(p.SetFiling, filing=FILINGS, now_us=st.integers(0, 9)),
)
DETAILS = st.builds(
    SiteDetails,
    name=st.sampled_from(["一", "二"]),
    provider=st.just("p"),
    site_class=st.just("other"),
    division=st.just("350102"),
    bureau=st.just("350102000000"),
)
SITE_COMMANDS = st.one_of(
    st.builds(s.Enter, id=st.just("s"), key=st.just("k"), details=DETAILS, now_us=st.integers(0, 9)),
    st.builds(
        s.AssignLine,
        line=st.builds(Line, account_space=st.just("default"), account=st.sampled_from(["1", "2"])),
        now_us=st.integers(0, 9),
    ),
    st.builds(s.Merge, id=st.just("s"), into=st.sampled_from(["t", "u"]), now_us=st.integers(0, 9)),
)


@given(st.lists(PROVIDER_COMMANDS, max_size=12))
def test_a_repeated_command_to_a_provider_says_nothing(commands: list[p.Command]) -> None:
    state = p.PROVIDER.initial
    for command in commands:
        state = p.PROVIDER.fold(p.PROVIDER.decide(state, command)[1], state)
        assert p.PROVIDER.decide(state, command)[1] == ()


@given(st.lists(SITE_COMMANDS, max_size=12))
def test_a_repeated_command_to_a_site_says_nothing(commands: list[s.Command]) -> None:
    state = s.SITE.initial
    for command in commands:
        state = s.SITE.fold(s.SITE.decide(state, command)[1], state)
        assert s.SITE.decide(state, command)[1] == ()
