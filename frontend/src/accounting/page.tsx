import type { TFunction } from "i18next";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import { useKeys } from "../keys.ts";
import { Help } from "../parts/help.tsx";
import { Ghosts, Icon } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { go, inside, usePath } from "../route.ts";
import { hms, stamp } from "../time.ts";
import { level, type Counts, type Told } from "./api.ts";
import { above, pathOf, placeOf, type Place } from "./place.ts";
import { Signals } from "./signals.tsx";
import { Table } from "./table.tsx";

const AGAIN_MS = 5000;
const MOST = 200;

/** What became of every signal that came to the sockets: nothing may be missing, and what is, is said aloud. */
export function AccountingPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [help, setHelp] = useState(false);
  const place = placeOf(usePath());
  const [after, setAfter] = useState<{ of: string; count: number }>({ of: "", count: 0 });
  const path = pathOf(place);
  const skipped = after.of === path ? after.count : 0;
  const told = useQuery({ queryKey: ["accounting", path, skipped], queryFn: () => fetchLevel(place, skipped), refetchInterval: AGAIN_MS });
  useKeys({ j: () => move(1), k: () => move(-1), Escape: () => go(pathOf(above(place))), "?": () => setHelp(true) });
  const missing = told.data?.total.missing ?? 0;
  const deepest = place.line !== null && place.minute !== null;
  return (
    <Shell me={me} page="accounting" layout="records" onSignOut={onSignOut} bands={<Bands missing={missing} />}>
      <main className="pane accounting" id="content">
        <Where place={place} onHelp={() => setHelp(true)} />
        {told.isError && <p className="fault" role="alert">{said(told.error)}</p>}
        {told.data !== undefined && <Equation told={told.data} />}
        <div className="scroll" tabIndex={0} role="region" aria-label={t("accounting.title")}>
          {told.data === undefined && !told.isError && <Ghosts />}
          {told.data !== undefined && <Table place={place} told={told.data} />}
          {told.data?.items.length === 0 && <Empty place={place} told={told.data} />}
          {deepest && <Signals place={place} />}
        </div>
        <Pager skipped={skipped} next={told.data?.next ?? null} turn={(count) => setAfter({ of: path, count })} />
      </main>
      {help && <Help shut={() => setHelp(false)} rows={KEYS.map(([keys, word]) => [keys, t(`keys.${word}`)] as const)} />}
    </Shell>
  );
}

const KEYS = [
  ["J K", "move"],
  ["Enter", "openRow"],
  ["Esc", "up"],
  ["?", "help"],
] as const;

function fetchLevel({ day, line, minute, by }: Place, after: number): Promise<Told> {
  if (day === null) return level("days", {});
  if (line !== null) return level("minutes", { day, line }).then((told) => (minute === null ? told : only(told, minute)));
  if (minute !== null) return level("lines", { minute, limit: String(MOST), after: String(after) });
  return by === "minutes" ? level("minutes", { day }) : level("lines", { day, limit: String(MOST), after: String(after) });
}

/** Of a line's day the one minute that is looked at. */
function only(told: Told, minute: string): Told {
  const items = told.items.filter((one) => one.key === minute);
  return { ...told, items, total: items[0]?.counts ?? NOTHING };
}

const NOTHING: Counts = { received: 0, recorded: 0, refused: 0, under_way: 0, missing: 0, only_recorded: 0, surfaced: 0, logged: 0, suppressed: 0, retransmit: 0, reasons: {} };

/** The focus goes to the next row's link, or to the one before. */
function move(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".accounting tbody tr a:first-of-type")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}

function Bands({ missing }: { missing: number }): ReactNode {
  const { t } = useTranslation();
  if (missing === 0) return null;
  return (
    <div className="band" role="alert" data-band="missing">
      <Icon name="warn" />
      <span>
        <b>{t("accounting.missing", { n: missing })}</b> {t("accounting.missingDo")}
      </span>
    </div>
  );
}

