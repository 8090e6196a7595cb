import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarm as fetchAlarm, Refusal, type AlarmWithEvents, type Me, type RecordedEvent } from "../api.ts";
import { RegistryFacts, Signals } from "../desk/registry_facts.tsx";
import { said } from "../desk/story.tsx";
import { Tracks } from "../desk/tracks.tsx";
import { Why } from "../desk/why.tsx";
import { useLive } from "../feed/live.tsx";
import { Code, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { pagesOf } from "../pages.ts";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";
import { answerWord, eventBy, eventDetail, eventWord } from "../words/events.ts";

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
      <RegistryFacts alarm={alarm} />
      <Signals alarm={alarm} />
      <Events me={me} events={alarm.events} />
      <Why id={alarm.id} offset={alarm.offset} />
    </div>
  );
}

function Events({ me, events }: { me: Me; events: readonly RecordedEvent[] }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const heads = ["time", "type", "by", "detail", "answer", "position"] as const;
  return (
    <section>
      <div className="head">
        <h2>{t("records.events")}</h2>
        <b>{events.length}</b>
      </div>
      <table className="events">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {t(`records.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event, index) => (
            <tr key={index} data-type={event.type}>
              <td className="nowrap">{stamp(event.time)}</td>
              <td className="nowrap">
                <b>{eventWord(t, event.type)}</b>
              </td>
              <td>{eventBy(t, event, person)}</td>
              <td>{eventDetail(t, event, person)}</td>
              <td className="nowrap">{answerWord(t, event.answer)}</td>
              <td className="mono nowrap">
                {event.partition}·{event.offset}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
