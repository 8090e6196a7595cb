import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import type { InterruptionView } from "../generated/contracts.ts";
import { Heads } from "../parts/heads.tsx";
import { Shell } from "../parts/shell.tsx";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";
import { citation, interruptions, type FindingAsked } from "./calls.ts";
import { FactWords, FindingWord, LIST, SiteOf, Tabs } from "./pieces.tsx";

const STATES = ["all", "open", "restored"] as const;
const FINDINGS = ["", "settling", "covered", "lead", "notice"] as const;
const OVERSIGHT: ReadonlySet<string> = new Set(["inspector", "auditor", "enforcement_officer"]);
const AGAIN_MS = 4000;

/** For operators the facts, whether they are covered and restored; for a regulator the leads with their articles. */
export function InterruptionsPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const oversees = me.roles.some((role) => OVERSIGHT.has(role));
  const [state, setState] = useState<(typeof STATES)[number]>("all");
  const [kind, setKind] = useState<FindingAsked>(oversees ? "lead" : "");
  const pages = useInfiniteQuery({
    queryKey: ["interruptions", state, kind],
    queryFn: ({ pageParam }) => interruptions({ state, kind, after: pageParam }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: AGAIN_MS,
  });
  const found = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Shell me={me} page="interruptions" layout="records" onSignOut={onSignOut}>
      <main className="pane" id="content">
        <form className="filter" onSubmit={(event) => event.preventDefault()}>
          <h1>{t("interruption.title")}</h1>
          <Tabs at="list" />
          <label>
            {t("interruption.kind")}
            <select name="kind" value={kind} onChange={(event) => setKind(event.target.value as FindingAsked)}>
              {FINDINGS.map((word) => (
                <option key={word} value={word}>
                  {word === "" ? t("interruption.allKinds") : t(`finding.${word}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("interruption.state")}
            <select name="state" value={state} onChange={(event) => setState(event.target.value as (typeof STATES)[number])}>
              {STATES.map((word) => (
                <option key={word} value={word}>
                  {t(`interruption.${word}`)}
                </option>
              ))}
            </select>
          </label>
        </form>
        <p className="head" title={t("interruption.help")}>
          {t("interruption.lead")}
        </p>
        {pages.isError && <p className="fault">{t("interruption.failed", { detail: said(pages.error) })}</p>}
        <div className="scroll" tabIndex={0}>
          {found.length > 0 && <Table found={found} articles={oversees} />}
          {!pages.isPending && !pages.isError && found.length === 0 && (
            <div className="nothing">
              <h2>{t("interruption.none")}</h2>
              <p>{t("interruption.noneDo")}</p>
              {(kind !== "" || state !== "all") && (
                <button type="button" className="btn" onClick={() => (setKind(""), setState("all"))}>
                  {t("interruption.every")}
                </button>
              )}
            </div>
          )}
        </div>
        <p className="head">
          {pages.isPending ? t("interruption.loading") : t("interruption.count", { n: found.length })}
          <span className="push" />
          {pages.hasNextPage && (
            <button type="button" className="btn" onClick={() => void pages.fetchNextPage()}>
              {t("interruption.more")}
            </button>
          )}
        </p>
      </main>
    </Shell>
  );
}

/** As the list shows them; `articles`: for those who oversee. */
export function Table({ found, articles }: { found: readonly InterruptionView[]; articles: boolean }): ReactNode {
  const { t } = useTranslation();
  const heads = ["began", "number", "facts", "site", "siteClass", "finding", ...(articles ? (["articles"] as const) : []), "since"] as const;
  return (
    <table>
      <Heads words={heads.map((head) => t(`interruption.${head}`))} />
      <tbody>
        {found.map((one) => (
          <Row key={one.id} one={one} articles={articles} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one, articles }: { one: InterruptionView; articles: boolean }): ReactNode {
  const { t } = useTranslation();
  const restored = one.restored_at ?? null;
  return (
    <tr data-interruption={one.id} data-finding={one.judged?.finding ?? "settling"}>
      <td className="nowrap">{stamp(one.received_at)}</td>
      <td className="nowrap">
        <a {...inside(`${LIST}/${encodeURIComponent(one.id)}`)}>{one.number}</a>
      </td>
      <td>
        <FactWords facts={one.facts} />
      </td>
      <td>
        <SiteOf view={one} />
      </td>
      <td className="nowrap">{one.site_class == null ? "—" : t(`siteClass.${one.site_class}`)}</td>
      <td>
        <FindingWord view={one} />
      </td>
      {articles && <td className="mono">{one.judged?.candidates.map(citation).join(t("punct.list")) || "—"}</td>}
      <td className="nowrap">{restored === null ? t("interruption.goingOn") : stamp(restored)}</td>
    </tr>
  );
}
