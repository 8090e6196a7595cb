import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useActing } from "../desk/acting.ts";
import { said } from "../desk/story.tsx";
import { useLive } from "../feed/live.tsx";
import type { WindowView } from "../generated/contracts.ts";
import { ActBand, ActLine } from "../parts/bands.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { stamp } from "../time.ts";
import { windows, type Work } from "./calls.ts";
import { SiteOf, Tabs } from "./pieces.tsx";
import { WindowForm } from "./window_form.tsx";

const AGAIN_MS = 4000;
const MAY_ENTER: ReadonlySet<string> = new Set(["shift_supervisor", "engineer"]);

/** Work that is said beforehand: the list, and for those who may the form. */
export function WindowsPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const acting = useActing();
  const person = usePerson(me);
  const [entering, setEntering] = useState(false);
  const queries = useQueryClient();
  const mayEnter = me.roles.some((role) => MAY_ENTER.has(role));
  const pages = useInfiniteQuery({
    queryKey: ["windows"],
    queryFn: ({ pageParam }) => windows(pageParam),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: AGAIN_MS,
  });
  const found = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const enter = async (site: string, work: Work): Promise<void> => {
    const path = `/api/sites/${encodeURIComponent(site)}/maintenance-windows`;
    if (await acting.send({ name: "openWindow", subject: site, path, body: work, base: null })) setEntering(false);
    await queries.invalidateQueries({ queryKey: ["windows"] });
  };
  const end = async (window: string): Promise<void> => {
    await acting.send({ name: "endWindow", subject: window, path: `/api/maintenance-windows/${encodeURIComponent(window)}/end`, body: {}, base: null });
    await queries.invalidateQueries({ queryKey: ["windows"] });
  };
  return (
    <Shell me={me} page="interruptions" layout="records" onSignOut={onSignOut} bands={<ActBand acting={acting} person={person} />}>
      <main className="pane" id="content">
        <form className="filter" onSubmit={(event) => event.preventDefault()}>
          <h1>{t("window.title")}</h1>
          <Tabs at="windows" />
          {mayEnter && !entering && (
            <button type="button" className="btn" onClick={() => setEntering(true)}>
              {t("window.open")}
            </button>
          )}
          <ActLine acting={acting} />
        </form>
        <p className="head">{t("window.lead")}</p>
        {entering && <WindowForm pending={acting.pending} cancel={() => setEntering(false)} send={({ site, work }) => void enter(site, work)} />}
        {pages.isError && <p className="fault">{t("interruption.failed", { detail: said(pages.error) })}</p>}
        <div className="scroll" tabIndex={0}>
          {found.length > 0 && <Table me={me} found={found} end={mayEnter ? (id) => void end(id) : null} />}
          {!pages.isPending && !pages.isError && found.length === 0 && (
            <div className="nothing">
              <h2>{t("window.none")}</h2>
              <p>{t("window.noneDo")}</p>
            </div>
          )}
        </div>
        {pages.hasNextPage && (
          <p className="head">
            <button type="button" className="btn" onClick={() => void pages.fetchNextPage()}>
              {t("interruption.more")}
            </button>
          </p>
        )}
      </main>
    </Shell>
  );
}

interface TableProps {
  me: Me;
  found: readonly WindowView[];
  end: ((window: string) => void) | null;
}

function Table({ me, found, end }: TableProps): ReactNode {
  const { t } = useTranslation();
  const heads = [t("interruption.site"), t("window.kind"), t("window.from"), t("window.until"), t("window.facts"), t("window.reference"), t("window.decided"), t("window.by"), t("interruption.state")];
  return (
    <table>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {found.map((one) => (
          <Row key={one.id} me={me} one={one} end={end} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ me, one, end }: { me: Me; one: WindowView; end: TableProps["end"] }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const { now } = useLive();
  const over = one.ended_at != null || one.until_us <= now;
  return (
    <tr data-window={one.id}>
      <td>
        <SiteOf view={one} />
      </td>
      <td className="nowrap">{t(`windowKind.${one.kind}`)}</td>
      <td className="nowrap">{stamp(one.from_us)}</td>
      <td className="nowrap">{stamp(one.until_us)}</td>
      <td>{one.facts.length === 0 ? t("window.allFacts") : one.facts.map((fact) => t(`fact.${fact}`)).join(t("punct.list"))}</td>
      <td>
        {[one.reference, one.opinion, one.plan].filter((word) => word !== "").join(t("punct.list")) || "—"}
        {one.note !== "" && <p className="dim">{one.note}</p>}
      </td>
      <td className="nowrap">
        {stamp(one.decided_at)} {one.afterwards.length > 0 && <b>{t("window.late")}</b>}
      </td>
      <td>{person(one.by)}</td>
      <td className="nowrap">
        {one.ended_at != null ? `${stamp(one.ended_at)} ${t("window.ended", { who: person(one.ended_by ?? null) })}` : t(`window.${over ? "over" : one.from_us > now ? "later" : "active"}`)}{" "}
        {!over && end !== null && (
          <button type="button" className="btn" onClick={() => end(one.id)}>
            {t("window.end")}
          </button>
        )}
      </td>
    </tr>
  );
}