function Where({ place, onHelp }: { place: Place; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  const { day, line, minute } = place;
  const nowhere: Place = { day: null, line: null, minute: null, by: "lines" };
  return (
    <nav className="filter" aria-label={t("accounting.where")}>
      <h1>{t("accounting.title")}</h1>
      <a className="btn quiet" {...inside("/accounting")} aria-current={day === null ? "page" : undefined}>
        {t("accounting.allDays")}
      </a>
      {day !== null && (
        <>
          <a className="btn quiet" {...inside(pathOf({ ...nowhere, day }))} aria-current={line === null && minute === null && place.by === "lines" ? "page" : undefined}>
            {day} {t("accounting.byLine")}
          </a>
          <a className="btn quiet" {...inside(pathOf({ ...nowhere, day, by: "minutes" }))} aria-current={line === null && minute === null && place.by === "minutes" ? "page" : undefined}>
            {day} {t("accounting.byMinute")}
          </a>
        </>
      )}
      {line !== null && (
        <a className="btn quiet" {...inside(pathOf({ ...place, minute: null }))} aria-current={minute === null ? "page" : undefined}>
          {line === "" ? t("accounting.noLine") : line}
        </a>
      )}
      {minute !== null && <b>{hms(Number(minute)).slice(0, 5)}</b>}
      <span className="push" />
      <button type="button" className="btn quiet" onClick={onHelp}>
        <kbd>?</kbd> {t("nav.keys")}
      </button>
    </nav>
  );
}

/** The two sums that must hold, with their figures; and why what was refused was refused. */
function Equation({ told: { total, judged_until: judged } }: { told: Told }): ReactNode {
  const { t } = useTranslation();
  const reasons = Object.entries(total.reasons).map(([reason, n]) => `${reasonWord(t, reason)} ${n}`);
  return (
    <section className="sums" aria-label={t("accounting.sums")}>
      <p data-sum="received">
        {t("accounting.received")} <b>{total.received}</b> = {t("accounting.recorded")} <b>{total.recorded}</b> + {t("accounting.refused")} <b>{total.refused}</b> + {t("accounting.underWay")} <b>{total.under_way}</b> + {t("accounting.lost")} <b data-missing={total.missing}>{total.missing}</b>
      </p>
      <p data-sum="recorded">
        {t("accounting.recorded")} <b>{total.recorded}</b> = {t("outcome.surfaced")} <b>{total.surfaced}</b> + {t("outcome.logged")} <b>{total.logged}</b> + {t("outcome.suppressed")} <b>{total.suppressed}</b> + {t("outcome.retransmit")} <b>{total.retransmit}</b>
      </p>
      {reasons.length > 0 && <p className="small">{t("accounting.because", { reasons: reasons.join(" · ") })}</p>}
      {total.only_recorded > 0 && <p className="small">{t("accounting.onlyRecorded", { n: total.only_recorded })}</p>}
      <p className="small dim">{judged > 0 ? t("accounting.judged", { time: stamp(judged) }) : t("accounting.notJudged")}</p>
    </section>
  );
}

function reasonWord(t: TFunction, reason: string): string {
  const key = `accounting.reason.${reason}` as "accounting.reason.crc";
  const word = t(key);
  return word === key ? reason : word;
}

function Empty({ place, told }: { place: Place; told: Told }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="nothing" data-empty>
      <h2>{place.day === null ? t("accounting.none") : t("accounting.noneThere")}</h2>
      <p>{told.judged_until > 0 ? t("accounting.noneDo", { time: stamp(told.judged_until) }) : t("accounting.notJudged")}</p>
      <p>{t("accounting.how")}</p>
    </div>
  );
}

function Pager({ skipped, next, turn }: { skipped: number; next: number | null; turn: (count: number) => void }): ReactNode {
  const { t } = useTranslation();
  if (skipped === 0 && next === null) return null;
  return (
    <p className="head">
      {skipped > 0 && (
        <button type="button" className="btn" onClick={() => turn(Math.max(0, skipped - MOST))}>
          {t("accounting.before")}
        </button>
      )}
      <span className="push" />
      {next !== null && (
        <button type="button" className="btn" onClick={() => turn(next)}>
          {t("records.more")}
        </button>
      )}
    </p>
  );
}
