import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { providers, Refusal, type Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import type { SiteClass } from "../generated/contracts.ts";
import { useBureau } from "../parts/bureau.tsx";
import { Ghosts, usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { go, inside } from "../route.ts";
import { stamp } from "../time.ts";
import { BureauEntry, NewBureau } from "./bureau.tsx";
import { entry, history, KINDS, list, type Bureau, type Kind, type Listed, type Provider, type Site, type Step } from "./entries.ts";
import { NewProvider, ProviderEntry } from "./provider.tsx";
import { NewSite, SiteEntry } from "./site.tsx";

const NEW = "new";
const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;

/** /registry/KIND, /registry/KIND/ID, /registry/KIND/new. */
export function RegistryPage({ me, path, onSignOut }: { me: Me; path: string; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [, , word, name] = path.split("/");
  const kind: Kind = KINDS.find((one) => one === word) ?? "sites";
  const id = name === undefined || name === "" ? null : decodeURIComponent(name);
  const [at, setAt] = useState("");
  return (
    <Shell me={me} page="registry" layout="register" onSignOut={onSignOut} bands={at !== "" && <PastBand at={at} now={() => setAt("")} />}>
      <section className="pane list" aria-label={t(`reg.kind.${kind}`)}>
        <nav className="choice kinds" aria-label={t("page.registry")}>
          {KINDS.map((one) => (
            <a key={one} className="btn quiet" aria-current={one === kind ? "page" : undefined} {...inside(`/registry/${one}`)}>
              {t(`reg.kind.${one}`)}
            </a>
          ))}
        </nav>
        <List key={kind} me={me} kind={kind} chosen={id} at={at} setAt={setAt} />
      </section>
      <main className="pane one" id="content">
        {id === null ? <p className="nothing">{t("reg.choose")}</p> : id === NEW ? <New kind={kind} me={me} /> : <One key={`${kind}/${id}`} me={me} kind={kind} id={id} at={at} />}
      </main>
    </Shell>
  );
}

function PastBand({ at, now }: { at: string; now: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="band calm" role="status" data-past>
      <b>{t("reg.past", { time: stamp(Number(at)) })}</b>
      <span className="push" />
      <button type="button" className="btn" onClick={now}>
        {t("reg.now")}
      </button>
    </div>
  );
}

interface ListProps {
  me: Me;
  kind: Kind;
  chosen: string | null;
  at: string;
  setAt: (at: string) => void;
}

function List({ me, kind, chosen, at, setAt }: ListProps): ReactNode {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const pages = useInfiniteQuery({
    queryKey: ["registry", kind, words, at],
    queryFn: ({ pageParam }) => list(kind, { q: words, at, after: pageParam }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    retry: false,
  });
  const all = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const found = kind === "bureaus" ? all.filter((one) => one.name.includes(words) || one.id.startsWith(words)) : all;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    setWords(String(new FormData(event.currentTarget).get("q")).trim());
  };
  return (
    <>
      <form className="filter" onSubmit={submit} role="search">
        <label className="grow">
          <span className="small dim">{t(`reg.find.${kind}`)}</span>
          <input name="q" autoComplete="off" defaultValue={words} />
        </label>
        <button type="submit" className="btn">
          {t("reg.search")}
        </button>
        <AsOf at={at} setAt={setAt} />
      </form>
      {mayRegister(me, kind) && at === "" && (
        <p className="newone">
          <a className="btn" {...inside(`/registry/${kind}/${NEW}`)}>
            {t(`reg.new.${kind}`)}
          </a>
        </p>
      )}
      {pages.isError && <p className="fault">{t("reg.failed", { detail: said(pages.error) })}</p>}
      {pages.isPending ? <Ghosts /> : found.length > 0 && <Rows kind={kind} found={found} chosen={chosen} />}
      {!pages.isPending && !pages.isError && found.length === 0 && <p className="nothing">{words === "" && at === "" ? t("reg.empty") : t("reg.none")}</p>}
      {pages.hasNextPage && (
        <p className="newone">
          <button type="button" className="btn" onClick={() => void pages.fetchNextPage()}>
            {t("reg.more")}
          </button>
        </p>
      )}
    </>
  );
}

/** New providers and bureaus are nobody's own: only who belongs to no provider registers them. */
function mayRegister(me: Me, kind: Kind): boolean {
  return me.roles.includes("registrar") && (kind === "sites" || me.provider === null);
}

function AsOf({ at, setAt }: { at: string; setAt: (at: string) => void }): ReactNode {
  const { t } = useTranslation();
  const pick = (value: string): void => {
    const ms = Date.parse(`${value}Z`);
    if (!Number.isNaN(ms)) setAt(String((ms - SHANGHAI_MS) * 1000));
  };
  const shown = at === "" ? "" : new Date(Number(at) / 1000 + SHANGHAI_MS).toISOString().slice(0, 19);
  return (
    <label className="asof">
      <span className="small dim">{t("reg.at")}</span>
      <input type="datetime-local" step={1} value={shown} max={new Date(Date.now() + DAY_MS).toISOString().slice(0, 19)} onChange={(event) => (event.target.value === "" ? setAt("") : pick(event.target.value))} />
    </label>
  );
}

function Rows({ kind, found, chosen }: { kind: Kind; found: readonly Listed[]; chosen: string | null }): ReactNode {
  return (
    <ol className="rows" tabIndex={0}>
      {found.map((one) => (
        <li key={one.id} className="row" aria-current={one.id === chosen} data-entry={one.id}>
          <a className="name" {...inside(`/registry/${kind}/${encodeURIComponent(one.id)}`)}>
            {one.name}
          </a>
          <Second one={one} />
        </li>
      ))}
    </ol>
  );
}

function Second({ one }: { one: Listed }): ReactNode {
  const { t } = useTranslation();
  if (one.filings !== undefined) return <p className="what">{one.filings.map((filing) => `${filing.authority} ${t(`filing.${filing.state}`)}`).join(" · ")}</p>;
  if (one.divisions !== undefined)
    return (
      <p className="what mono">
        {one.id} · {one.divisions.join(" ")}
      </p>
    );
  return (
    <p className="what">
      {one.provider_name} <span className="mono">{(one.lines ?? []).map((line) => line.account).join(" ")}</span>
    </p>
  );
}

function New({ kind, me }: { kind: Kind; me: Me }): ReactNode {
  const done = (saved: { id: string }): void => go(`/registry/${kind}/${encodeURIComponent(saved.id)}`, { replace: true });
  const cancel = (): void => go(`/registry/${kind}`);
  if (kind === "providers") return <NewProvider done={done} cancel={cancel} />;
  if (kind === "bureaus") return <NewBureau done={done} cancel={cancel} />;
  return <NewSite me={me} done={done} cancel={cancel} />;
}

function One({ me, kind, id, at }: { me: Me; kind: Kind; id: string; at: string }): ReactNode {
  const { t } = useTranslation();
  const one = useQuery({ queryKey: ["registry", kind, "one", id, at], queryFn: () => entry<Provider | Site | Bureau>(kind, id, at), retry: false });
  if (one.isError) return <p className="nothing">{one.error instanceof Refusal && one.error.problem.status === 404 ? t("reg.missing") : t("reg.failed", { detail: said(one.error) })}</p>;
  if (one.data === undefined) return <Ghosts />;
  return (
    <div className="scroll entries" tabIndex={0} data-version={one.data.version}>
      {kind === "providers" && <ProviderEntry me={me} provider={one.data as Provider} past={at !== ""} />}
      {kind === "sites" && <SiteEntry me={me} site={one.data as Site} at={at} />}
      {kind === "bureaus" && <BureauEntry me={me} bureau={one.data as Bureau} past={at !== ""} />}
      <History me={me} kind={kind} id={id} />
    </div>
  );
}

function History({ me, kind, id }: { me: Me; kind: Kind; id: string }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const told = useQuery({ queryKey: ["registry", kind, "history", id], queryFn: () => history(kind, id), retry: false });
  return (
    <section className="registry" data-part="history">
      <div className="head">
        <h2>{t("reg.history")}</h2>
      </div>
      {told.isError && <p className="fault">{t("reg.failed", { detail: said(told.error) })}</p>}
      {told.data?.length === 0 && <p className="dim">{t("reg.noHistory")}</p>}
      <table>
        <tbody>
          {told.data?.map((step) => (
            <tr key={step.version}>
              <td className="nowrap">{stamp(step.at_us)}</td>
              <td className="nowrap">{person(step.by)}</td>
              <td className="nowrap"><Happened type={step.type} /></td>
              <td>
                <Changes step={step} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** "site.line_assigned.v1" in words. */
function Happened({ type }: { type: string }): ReactNode {
  const { t, i18n } = useTranslation();
  const [of, what] = type.split(".");
  const key = `reg.event.${of}_${what}` as "reg.event.bureau_set";
  return <>{i18n.exists(key) ? t(key) : type}</>;
}

/** Ids of classes, providers and bureaus in words; everything else is data. */
function useInWords(): (field: string, value: string) => string {
  const { t } = useTranslation();
  const named = useQuery({ queryKey: ["registry", "providers", "choice"], queryFn: providers }).data ?? [];
  const bureau = useBureau();
  return (field, value) => {
    if (field === "site_class") return t(`siteClass.${value as SiteClass}`, { defaultValue: value });
    if (field === "bureau") return bureau(value);
    return field === "provider" ? (named.find((one) => one.id === value)?.name ?? value) : value;
  };
}

function Changes({ step }: { step: Step }): ReactNode {
  const inWords = useInWords();
  return (
    <ul>
      {step.changes.map(({ field, before, after }) => (
        <li key={field}>
          <span className="dim">
            <FieldName field={field} />
          </span>{" "}
          {before === "" ? "" : `${inWords(field, before)} → `}
          <b>{after === "" ? "—" : inWords(field, after)}</b>
        </li>
      ))}
    </ul>
  );
}

/** "filing:AUTHORITY" in words; what follows the colon is data. */
function FieldName({ field }: { field: string }): ReactNode {
  const { t } = useTranslation();
  const [name = "", ...of] = field.split(":");
  const word: string = t(`reg.fields.${name as "division"}`, { defaultValue: name });
  return <>{`${word} ${of.join(":")}`}</>;
}
