import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { FilingStateWords } from "../generated/contracts.ts";
import { inside } from "../route.ts";
import { addressOf, list, type Filing, type Provider, type Saved } from "./entries.ts";
import { EntryForm, orNull, type Field } from "./form.tsx";
import { may, Part, Title } from "./part.tsx";

export function NewProvider({ done, cancel }: { done: (saved: Saved) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const fields: readonly Field[] = [
    { name: "name", label: t("reg.fields.name"), hint: t("reg.hints.name"), required: true, wide: true },
    { name: "key", label: t("reg.fields.key") },
  ];
  return <EntryForm label={t("reg.new.providers")} fields={fields} start={{}} version={null} cancel={cancel} done={done} ask={(typed) => ({ method: "POST", path: "/api/registry/providers", body: { name: typed["name"], key: orNull(typed["key"]) } })} />;
}

export function ProviderEntry({ me, provider, past }: { me: Me; provider: Provider; past: boolean }): ReactNode {
  const { t } = useTranslation();
  const able = !past && may(me, "entry");
  const path = addressOf("providers", provider.id);
  const name: Field = { name: "name", label: t("reg.fields.name"), hint: t("reg.hints.name"), required: true, wide: true };
  return (
    <>
      <Title name={provider.name} version={provider.version} />
      {able && (
        <Part name="entry" title={t("reg.entry")} open={t("reg.edit")} form={(close) => <EntryForm label={t("reg.entry")} fields={[name]} start={{ name: provider.name }} version={provider.version} cancel={close} done={close} ask={(typed) => ({ method: "PUT", path, body: { name: typed["name"] } })} />}>
          {null}
        </Part>
      )}
      <Part name="filings" title={t("reg.filings")} open={able ? t("reg.add") : null} form={(close) => <FilingForm provider={provider} filing={null} close={close} />}>
        {provider.filings.length === 0 && <p className="dim">{t("reg.noFilings")}</p>}
        {provider.filings.map((filing) => (
          <Part key={filing.authority} name="filing" title={filing.authority === "" ? "—" : filing.authority} open={able ? t("reg.edit") : null} form={(close) => <FilingForm provider={provider} filing={filing} close={close} />}>
            <p>
              <b>{t(`filing.${filing.state}`)}</b> {filing.since} {filing.reference} <span className="mono dim">{filing.division}</span>
            </p>
          </Part>
        ))}
      </Part>
      {!past && <SitesOf provider={provider.id} />}
    </>
  );
}

function FilingForm({ provider, filing, close }: { provider: Provider; filing: Filing | null; close: () => void }): ReactNode {
  const { t } = useTranslation();
  const fields: readonly Field[] = [
    { name: "authority", label: t("reg.fields.authority"), hint: t("reg.hints.authority"), wide: true },
    { name: "state", label: t("reg.fields.state"), options: FilingStateWords.map((word) => [word, t(`filing.${word}`)] as const) },
    { name: "since", label: t("reg.fields.since"), hint: t("reg.hints.date"), type: "date" },
    { name: "reference", label: t("reg.fields.reference") },
    { name: "division", label: t("reg.fields.filingDivision"), hint: t("reg.hints.division"), pattern: "\\d{6}(\\d{6})?", mono: true },
  ];
  const start = { authority: filing?.authority ?? "", state: filing?.state ?? "submitted", since: filing?.since ?? "", reference: filing?.reference ?? "", division: filing?.division ?? "" };
  return (
    <EntryForm
      label={t("reg.fields.filing")}
      fields={fields}
      start={start}
      version={provider.version}
      cancel={close}
      done={close}
      ask={(typed) => ({
        method: "PUT",
        path: `${addressOf("providers", provider.id)}/filings`,
        body: { authority: typed["authority"], state: typed["state"], since: orNull(typed["since"]), reference: orNull(typed["reference"]), division: orNull(typed["division"]) },
      })}
    />
  );
}

function SitesOf({ provider }: { provider: string }): ReactNode {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ["registry", "sites", "of", provider], queryFn: () => list("sites", { q: "", at: "", after: "", provider }), retry: false });
  if (found.data === undefined || found.data.items.length === 0) return null;
  return (
    <section className="registry" data-part="sites">
      <div className="head">
        <h2>{t("reg.ofProvider")}</h2>
      </div>
      <p className="choice">
        {found.data.items.map((one) => (
          <a key={one.id} className="btn quiet" {...inside(`/registry/sites/${encodeURIComponent(one.id)}`)}>
            {one.name}
          </a>
        ))}
      </p>
    </section>
  );
}
