import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { Table as Interruptions } from "../interruptions/list.tsx";
import { Bureau } from "../parts/bureau.tsx";
import { Fact } from "../parts/pieces.tsx";
import { inside } from "../route.ts";
import { alarmsOf, interruptionsOf, site as fetchSite, steps as fetchSteps } from "./api.ts";
import { Alarms, Part, Steps } from "./parts.tsx";

/** A site: how it is registered, every alarm and interruption of it, every change of its entry. */
export function SiteEntry({ me, id }: { me: Me; id: string }): ReactNode {
  const { t } = useTranslation();
  const entry = useQuery({ queryKey: ["regulator site", id], queryFn: () => fetchSite(id), retry: false });
  const alarms = useQuery({ queryKey: ["regulator site alarms", id], queryFn: () => alarmsOf("site", id) });
  const broken = useQuery({ queryKey: ["regulator site interruptions", id], queryFn: () => interruptionsOf(id) });
  const changes = useQuery({ queryKey: ["regulator site steps", id], queryFn: () => fetchSteps("sites", id), retry: false });
  const site = entry.data;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("regulator.site")}>
      <Part title={site?.name ?? t("regulator.site")} count={site === undefined ? undefined : 1} error={entry.error} empty="" entry>
        {site !== undefined && (
          <dl className="table">
            <Fact name={t("regulator.fields.provider")}>
              <a {...inside(`/regulator/providers/${encodeURIComponent(site.provider)}`)}>{site.provider_name || site.provider}</a>
            </Fact>
            <Fact name={t("regulator.fields.site_class")}>{t(`siteClass.${site.site_class}`)}</Fact>
            <Fact name={t("regulator.fields.line")}>
              <span className="mono">{site.lines.map((line) => `${line.account_space}/${line.account}`).join(" ") || "—"}</span>
            </Fact>
            <Fact name={t("regulator.fields.division")}>
              <span className="mono">{site.division}</span>
            </Fact>
            <Fact name={t("regulator.fields.bureau")}>
              <Bureau code={site.bureau} />
            </Fact>
          </dl>
        )}
      </Part>
      <Part title={t("regulator.alarms")} count={alarms.data?.length} error={alarms.error} empty={t("regulator.noAlarmsHere")}>
        <Alarms found={alarms.data ?? []} />
      </Part>
      <Part title={t("regulator.interruptions")} count={broken.data?.length} error={broken.error} empty={t("interruption.none")}>
        <Interruptions found={broken.data ?? []} articles />
      </Part>
      <Part title={t("regulator.changes")} count={changes.data?.length} error={changes.error} empty={t("regulator.noChanges")}>
        <Steps me={me} steps={changes.data ?? []} />
      </Part>
    </div>
  );
}
