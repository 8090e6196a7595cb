import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { undecidedSignals } from "../feed/picture.ts";
import { pagesOf } from "../pages.ts";
import { inside } from "../route.ts";
import { useSound } from "../sound/sound.tsx";
import { near } from "../time.ts";
import { Icon } from "./pieces.tsx";

const RECENT_US = 60_000_000; // beyond that a time, never "a few seconds ago"

/** Is what I see true, now? `signals`: this page is about signals, so what became of them is accounted for. */
export function Truth({ me, signals }: { me: Me; signals: boolean }): ReactNode {
  const { t } = useTranslation();
  const { liveness, picture, stale } = useLive();
  const waiting = liveness.beatAt === null;
  const word = !liveness.open ? (waiting ? "connecting" : "lost") : stale ? (waiting ? "connecting" : "stale") : "connected";
  return (
    <>
      <span className={word === "connected" ? "fact" : "fact bad"} data-connection={word}>
        <Icon name={word === "connected" ? "link" : "cut"} />
        <b>{t(`truth.${word}`)}</b>
      </span>
      <span className="fact wide" title={t("truth.delayHow")}>
        <i>{t("truth.delay")}</i>
        <b>{liveness.delayMs === null || stale ? "—" : t("truth.ms", { n: Math.round(liveness.delayMs) })}</b>
      </span>
      <span className="fact">
        <i>{t("truth.behind")}</i>
        <b>{stale ? "—" : behind(t, picture.behindMs)}</b>
      </span>
      <LastSignal />
      {signals && <Undecided />}
      {signals && <Unaccounted me={me} />}
    </>
  );
}

function behind(t: TFunction, ms: number): string {
  return ms < 1000 ? t("truth.ms", { n: ms }) : t("truth.s", { n: (ms / 1000).toFixed(1) });
}

/** In place of the truth about now, on a page that shows the past. */
export function Looks(): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="fact">
      <Icon name="eye" />
      {t("truth.looksRecorded")}
    </span>
  );
}

function LastSignal(): ReactNode {
  const { t } = useTranslation();
  const { picture, now, stale } = useLive();
  const at = picture.lastSignalAt;
  const ago = at === null ? null : Math.max(0, now - at);
  const word = at === null || ago === null ? t("truth.noSignal") : ago < RECENT_US && !stale ? t("truth.seconds", { n: Math.floor(ago / 1_000_000) }) : near(at, now);
  return (
    <span className="fact">
      <i>{t("truth.lastSignal")}</i>
      <b>{word}</b>
    </span>
  );
}

function Undecided(): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  const count = Math.max(undecidedSignals(picture).length, picture.stopped.reduce((sum, one) => sum + one.waiting, 0));
  return (
    <span className={count > 0 ? "fact bad" : "fact"} data-undecided-count={count}>
      {count > 0 && <Icon name="warn" />}
      <i>{t("truth.undecided")}</i>
      <b>{count}</b>
    </span>
  );
}

/** The sum of the whole centre; it leads to its lines whoever may read them. Who sees one area is not told it, and reads the sums of that area there. */
function Unaccounted({ me }: { me: Me }): ReactNode {
  const { t } = useTranslation();
  const { accounting } = useLive().picture;
  const reads = pagesOf(me.roles).includes("accounting");
  if (accounting === null && me.bureau !== null) return null;
  const off = accounting !== null && accounting.unaccounted !== 0;
  const left = accounting === null ? t("truth.notTold") : accounting.unaccounted;
  return (
    <span className={off ? "fact bad" : "fact wide"} title={t("truth.unaccountedHow")} data-unaccounted={accounting?.unaccounted ?? "unknown"}>
      {off && <Icon name="warn" />}
      <i>{t("truth.unaccounted")}</i>
      <b>{reads ? <a {...inside("/accounting")}>{left}</a> : left}</b>
    </span>
  );
}

/** "On" is said only after a tone was played. */
export function SoundFact({ keyed }: { keyed: boolean }): ReactNode {
  const { t } = useTranslation();
  const { heard, silentUntil, silence } = useSound();
  useLive(); // once a second
  const left = Math.ceil((silentUntil - Date.now()) / 1000);
  if (heard === "blocked") {
    return (
      <span className="fact bad" data-sound="blocked">
        <Icon name="sound" />
        <b>{t("truth.soundBlocked")}</b>
      </span>
    );
  }
  return (
    <span className="fact" data-sound={left > 0 ? "silenced" : "on"}>
      <Icon name="sound" />
      <b>{left > 0 ? t("truth.soundSilenced", { n: left }) : t("truth.soundOn")}</b>
      <button type="button" className="btn quiet" title={t("truth.silence")} aria-label={t("truth.silence")} onClick={silence}>
        {keyed ? <kbd>S</kbd> : t("truth.silenceShort")}
      </button>
    </span>
  );
}
