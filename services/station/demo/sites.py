"""The demo's register: 200 sites of three providers, always the same. Places are real, businesses are not.

Divisions are codes of GB/T 2260, bureaus of GA/T 380, places WGS-84 within some hundred metres of the district's
centre. Fujian asks for no filing of a provider here, the provider in Liaoning has none, the one in Qinhuangdao has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import cycle, islice
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from services.registry.domain.sheet import COLUMNS, DELAY, INTERVAL, REFERENCE

Kind: TypeAlias = Literal[
    "bank", "jeweller", "shop", "pharmacy", "school", "museum", "petrol", "hospital", "office"
]
SEED = 350102
SPACE = "default"
POLL_S, POLL_DELAY_S = 60, 20  # of the supervised ones
_SUPERVISED = frozenset({"bank", "jeweller", "museum"})


class Provider(NamedTuple):
    """A provider as the register has it."""

    name: str
    authority: str
    state: str
    since: str = ""
    reference: str = ""


class District(NamedTuple):
    """Where sites lie. `bureau`: what the police there are called; `lon`, `lat`: its centre, degrees."""

    provider: Provider
    division: str
    name: str
    bureau: str
    lon: float
    lat: float
    streets: tuple[str, ...]
    sites: int

    @property
    def bureau_code(self) -> str:
        """GA/T 380: the division's six digits, and six of the bureau's own."""
        return f"{self.division}000000"


class DemoSite(NamedTuple):
    """One site and its account."""

    key: str
    name: str
    kind: Kind
    site_class: str
    district: District
    lon: float
    lat: float
    account: str

    @property
    def supervised(self) -> bool:
        """Whether its panel says every `POLL_S` that it is there."""
        return self.kind in _SUPERVISED


FUJIAN = Provider("福州安澜报警服务有限公司", "福建省公安厅", "not_required_here")
LIAONING = Provider("沈阳恒安技防工程有限公司", "沈阳市公安局", "none")
QINHUANGDAO = Provider(
    "秦皇岛港城报警运营服务有限公司", "秦皇岛市公安局", "filed", "2021-04-12", "秦公技备〔2021〕017"
)

DISTRICTS = (
    District(FUJIAN, "350102", "鼓楼区", "福州市公安局鼓楼分局", 119.3034, 26.0820, ("东街", "津泰路", "鼓西路", "湖东路", "五四路", "温泉支路"), 26),
    District(FUJIAN, "350103", "台江区", "福州市公安局台江分局", 119.3141, 26.0529, ("上下杭", "八一七中路", "五一中路", "学军路"), 16),
    District(FUJIAN, "350104", "仓山区", "福州市公安局仓山分局", 119.2735, 26.0470, ("上三路", "金山大道", "六一南路"), 12),
    District(FUJIAN, "350111", "晋安区", "福州市公安局晋安分局", 119.3286, 26.0818, ("长乐北路", "福马路", "连江北路"), 10),
    District(FUJIAN, "350203", "厦门思明区", "厦门市公安局思明分局", 118.0826, 24.4454, ("中山路", "湖滨南路", "莲前西路", "厦禾路"), 16),
    District(FUJIAN, "350503", "泉州丰泽区", "泉州市公安局丰泽分局", 118.6131, 24.8912, ("东街", "田安路", "津淮街"), 12),
    District(FUJIAN, "350582", "晋江市", "晋江市公安局", 118.5519, 24.7816, ("陈埭大道", "青阳街", "迎宾路"), 10),
    District(FUJIAN, "350304", "莆田荔城区", "莆田市公安局荔城分局", 119.0150, 25.4319, ("文献路", "胜利街"), 8),
    District(LIAONING, "210102", "沈阳和平区", "沈阳市公安局和平分局", 123.4204, 41.7897, ("南京南街", "太原街", "中华路", "三好街"), 18),
    District(LIAONING, "210103", "沈阳沈河区", "沈阳市公安局沈河分局", 123.4585, 41.7956, ("中街路", "青年大街", "热闹路"), 14),
    District(LIAONING, "210202", "大连中山区", "大连市公安局中山分局", 121.6449, 38.9184, ("人民路", "解放路", "友好路"), 12),
    District(LIAONING, "210402", "抚顺新抚区", "抚顺市公安局新抚分局", 123.9128, 41.8623, ("西一路", "浑河南路"), 8),
    District(LIAONING, "211202", "铁岭银州区", "铁岭市公安局银州分局", 123.8423, 42.2861, ("银州路", "广裕街"), 8),
    District(QINHUANGDAO, "130302", "秦皇岛海港区", "秦皇岛市公安局海港分局", 119.5986, 39.9354, ("河北大街", "文化路", "建设大街", "港城大街"), 20),
    District(QINHUANGDAO, "130303", "秦皇岛山海关区", "秦皇岛市公安局山海关分局", 119.7758, 39.9787, ("南关大街", "古城东街"), 6),
    District(QINHUANGDAO, "130304", "秦皇岛北戴河区", "秦皇岛市公安局北戴河分局", 119.4889, 39.8348, ("联峰路", "保二路"), 4),
)  # fmt: skip

_WORDS: dict[Kind, tuple[str, ...]] = {
    "bank": ("农商行网点", "邮储银行支行", "城商行支行"),
    "jeweller": ("福瑞金行", "老凤金店", "恒昌珠宝"),
    "shop": ("便利店", "茶庄", "手机店", "服装店", "超市", "五金店", "理发店"),
    "pharmacy": ("惠民药店", "同济药房"),
    "school": ("实验小学", "第三中学", "中心幼儿园"),
    "museum": ("民俗博物馆", "美术馆", "档案馆"),
    "petrol": ("加油站",),
    "hospital": ("社区医院", "口腔诊所"),
    "office": ("写字楼", "物流仓库"),
}
_MIX: tuple[Kind, ...] = (
    "shop", "bank", "shop", "pharmacy", "school", "shop", "jeweller", "shop", "office", "petrol",
    "shop", "hospital", "shop", "museum", "shop", "bank",
)  # fmt: skip
# LN-2015:10 lists petrol stations, hospitals, schools; banks and museums are key units in all three places.
_KEY_UNITS: dict[str, frozenset[Kind]] = {
    "21": frozenset({"bank", "museum", "petrol", "hospital", "school"}),
    "35": frozenset({"bank", "museum"}),
    "13": frozenset({"bank", "museum", "petrol"}),
}
# The sites of the stories that this house tells.
_KNOWN: dict[str, tuple[str, Kind, str, float, float, str]] = {
    "350102": ("dongjiekou-jinhang", "jeweller", "福州鼓楼区东街口金行", 119.3028, 26.0851, "35010211"),
    "210102": ("heping-jiayouzhan", "petrol", "沈阳和平区加油站", 123.4204, 41.7897, "21010207"),
    "211202": ("yinzhou-lifadian", "shop", "铁岭银州区理发店", 123.8423, 42.2861, "21120233"),
}


def sites() -> list[DemoSite]:
    """All of them, in the order of the districts."""
    return [site for district in DISTRICTS for site in _of(district)]


def sheet() -> bytes:
    """The register as `jiejing registry import` reads it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, REFERENCE, INTERVAL, DELAY))
    writer.writerows(_row(site) for site in sites())
    return text.getvalue().encode()


