import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { alarmsOf, provider as fetchProvider, sitesOf, steps as fetchSteps } from "./api.ts";
import { Alarms, filingWords, Part, Steps } from "./parts.tsx";
import { Sites } from "./search.tsx";

/** A provider: its filings now and over time, its sites, the alarms of its sites. Facts of the register, no judgement. */
export function ProviderEntry({ me, id }: { me: Me; id: string }): ReactNode {
  const { t } = useTranslation();
  const entry = useQuery({ queryKey: ["regulator provider", id], queryFn: () => fetchProvider(id), retry: false });
  const sites = useQuery({ queryKey: ["regulator provider sites", id], queryFn: () => sitesOf(id) });
  const alarms = useQuery({ queryKey: ["regulator provider alarms", id], queryFn: () => alarmsOf("provider", id) });
  const changes = useQuery({ queryKey: ["regulator provider steps", id], queryFn: () => fetchSteps("providers", id), retry: false });
  const filings = entry.data?.filings ?? [];
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("regulator.provider")}>
      <Part title={entry.data?.name ?? t("regulator.provider")} count={entry.data === undefined ? undefined : filings.length} error={entry.error} empty={t("filing.none")} entry>
        <ul className="proof">
          {filings.map((one) => (
            <li key={one.authority}>
              <span />
              <span>{filingWords(t, one)}</span>
            </li>
          ))}
        </ul>
      </Part>
      <Part title={t("regulator.filingsThen")} count={changes.data?.length} error={changes.error} empty={t("regulator.noChanges")}>
        <Steps me={me} steps={changes.data ?? []} />
      </Part>
      <Part title={t("regulator.sites")} count={sites.data?.length} error={sites.error} empty={t("regulator.noSitesHere")}>
        <Sites found={sites.data ?? []} />
      </Part>
      <Part title={t("regulator.alarms")} count={alarms.data?.length} error={alarms.error} empty={t("regulator.noAlarmsHere")}>
        <Alarms found={alarms.data ?? []} />
      </Part>
    </div>
  );
}
