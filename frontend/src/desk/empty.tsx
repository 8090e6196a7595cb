import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "../feed/live.tsx";
import { hms, near } from "../time.ts";

/** An empty queue proves that it is empty. */
export function Empty(): ReactNode {
  const { t } = useTranslation();
  const { picture, liveness, now } = useLive();
  if (!picture.complete) return <div className="nothing">{t("empty.loading")}</div>;
  return (
    <div className="nothing">
      <h1>{t("empty.title")}</h1>
      <Proof title={null} />
      {picture.lastClosed !== null && picture.lastClosed.closed_at !== null && (
        <p>{t("empty.closed", { number: picture.lastClosed.number, time: near(picture.lastClosed.closed_at, now) })}</p>
      )}
      {liveness.beatSaid === null && <p>{t("band.never")}</p>}
    </div>
  );
}

export function Proof({ title }: { title: string | null }): ReactNode {
  const { t } = useTranslation();
  const { picture, liveness, now } = useLive();
  return (
    <>
      {title !== null && <h1>{title}</h1>}
      {liveness.beatSaid !== null && <p>{t("empty.connected", { time: hms(liveness.beatSaid), n: picture.positions.size })}</p>}
      <p>{picture.lastSignalAt === null ? t("empty.noSignal") : t("empty.signal", { time: near(picture.lastSignalAt, now) })}</p>
    </>
  );
}