def _of(district: District) -> Iterator[DemoSite]:
    chance = Random(f"{SEED}/{district.division}")  # noqa: S311 - a picture, not a secret
    known = _KNOWN.get(district.division)
    if known is not None:
        key, kind, name, lon, lat, account = known
        yield DemoSite(key, name, kind, _site_class(district, kind), district, lon, lat, account)
    taken = {known[5]} if known is not None else set()
    names = _names(district, chance)
    numbers = (f"{district.division}{number:02}" for number in range(1, 100))
    accounts = (account for account in numbers if account not in taken)
    for (name, kind), account in islice(
        zip(names, accounts, strict=False), district.sites - (known is not None)
    ):
        lon = round(district.lon + chance.uniform(-0.012, 0.012), 4)
        lat = round(district.lat + chance.uniform(-0.009, 0.009), 4)
        yield DemoSite(
            f"demo-{account}", name, kind, _site_class(district, kind), district, lon, lat, account
        )


def _names(district: District, chance: Random) -> Iterator[tuple[str, Kind]]:
    used: set[str] = set()
    for kind, street in zip(cycle(_MIX), cycle(district.streets), strict=False):
        name = f"{district.name}{street}{chance.choice(_WORDS[kind])}"
        while name in used:
            name = f"{district.name}{street}{chance.randint(2, 198)}号{chance.choice(_WORDS[kind])}"
        used.add(name)
        yield name, kind


def _site_class(district: District, kind: Kind) -> str:
    if kind in _KEY_UNITS[district.division[:2]]:
        return "key_unit"
    return "public_area" if kind in {"school", "hospital"} else "other"


def _row(site: DemoSite) -> tuple[object, ...]:
    provider, district = site.district.provider, site.district
    supervision = (POLL_S, POLL_DELAY_S) if site.supervised else ("", "")
    return (
        provider.name, provider.authority, provider.state, provider.since, site.key, site.name, site.site_class,
        district.division, site.lon, site.lat, district.bureau_code, SPACE, site.account, provider.reference,
        *supervision,
    )  # fmt: skip
