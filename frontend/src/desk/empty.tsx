import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "../feed/live.tsx";
import { Ghosts } from "../parts/pieces.tsx";
import { hms, near } from "../time.ts";

const COUNTS = ["received", "refused", "surfaced", "logged", "suppressed", "retransmit"] as const;

/** An empty queue proves that it is empty. */
export function Empty(): ReactNode {
  const { t } = useTranslation();
  const { picture, now } = useLive();
  if (!picture.complete) return <Loading />;
  const closed = picture.lastClosed;
  return (
    <div className="nothing" data-empty>
      <h1>{t("empty.title")}</h1>
      <Proof />
      <p>{t("empty.how")}</p>
      {closed !== null && closed.closed_at !== null && (
        <p>{t("empty.closed", { number: closed.number, site: closed.site_name || closed.account, time: near(closed.closed_at, now) })}</p>
      )}
      <Sofar />
      <p className="dim">
        <kbd>/</kbd> {t("empty.search")}
      </p>
    </div>
  );
}

/** Flat bars, and that what is there is not all. */
export function Loading(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="nothing" data-loading>
      <h1>{t("empty.loadingTitle")}</h1>
      <p>{t("empty.loading")}</p>
      <Ghosts />
    </div>
  );
}

/** Why an empty page may be believed: beats, partitions, the last signal. */
export function Proof(): ReactNode {
  const { t } = useTranslation();
  const { picture, liveness, now } = useLive();
  const all = picture.positions.size;
  const stopped = picture.stopped.length;
  return (
    <>
      {liveness.beatSaid !== null && stopped === 0 && <p>{t("empty.true", { time: hms(liveness.beatSaid), n: all })}</p>}
      {stopped > 0 && <p>{t("empty.behind", { n: all, m: stopped })}</p>}
      <p>{picture.lastSignalAt === null ? t("empty.noSignal") : t("empty.signal", { time: near(picture.lastSignalAt, now) })}</p>
    </>
  );
}

function Sofar(): ReactNode {
  const { t } = useTranslation();
  const { accounting } = useLive().picture;
  if (accounting === null) return null;
  return (
    <>
      <p className="small dim">{t("queue.counts")}</p>
      <dl className="sofar">
        {COUNTS.map((name) => (
          <div key={name}>
            <dt>{t(`count.${name}`)}</dt>
            <dd>{accounting[name]}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
