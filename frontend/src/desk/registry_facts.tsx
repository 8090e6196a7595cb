import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import type { AlarmView, OccurrenceView } from "../generated/contracts.ts";
import { Bureau } from "../parts/bureau.tsx";
import { Fact, SiteName } from "../parts/pieces.tsx";
import { pagesOf } from "../pages.ts";
import { inside } from "../route.ts";
import { hms } from "../time.ts";
import { whichWord } from "../words/which.ts";

/** Site, provider and filing, as the registry had them when the alarm was raised. */
export function RegistryFacts({ me, alarm }: { me: Me; alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const reads = pagesOf(me.roles).includes("registry");
  return (
    <section className="registry" data-part="facts">
      <div className="head">
        <h2>{t("alarm.facts")}</h2>
      </div>
      <dl className="table">
        <Fact name={t("alarm.site")}>
          {alarm.site_known && reads ? (
            <a {...inside(`/registry/sites/${encodeURIComponent(alarm.site)}`)}>
              <SiteName alarm={alarm} />
            </a>
          ) : (
            <SiteName alarm={alarm} />
          )}
        </Fact>
        <Fact name={t("alarm.siteClass")}>{alarm.site_class === null ? "—" : t(`siteClass.${alarm.site_class}`)}</Fact>
        <Fact name={t("alarm.provider")}>{alarm.provider_name === "" ? t("alarm.unknownProvider") : alarm.provider_name}</Fact>
        <Fact name={t("alarm.filing")}>
          <FilingText alarm={alarm} />
        </Fact>
        <Fact name={t("alarm.division")}>
          <span className="mono">{alarm.division ?? "—"}</span>
        </Fact>
        <Fact name={t("alarm.bureau")}>
          <Bureau code={alarm.bureau} />
        </Fact>
        <Fact name={t("alarm.position")}>
          <Position lon={alarm.lon} lat={alarm.lat} />
        </Fact>
        <Fact name={t("alarm.record")}>
          <span className="mono">
            {alarm.partition}·{alarm.offset}
          </span>
        </Fact>
      </dl>
      <p className="small dim">{t("alarm.notRecorded")}</p>
    </section>
  );
}

function FilingText({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { filing } = alarm;
  if (filing === null) return t("alarm.unknownFiling");
  return (
    <>
      <b>{t(`filing.${filing.state}`)}</b> {filing.since !== null && t("alarm.since", { date: filing.since })}
      <br />
      {filing.authority}
      {filing.reference !== null && (
        <>
          <br />
          <span data-reference>{t("alarm.reference", { n: filing.reference })}</span>
        </>
      )}
    </>
  );
}

export function Position({ lon, lat }: { lon: number | null; lat: number | null }): ReactNode {
  const { t } = useTranslation();
  if (lon === null || lat === null) return t("police.noPosition");
  return (
    <>
      <span className="mono">
        {lon.toFixed(4)} E {lat.toFixed(4)} N
      </span>{" "}
      <span className="tag">WGS-84</span>
    </>
  );
}

/** Every signal of the happening, with its restore. */
export function Signals({ alarm }: { alarm: Pick<AlarmView, "occurrences" | "occurrence_count"> }): ReactNode {
  const { t } = useTranslation();
  if (alarm.occurrences.length === 0) return null;
  return (
    <section className="registry">
      <div className="head">
        <h2>{t("alarm.signals")}</h2>
        <b>{alarm.occurrence_count}</b>
      </div>
      <SignalList occurrences={alarm.occurrences} />
    </section>
  );
}

export function SignalList({ occurrences }: { occurrences: readonly OccurrenceView[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <ol className="signals">
      {occurrences.map((one, at) => (
        <li key={at}>
          <time>{hms(one.received_at)}</time>
          <span>
            {t(`class.${one.class}`)} <span className="mono">{one.code}</span>
            {one.zone !== "" && ` · ${whichWord(t, one)}`}
            {one.restored_at !== null && (
              <span className="dim">
                {" "}
                · {t("queue.restored")} {hms(one.restored_at)}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
