import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { AlarmView } from "../generated/contracts.ts";
import { Fact, SiteName } from "../parts/pieces.tsx";

/** Site, provider and filing, as the registry had them when the alarm was raised. */
export function RegistryFacts({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="registry">
      <div className="head">
        <h2>{t("alarm.facts")}</h2>
        {!alarm.site_known && <b>{t("alarm.shell")}</b>}
      </div>
      <dl className="table">
        <Fact name={t("alarm.site")}>
          <SiteName alarm={alarm} />
        </Fact>
        <Fact name={t("alarm.siteClass")}>{alarm.site_class === null ? "—" : t(`siteClass.${alarm.site_class}`)}</Fact>
        <Fact name={t("alarm.provider")}>{alarm.provider_name === "" ? t("alarm.unknownProvider") : alarm.provider_name}</Fact>
        <Fact name={t("alarm.filing")}>
          <FilingText alarm={alarm} />
        </Fact>
        <Fact name={t("alarm.division")}>
          <span className="mono">{alarm.division ?? "—"}</span>
        </Fact>
        <Fact name={t("alarm.bureau")}>{alarm.bureau ?? "—"}</Fact>
        <Fact name={t("alarm.position")}>
          <Position lon={alarm.lon} lat={alarm.lat} />
        </Fact>
        <Fact name={t("alarm.record")}>
          <span className="mono">
            {alarm.partition}:{alarm.offset}
          </span>
        </Fact>
      </dl>
    </section>
  );
}

function FilingText({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { filing } = alarm;
  if (filing === null) return t("alarm.unknownFiling");
  return (
    <>
      <b>{t(`filing.${filing.state}`)}</b> · {filing.authority}
      {filing.since !== null && ` · ${t("alarm.since", { date: filing.since })}`}
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
