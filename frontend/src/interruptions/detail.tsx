import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { exportOf, Refusal, type Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import type { FactView, WindowView } from "../generated/contracts.ts";
import { Export, useExport } from "../history/proof.tsx";
import { useKeys } from "../keys.ts";
import { pagesOf } from "../pages.ts";
import { Heads } from "../parts/heads.tsx";
import { RecordTable } from "../parts/record_table.tsx";
import { Shell } from "../parts/shell.tsx";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";
import { whichWord } from "../words/which.ts";
import { interruption, type InterruptionDetail } from "./calls.ts";
import { FactWords, FindingWord, JudgementFacts, LIST, PassedOverArticles, SiteOf, useLaw } from "./pieces.tsx";

const AGAIN_MS = 4000;

/** One interruption: its facts, what they are judged to be and why, and every event with its place in the record. */
export function InterruptionPage({ me, id, onSignOut }: { me: Me; id: string; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ["interruption", id], queryFn: () => interruption(id), refetchInterval: AGAIN_MS });
  const missing = read.error instanceof Refusal && read.error.problem.status === 404;
  return (
    <Shell me={me} page="interruptions" layout="records" onSignOut={onSignOut}>
      <main className="pane" id="content">
        <p className="head">
          <a className="btn quiet" {...inside(LIST)}>
            {t("interruption.back")}
          </a>
          {read.isPending && t("interruption.loading")}
        </p>
        {read.isError && <p className="fault">{missing ? t("interruption.missing") : t("interruption.failed", { detail: said(read.error) })}</p>}
        {read.data !== undefined && <Whole me={me} one={read.data} />}
      </main>
    </Shell>
  );
}

function Whole({ me, one }: { me: Me; one: InterruptionDetail }): ReactNode {
  const { t } = useTranslation();
  const packs = useLaw();
  const restored = one.restored_at ?? null;
  return (
    <div className="scroll" tabIndex={0}>
      <header className="title plain">
        <div>
          <h1>
            <SiteOf view={one} />
          </h1>
          <p className="kind">
            <FactWords facts={one.facts} /> · {t("interruption.number")} <b>{one.number}</b> · {one.site_class == null ? "—" : t(`siteClass.${one.site_class}`)} · <FindingWord view={one} /> ·{" "}
            {restored === null ? t("interruption.goingOn") : `${t("interruption.since")} ${stamp(restored)}`}
          </p>
        </div>
      </header>
      <section className="judged">
        <p className="dim">{t("interruption.lead")}</p>
        {one.judged != null && <JudgementFacts judged={one.judged} packs={packs} />}
        {one.passed_over.length > 0 && <PassedOverArticles view={one} packs={packs} />}
        {one.earlier.map((judged, index) => (
          <details key={index}>
            <summary>{t("interruption.earlier")}</summary>
            <JudgementFacts judged={judged} packs={packs} />
          </details>
        ))}
      </section>
      <Facts one={one} />
      <RecordTable me={me} title={t("interruption.history")} events={one.events} />
      {pagesOf(me.roles).includes("history") && <Exported id={one.id} />}
    </div>
  );
}

/** The record of it as a file, for those who may take the record away. */
function Exported({ id }: { id: string }): ReactNode {
  const { t } = useTranslation();
  const exporting = useExport(exportOf({ kind: "interruptions", id }));
  useKeys({ x: exporting.run });
  return <Export exporting={exporting} check={t("timeline.alarmCheck")} />;
}

function Facts({ one }: { one: InterruptionDetail }): ReactNode {
  const { t } = useTranslation();
  const heads = ["receivedAt", "facts", "code", "zone", "cover", "restoredAt", "alarm"] as const;
  return (
    <section>
      <div className="head">
        <h2>{t("interruption.facts")}</h2>
        <b>{one.fact_count}</b>
      </div>
      <table className="events">
        <Heads words={heads.map((head) => t(`interruption.${head}`))} />
        <tbody>
          {one.facts.map((fact, index) => (
            <FactRow key={index} fact={fact} windows={one.windows} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FactRow({ fact, windows }: { fact: FactView; windows: readonly WindowView[] }): ReactNode {
  const { t } = useTranslation();
  const restored = fact.restored_at ?? null;
  return (
    <tr data-fact={fact.fact}>
      <td className="nowrap">{stamp(fact.received_at)}</td>
      <td className="nowrap">{t(`fact.${fact.fact}`)}</td>
      <td className="mono">{fact.fact === "silence" ? "—" : fact.code}</td>
      <td>{fact.fact === "silence" ? <span className="mono">{fact.zone}</span> : fact.zone === "" ? "—" : whichWord(t, fact)}</td>
      <td>
        {fact.covered_by == null ? t("interruption.uncovered") : <WindowName id={fact.covered_by} windows={windows} />}
        {fact.afterwards.length > 0 && <p className="dim">{t("interruption.afterwards")}</p>}
      </td>
      <td className="nowrap">{fact.momentary ? t("interruption.momentary") : restored === null ? t("interruption.goingOn") : stamp(restored)}</td>
      <td>{fact.alarm == null ? "—" : <a {...inside(`/alarms/${encodeURIComponent(fact.alarm)}`)}>{t("interruption.alarm")}</a>}</td>
    </tr>
  );
}

function WindowName({ id, windows }: { id: string; windows: readonly WindowView[] }): ReactNode {
  const { t } = useTranslation();
  const found = windows.find((one) => one.id === id);
  const name = found === undefined ? id.slice(0, 8) : found.reference || `${t(`windowKind.${found.kind}`)} ${stamp(found.decided_at)}`;
  return <>{t("interruption.covered", { reference: name })}</>;
}
