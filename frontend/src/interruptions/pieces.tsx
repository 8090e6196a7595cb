// What the interruption pages share: a finding, the facts in words, an article with its words.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Candidate, FactView, InterruptionView, Judgement } from "../generated/contracts.ts";
import { inside } from "../route.ts";
import { hms } from "../time.ts";
import { language } from "../words/i18n.ts";
import { citation, clauseOf, law, type InterruptionDetail, type Pack } from "./calls.ts";

export const LIST = "/interruptions";
export const WINDOWS = "/interruptions/windows";

/** The packs with the words of their clauses: they change with a new version of the product only. */
export function useLaw(): readonly Pack[] {
  return useQuery({ queryKey: ["law"], queryFn: law, staleTime: Infinity }).data ?? [];
}

/** The two lists of these pages. */
export function Tabs({ at }: { at: "list" | "windows" }): ReactNode {
  const { t } = useTranslation();
  return (
    <nav className="pages" aria-label={t("interruption.title")}>
      <a className="btn quiet" aria-current={at === "list" ? "page" : undefined} {...inside(LIST)}>
        {t("interruption.list")}
      </a>
      <a className="btn quiet" aria-current={at === "windows" ? "page" : undefined} {...inside(WINDOWS)}>
        {t("interruption.windows")}
      </a>
    </nav>
  );
}

/** Each class once, in the order of its first fact, with how many. */
export function FactWords({ facts }: { facts: readonly FactView[] }): ReactNode {
  const { t } = useTranslation();
  const classes = [...new Set(facts.map((one) => one.fact))];
  return <>{classes.map((fact) => `${t(`fact.${fact}`)}${count(facts, fact)}`).join(t("punct.list"))}</>;
}

function count(facts: readonly FactView[], fact: string): string {
  const many = facts.filter((one) => one.fact === fact).length;
  return many > 1 ? ` ×${many}` : "";
}

export function SiteOf({ view }: { view: Pick<InterruptionView, "site_name" | "site"> }): ReactNode {
  const { t } = useTranslation();
  return <>{view.site_name === "" ? t("interruption.unknownSite") : view.site_name}</>;
}

/** What it is judged to be, or when it will be. */
export function FindingWord({ view }: { view: Pick<InterruptionView, "judged" | "settles_at"> }): ReactNode {
  const { t } = useTranslation();
  const judged = view.judged ?? null;
  if (judged === null) {
    return (
      <>
        {t("finding.settling")} <span className="dim">{t("interruption.settlesAt", { time: hms(view.settles_at) })}</span>
      </>
    );
  }
  return <b>{t(`finding.${judged.finding}`)}</b>;
}

/** An article that may apply, with what it was chosen by. */
export function Article({ one, packs }: { one: Candidate; packs: readonly Pack[] }): ReactNode {
  const { t } = useTranslation();
  const by = t("interruption.by", { facts: one.facts.map((fact) => t(`fact.${fact}`)).join(t("punct.list")), siteClass: t(`siteClass.${one.site_class}`) });
  return (
    <li data-article={citation(one)}>
      <ClauseWords one={one} packs={packs} /> <span className="dim">{by}</span>
    </li>
  );
}

/** The articles that were looked at and do not apply: they cover sites of other classes. */
export function PassedOverArticles({ view, packs }: { view: Pick<InterruptionDetail, "passed_over" | "site_class">; packs: readonly Pack[] }): ReactNode {
  const { t } = useTranslation();
  const here = view.site_class == null ? "—" : t(`siteClass.${view.site_class}`);
  return (
    <ul>
      {view.passed_over.map((one) => (
        <li key={citation(one)} data-passed-over={citation(one)}>
          <ClauseWords one={one} packs={packs} /> <span className="dim">{t("interruption.passedOver", { classes: one.classes.map((word) => t(`siteClass.${word}`)).join(t("punct.list")), here })}</span>
        </li>
      ))}
    </ul>
  );
}

/** A clause by its citation, and its words; a description is called one. */
function ClauseWords({ one, packs }: { one: Pick<Candidate, "pack" | "article" | "clause">; packs: readonly Pack[] }): ReactNode {
  const { t } = useTranslation();
  const found = clauseOf(packs, one);
  const words = found === null ? "" : language() === "en" ? found.clause.en : found.clause.zh;
  const described = found !== null && (language() === "en" || !found.clause.quoted);
  return (
    <>
      <b className="mono">{citation(one)}</b> {words} {described && <span className="dim">({t("interruption.described")})</span>}
    </>
  );
}

/** What the machine makes of the facts, why, and which rules it asked. */
export function JudgementFacts({ judged, packs }: { judged: Judgement; packs: readonly Pack[] }): ReactNode {
  const { t } = useTranslation();
  const asked = judged.packs.map((ref) => packs.find((pack) => pack.id === ref.id)).filter((pack) => pack !== undefined);
  const missing = [...new Set(asked.flatMap((pack) => pack.not_loaded))];
  return (
    <div className="said">
      <p>
        <b>{t(`finding.${judged.finding}`)}</b> · {t(`findingWhy.${judged.why}`)}
        {judged.finding !== "covered" && judged.windows.length > 0 && <> · {t("interruption.outlasts")}</>}
      </p>
      {judged.candidates.length > 0 && (
        <ul>
          {judged.candidates.map((one) => (
            <Article key={citation(one)} one={one} packs={packs} />
          ))}
        </ul>
      )}
      {judged.packs.length > 0 && (
        <p className="dim small">
          {t("interruption.packs")}
          {t("punct.colon")}
          {judged.packs.map((ref) => `${ref.id} (${t("interruption.version", { n: ref.version })}, ${ref.digest})`).join(t("punct.list"))}
          {missing.length > 0 && ` · ${t("interruption.notLoaded")}${t("punct.colon")}${missing.join(t("punct.list"))}`}
        </p>
      )}
    </div>
  );
}
