import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { OwnPassword } from "../accounts/own_password.tsx";
import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { pagesOf, type PageName } from "../pages.ts";
import { inside } from "../route.ts";
import { useSound } from "../sound/sound.tsx";
import { turnTheme } from "../theme.ts";
import { hms } from "../time.ts";
import { language, speak } from "../words/i18n.ts";
import { Icon } from "./pieces.tsx";
import { Looks, SoundFact, Truth } from "./truth.tsx";

interface ShellProps {
  me: Me;
  page: PageName;
  layout: string;
  onSignOut: () => void;
  /** This page rings: say whether it can, and how it is silenced. */
  sound?: boolean;
  /** This page shows the past: what it says does not grow stale, and the clock of now would mislead. */
  past?: boolean;
  foot?: ReactNode;
  bands?: ReactNode;
  children: ReactNode;
}

/** Truth bar, bands, the page, command bar. */
export function Shell({ me, page, layout, onSignOut, sound = false, past = false, foot, bands, children }: ShellProps): ReactNode {
  const { t } = useTranslation();
  const { stale } = useLive();
  return (
    <div className={`screen ${layout}`} data-stale={(stale && !past) || undefined}>
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <header className="truth">
        <span className="who">
          <b>{t("product")}</b> <span className="dim">{t(`page.${page}`)}</span>
        </span>
        <span className="split" />
        {past ? <Looks /> : <Truth me={me} signals={page !== "police" && page !== "accounts"} />}
        {sound && <SoundFact keyed={page === "desk"} />}
        <span className="push" />
        <Pages me={me} page={page} />
        <Settings me={me} onSignOut={onSignOut} />
        {!past && <Clock />}
      </header>
      <div className="bands">
        {!past && <StaleBand />}
        {sound && <SoundBand />}
        {bands}
      </div>
      {children}
      {foot !== undefined && <footer className="command">{foot}</footer>}
    </div>
  );
}

const MOST_IN_LINE = 6; // more have a line of their own where the bar is narrow

/** Who is logged in, as what; behind the name a password of one's own is chosen. */
function Person({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const roles = me.roles.map((role) => t(`role.${role}`)).join(" · ");
  return (
    <>
      <button type="button" className="btn quiet fact person" title={`${roles} · ${t("account.own")}`} onClick={() => setOpen(true)}>
        <i>{roles}</i>
        <b>{me.display_name}</b>
      </button>
      {open && <OwnPassword shut={() => setOpen(false)} ended={onSignOut} />}
    </>
  );
}

function Pages({ me, page }: { me: Me; page: PageName }): ReactNode {
  const { t } = useTranslation();
  const pages = pagesOf(me.roles);
  if (pages.length < 2) return null;
  return (
    <nav className="pages" data-many={pages.length > MOST_IN_LINE || undefined} aria-label={t("nav.pages")}>
      {pages.map((name) => (
        <a key={name} className="btn quiet" aria-current={name === page ? "page" : undefined} {...inside(`/${name}`)}>
          {t(`tab.${name}`)}
        </a>
      ))}
    </nav>
  );
}

/** Oneself, language, light or dark, sign out; behind a button where the bar is narrow. */
function Settings({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="btn quiet settings-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t("nav.me")}
      </button>
      <span className="settings" data-open={open || undefined}>
        <Person me={me} onSignOut={onSignOut} />
        <Switches />
        <button type="button" className="btn quiet" onClick={onSignOut}>
          {t("nav.signOut")}
        </button>
      </span>
    </>
  );
}

export function Switches(): ReactNode {
  const { t } = useTranslation();
  const other = language() === "en" ? "zh" : "en";
  return (
    <>
      <button type="button" className="btn quiet" lang={other === "zh" ? "zh-CN" : "en"} data-language={other} onClick={() => void speak(other)}>
        {t("nav.other")}
      </button>
      <button type="button" className="btn quiet" onClick={turnTheme}>
        {t("nav.theme")}
      </button>
    </>
  );
}

function Clock(): ReactNode {
  const { now } = useLive();
  return <time className="clock">{now === 0 ? "" : hms(now)}</time>;
}

const CONNECTING_MS = 2000;

/** The picture is not true: said in red, with the instant of the last frame. */
function StaleBand(): ReactNode {
  const { t } = useTranslation();
  const { liveness, stale, now, reconnect } = useLive();
  const starting = liveness.beatSaid === null && performance.now() < CONNECTING_MS;
  if (!stale || starting) return null;
  const said = liveness.beatSaid;
  return (
    <div className="band" role="alert" data-band="stale">
      <Icon name="cut" />
      <span>
        <b>{said === null ? t("band.never") : t("band.stale", { time: hms(said), n: Math.max(2, Math.floor((now - said) / 1_000_000)) })}</b> {t("band.staleDo")}
      </span>
      <span className="push" />
      <button type="button" className="btn" onClick={reconnect}>
        {t("band.reconnect")}
      </button>
    </div>
  );
}

/** The browser lets nothing sound before a key or a click. */
function SoundBand(): ReactNode {
  const { t } = useTranslation();
  const { heard } = useSound();
  if (heard === "on") return null;
  return (
    <div className="band" role="alert" data-band="sound">
      <Icon name="sound" />
      <span>
        <b>{t("band.soundBlocked")}</b> {t("band.soundBlockedDo")}
      </span>
    </div>
  );
}
