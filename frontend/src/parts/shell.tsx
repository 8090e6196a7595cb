import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { inside } from "../route.ts";
import { turnTheme } from "../theme.ts";
import { hms, near } from "../time.ts";
import { language, speak } from "../words/i18n.ts";
import { pagesOf, type PageName } from "../pages.ts";
import { Icon } from "./pieces.tsx";

interface ShellProps {
  me: Me;
  page: PageName;
  layout: string;
  onSignOut: () => void;
  foot?: ReactNode;
  bands?: ReactNode;
  children: ReactNode;
}

/** Truth bar, bands, the page, command bar. */
export function Shell({ me, page, layout, onSignOut, foot, bands, children }: ShellProps): ReactNode {
  const { t } = useTranslation();
  const { stale } = useLive();
  return (
    <div className={`screen ${layout}`} data-stale={stale || undefined}>
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <header className="truth">
        <span className="who">
          <b>{t("product")}</b> <span className="dim">{t(`page.${page}`)}</span>
        </span>
        <Truth />
        <span className="push" />
        <Pages me={me} page={page} />
        <span className="fact person">
          <i>{me.roles.map((role) => t(`role.${role}`)).join(" · ")}</i>
          <b>{me.display_name}</b>
        </span>
        <Switches />
        <button type="button" className="btn quiet" onClick={onSignOut}>
          {t("nav.signOut")}
        </button>
        <Clock />
      </header>
      <div className="bands">
        <StaleBand />
        {bands}
      </div>
      {children}
      {foot !== undefined && <footer className="command">{foot}</footer>}
    </div>
  );
}

function Pages({ me, page }: { me: Me; page: PageName }): ReactNode {
  const { t } = useTranslation();
  const pages = pagesOf(me.roles);
  if (pages.length < 2) return null;
  return (
    <nav className="pages" aria-label={t("product")}>
      {pages.map((name) => (
        <a key={name} className="btn quiet" aria-current={name === page ? "page" : undefined} {...inside(`/${name}`)}>
          {t(`page.${name}`)}
        </a>
      ))}
    </nav>
  );
}

export function Switches(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <button type="button" className="btn quiet" onClick={() => void speak(language() === "en" ? "zh" : "en")}>
        {t("nav.other")}
      </button>
      <button type="button" className="btn quiet" onClick={turnTheme}>
        {t("nav.theme")}
      </button>
    </>
  );
}

/** Is what I see true, now? */
function Truth(): ReactNode {
  const { t } = useTranslation();
  const { liveness, picture, stale, now } = useLive();
  const word = !liveness.open ? (liveness.beatAt === null ? "connecting" : "lost") : stale ? (liveness.beatAt === null ? "connecting" : "stale") : "connected";
  return (
    <>
      <span className="split" />
      <span className={word === "connected" ? "fact" : "fact bad"} data-connection={word}>
        <Icon name={word === "connected" ? "link" : "cut"} />
        <b>{t(`truth.${word}`)}</b>
      </span>
      <span className="fact wide" title={t("truth.delayHow")}>
        <i>{t("truth.delay")}</i>
        <b>{liveness.delayMs === null || stale ? "—" : t("truth.ms", { n: Math.round(liveness.delayMs) })}</b>
      </span>
      <span className="fact wide">
        <i>{t("truth.behind")}</i>
        <b>{stale ? "—" : t("truth.ms", { n: picture.behindMs })}</b>
      </span>
      <span className="fact">
        <i>{t("truth.lastSignal")}</i>
        <b>{lastSignal(picture.lastSignalAt, now, t("truth.noSignal"))}</b>
      </span>
      <span className="fact wide">
        <i>{t("truth.partitions")}</i>
        <b>{picture.positions.size}</b>
      </span>
    </>
  );
}

function lastSignal(at: number | null, now: number, none: string): string {
  return at === null ? none : near(at, now);
}

function Clock(): ReactNode {
  const { now } = useLive();
  return <time className="clock">{now === 0 ? "" : hms(now)}</time>;
}

const CONNECTING_MS = 2000;

/** The picture is not true: said in red, with the instant of the last frame. */
function StaleBand(): ReactNode {
  const { t } = useTranslation();
  const { liveness, stale } = useLive();
  const starting = liveness.beatSaid === null && performance.now() < CONNECTING_MS;
  if (!stale || starting) return null;
  return (
    <div className="band" role="alert">
      <Icon name="cut" />
      <span>
        <b>{liveness.beatSaid === null ? t("band.never") : t("band.stale", { time: hms(liveness.beatSaid) })}</b> {t("band.staleDo")}
      </span>
    </div>
  );
}
