import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { said } from "../desk/story.tsx";
import type { AlarmView } from "../generated/contracts.ts";
import { FactWords, LIST } from "../interruptions/pieces.tsx";
import { interruptionsOf } from "../regulator/api.ts";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";

/** What had fallen silent or was cut off at the alarm's site by that instant: facts alone, as they were known then. */
export function Interrupted({ alarm, at }: { alarm: AlarmView; at: number }): ReactNode {
  const { t } = useTranslation();
  const told = useQuery({ queryKey: ["history", "interruptions", alarm.site, at], queryFn: () => interruptionsOf(alarm.site, at), placeholderData: keepPreviousData });
  const known = told.data ?? [];
  return (
    <section data-part="interruptions">
      <div className="head">
        <h2>{t("history.interruptions")}</h2>
        <b>{told.data === undefined ? "" : known.length}</b>
      </div>
      {told.isError && <p className="fault">{said(told.error)}</p>}
      <ol className="kv">
        {known.map((one) => (
          <li key={one.id} data-interruption={one.id}>
            <a {...inside(`${LIST}/${encodeURIComponent(one.id)}`)}>{one.number}</a> <FactWords facts={one.facts} />
            <br />
            <span className="small dim">
              {stamp(one.received_at)} · {one.restored_at === null ? t("interruption.goingOn") : `${t("interruption.restored")} ${stamp(one.restored_at)}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
