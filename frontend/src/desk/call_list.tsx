import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import type { AlarmView } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { Copy } from "../parts/copy.tsx";
import { people, type Person } from "../registry/entries.ts";
import { mayCall } from "../registry/people.tsx";
import { said } from "./story.tsx";

/** Whom to call, in order. Names and numbers are shown when asked for, and the look is written down. On duress nobody is called. */
export function CallList({ me, alarm }: { me: Me; alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const able = mayCall(me) && alarm.site_known && alarm.class !== "duress" && alarm.state === "open";
  const told = useQuery({ queryKey: ["registry", "people", alarm.site, "", alarm.id], queryFn: () => people(alarm.site, ""), enabled: able && asked, retry: false, refetchOnWindowFocus: false });
  useKeys(able ? { o: () => setAsked(true) } : {});
  if (!able) return null;
  return (
    <section className="registry" data-part="people">
      <div className="head">
        <h2>{t("reg.people")}</h2>
        <span>{told.data === undefined ? "" : t("reg.shown")}</span>
      </div>
      {!asked && (
        <p>
          <button type="button" className="btn" onClick={() => setAsked(true)}>
            {t("reg.show")} <kbd>O</kbd>
          </button>
        </p>
      )}
      {asked && told.isPending && <p className="dim">{t("reg.loading")}</p>}
      {told.isError && <p className="fault">{t("reg.failed", { detail: said(told.error) })}</p>}
      {told.data?.people.length === 0 && <p className="dim">{t("reg.noPeople")}</p>}
      {told.data !== undefined && told.data.people.length > 0 && (
        <ol className="callees">
          {told.data.people.map((one, at) => (
            <Callee key={one.id} one={one} at={at} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Callee({ one, at }: { one: Person; at: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <li data-person={one.id}>
      <span className="dim">{at + 1}</span>
      <span>
        {one.erased === true ? t("reg.erased") : <b>{one.name}</b>} <span className="mono">{one.phone}</span>
        {one.when !== undefined && one.when !== "" && <span className="small dim"> {one.when}</span>}
      </span>
      {one.phone !== undefined && <Copy text={one.phone} />}
    </li>
  );
}
