import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me, RecordedEvent } from "../api.ts";
import { stamp } from "../time.ts";
import { answerWord, eventBy, eventDetail, eventWord } from "../words/events.ts";
import { useBureau } from "./bureau.tsx";
import { Heads } from "./heads.tsx";
import { usePerson } from "./pieces.tsx";

interface RecordTableProps {
  me: Me;
  title: string;
  events: readonly RecordedEvent[];
  answers?: boolean;
}

/** Every event, each with its place in the record; `answers`: what was answered to a command stands beside it. */
export function RecordTable({ me, title, events, answers = false }: RecordTableProps): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const bureau = useBureau();
  const heads = ["time", "type", "by", "detail", ...(answers ? (["answer"] as const) : []), "position"] as const;
  return (
    <section>
      <div className="head">
        <h2>{title}</h2>
        <b>{events.length}</b>
      </div>
      <table className="events">
        <Heads words={heads.map((head) => t(`records.${head}`))} />
        <tbody>
          {events.map((event, index) => (
            <tr key={index} data-type={event.type}>
              <td className="nowrap">{stamp(event.time)}</td>
              <td className="nowrap">
                <b>{eventWord(t, event.type)}</b>
              </td>
              <td>{eventBy(t, event, person)}</td>
              <td>{eventDetail(t, event, person, bureau)}</td>
              {answers && <td className="nowrap">{answerWord(t, event.answer)}</td>}
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
