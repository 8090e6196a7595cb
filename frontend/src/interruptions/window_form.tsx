import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { sites } from "../api.ts";
import { Cancel, leave, Submit, type Sending } from "../desk/form_parts.tsx";
import { said } from "../desk/story.tsx";
import { useLive } from "../feed/live.tsx";
import { FactClassWords, WindowKindWords, type FactClass, type WindowKind } from "../generated/contracts.ts";
import { fromTyped, typed, type Work } from "./calls.ts";

const HOURS_US = 3_600_000_000;

/** Say work beforehand: where, from when until when, on what document. */
export function WindowForm({ send, cancel, pending }: Sending<{ site: string; work: Work }>): ReactNode {
  const { t } = useTranslation();
  const { now } = useLive();
  const [begins] = useState(now === 0 ? Date.now() * 1000 : now);
  const [site, setSite] = useState<string | null>(null);
  const [kind, setKind] = useState<WindowKind>("maintenance");
  const [complete, setComplete] = useState(true);
  const able = site !== null && complete && !pending;
  const look = (event: FormEvent<HTMLFormElement>): void => setComplete(event.currentTarget.checkValidity());
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (able && site !== null) send({ site, work: workOf(new FormData(event.currentTarget), kind) });
  };
  return (
    <form className="form adopt" onSubmit={submit} onInput={look} onKeyDown={leave(cancel)} noValidate aria-label={t("window.open")}>
      <SiteChoice chosen={site} choose={setSite} />
      <div className="evidence">
        <label>
          {t("window.kind")}
          <select name="kind" value={kind} onChange={(event) => setKind(event.target.value as WindowKind)}>
            {WindowKindWords.map((word) => (
              <option key={word} value={word}>
                {t(`windowKind.${word}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("window.from")}
          <input type="datetime-local" name="from" required defaultValue={typed(begins)} />
        </label>
        <label>
          {t("window.until")}
          <input type="datetime-local" name="until" required defaultValue={typed(begins + 4 * HOURS_US)} />
        </label>
      </div>
      <fieldset className="choice">
        <legend>
          {t("window.facts")} <span className="dim">({t("window.allFacts")})</span>
        </legend>
        {FactClassWords.map((fact) => (
          <label key={fact}>
            <input type="checkbox" name="fact" value={fact} /> {t(`fact.${fact}`)}
          </label>
        ))}
      </fieldset>
      {kind === "municipal_works" && <p className="dim">{t("window.municipal")}</p>}
      <div className="evidence">
        <Line name="reference" required={kind === "municipal_works"} />
        {kind === "municipal_works" && <Line name="opinion" required />}
        {kind === "municipal_works" && <Line name="plan" required />}
        <label className="grow">
          {t("window.note")}
          <input name="note" autoComplete="off" maxLength={4000} />
        </label>
      </div>
      <div className="buttons">
        <Submit able={able} why={t("window.fill")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function Line({ name, required = false }: { name: "reference" | "opinion" | "plan"; required?: boolean }): ReactNode {
  const { t } = useTranslation();
  return (
    <label>
      {t(`window.${name}`)}
      <input name={name} required={required} maxLength={64} autoComplete="off" />
    </label>
  );
}

function SiteChoice({ chosen, choose }: { chosen: string | null; choose: (site: string) => void }): ReactNode {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const found = useQuery({ queryKey: ["sites", words], queryFn: () => sites(words), enabled: words.trim() !== "" });
  return (
    <>
      <label>
        {t("window.find")}
        <input name="find" autoFocus autoComplete="off" value={words} placeholder={t("window.findHint")} onChange={(event) => setWords(event.target.value)} />
      </label>
      {found.isError && <p className="fault">{t("interruption.failed", { detail: said(found.error) })}</p>}
      {found.data?.length === 0 && <p className="dim">{t("window.noSite")}</p>}
      <div className="choice">
        {found.data?.map((site) => (
          <button key={site.id} type="button" className="btn" aria-pressed={site.id === chosen} onClick={() => choose(site.id)}>
            {site.name} <span className="mono dim">{site.division ?? ""}</span>
          </button>
        ))}
      </div>
    </>
  );
}

function workOf(fields: FormData, kind: WindowKind): Work {
  const word = (name: string): string => String(fields.get(name) ?? "").trim();
  return {
    kind,
    from_us: fromTyped(word("from")),
    until_us: fromTyped(word("until")),
    facts: fields.getAll("fact") as FactClass[],
    reference: word("reference"),
    opinion: word("opinion"),
    plan: word("plan"),
    note: word("note"),
  };
}
