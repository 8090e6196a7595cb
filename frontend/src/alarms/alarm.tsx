import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarm as fetchAlarm, Refusal, type AlarmWithEvents, type Me } from "../api.ts";
import { RegistryFacts, Signals } from "../desk/registry_facts.tsx";
import { said } from "../desk/story.tsx";
import { Tracks } from "../desk/tracks.tsx";
import { Why } from "../desk/why.tsx";
import { useLive } from "../feed/live.tsx";
import { Code, Priority, SiteName } from "../parts/pieces.tsx";
import { RecordTable } from "../parts/record_table.tsx";
import { Shell } from "../parts/shell.tsx";
import { pagesOf } from "../pages.ts";
import { inside } from "../route.ts";

/** One alarm and every event of it, each with its place in the record. */
export function AlarmPage({ me, id, onSignOut }: { me: Me; id: string; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  const read = useQuery({ queryKey: ["alarm", id, picture.alarms.get(id)?.offset ?? -1], queryFn: () => fetchAlarm(id) });
  const missing = read.error instanceof Refusal && read.error.problem.status === 404;
  return (
    <Shell me={me} page="alarms" layout="records" onSignOut={onSignOut}>
      <main className="pane" id="content">
        <p className="head">
          <a className="btn quiet" {...inside("/alarms")}>
            {t("records.back")}
          </a>
          {pagesOf(me.roles).includes("history") && (
            <a className="btn quiet" {...inside(`/history/${encodeURIComponent(id)}`)}>
              {t("alarm.history")}
            </a>
          )}
          {read.isPending && t("records.loading")}
        </p>
        {read.isError && <p className="fault">{missing ? t("records.missing") : said(read.error)}</p>}
        {read.data !== undefined && <Whole me={me} alarm={read.data} />}
      </main>
    </Shell>
  );
}

function Whole({ me, alarm }: { me: Me; alarm: AlarmWithEvents }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0}>
      <header className="title">
        <Priority level={alarm.priority} big />
        <div>
          <h1>
            <SiteName alarm={alarm} />
          </h1>
          <p className="kind">
            {t(`class.${alarm.class}`)} · <Code alarm={alarm} /> · {t("alarm.number")} <b>{alarm.number}</b> · {t(`alarmState.${alarm.state}`)}
          </p>
        </div>
      </header>
      <Tracks me={me} alarm={alarm} keys={false} pending={null} />
      <RegistryFacts me={me} alarm={alarm} />
      <Signals alarm={alarm} />
      <RecordTable me={me} title={t("records.events")} events={alarm.events} answers />
      <Why id={alarm.id} offset={alarm.offset} />
    </div>
  );
}
