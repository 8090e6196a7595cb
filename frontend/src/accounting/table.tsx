import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { inside } from "../route.ts";
import { hms } from "../time.ts";
import type { Counts, Told, Total } from "./api.ts";
import { pathOf, type Place } from "./place.ts";

const COLUMNS = ["received", "recorded", "refused", "under_way", "missing"] as const;
const OUTCOMES = ["surfaced", "logged", "suppressed", "retransmit"] as const;
const WORDS: Readonly<Record<(typeof COLUMNS)[number], "received" | "recorded" | "refused" | "underWay" | "lost">> = {
  received: "received",
  recorded: "recorded",
  refused: "refused",
  under_way: "underWay",
  missing: "lost",
};

/** Days, lines or minutes with their counts; each leads one level down. A row in which something is missing is marked. */
export function Table({ place, told }: { place: Place; told: Told }): ReactNode {
  const { t } = useTranslation();
  if (told.items.length === 0) return null;
  const lines = place.day !== null && (place.line === null && (place.minute !== null || place.by === "lines"));
  const head = place.day === null ? "day" : lines ? "line" : "minute";
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t(`accounting.${head}`)}</th>
          {COLUMNS.map((one) => (
            <th key={one} scope="col" className="count">
              {t(`accounting.${WORDS[one]}`)}
            </th>
          ))}
          {OUTCOMES.map((one) => (
            <th key={one} scope="col" className="count wide">
              {t(`outcome.${one}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {told.items.map((one) => (
          <Row key={one.key} one={one} place={place} kind={head} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one, place, kind }: { one: Total; place: Place; kind: "day" | "line" | "minute" }): ReactNode {
  return (
    <tr data-key={one.key} data-missing={one.counts.missing}>
      <td className="nowrap">
        <Name one={one} place={place} kind={kind} />
      </td>
      {COLUMNS.map((column) => (
        <Count key={column} counts={one.counts} column={column} />
      ))}
      {OUTCOMES.map((column) => (
        <td key={column} className="count wide">
          {one.counts[column]}
        </td>
      ))}
    </tr>
  );
}

/** A zero is shown, so that its absence would mean something. */
function Count({ counts, column }: { counts: Counts; column: (typeof COLUMNS)[number] }): ReactNode {
  const loud = column === "missing" && counts.missing > 0;
  return <td className={loud ? "count loudly" : "count"}>{loud ? <b>{counts.missing}</b> : counts[column]}</td>;
}

function Name({ one, place, kind }: { one: Total; place: Place; kind: "day" | "line" | "minute" }): ReactNode {
  const { t } = useTranslation();
  if (kind === "day") return <a {...inside(pathOf({ ...place, day: one.key, by: "lines" }))}>{one.key}</a>;
  if (kind === "minute") return <a {...inside(pathOf({ ...place, minute: one.key }))}>{hms(Number(one.key)).slice(0, 5)}</a>;
  return (
    <>
      <a {...inside(pathOf({ ...place, line: one.key }))}>
        <span className="mono">{one.key === "" ? t("accounting.noLine") : one.key}</span>
      </a>{" "}
      <span className="small dim">{one.site_name}</span>
    </>
  );
}
