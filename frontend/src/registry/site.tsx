import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { providers, type Me } from "../api.ts";
import { Position } from "../desk/registry_facts.tsx";
import { SiteClassWords } from "../generated/contracts.ts";
import { Bureau } from "../parts/bureau.tsx";
import { Fact } from "../parts/pieces.tsx";
import { inside } from "../route.ts";
import { addressOf, bureausOf, type Saved, type Site } from "./entries.ts";
import { EntryForm, orNull, type Field, type Values } from "./form.tsx";
import { Lines } from "./lines.tsx";
import { may, Part, Title } from "./part.tsx";
import { Private } from "./people.tsx";

function useFields(): readonly Field[] {
  const { t } = useTranslation();
  const listed = useQuery({ queryKey: ["registry", "providers", "choice"], queryFn: providers });
  const choices = (listed.data ?? []).map((one) => [one.id, one.name] as const);
  return [
    { name: "name", label: t("reg.fields.name"), hint: t("reg.hints.name"), required: true, wide: true },
    { name: "provider", label: t("reg.fields.provider"), hint: t("reg.hints.choose"), required: true, options: [["", t("adopt.choose")], ...choices] },
    { name: "site_class", label: t("reg.fields.site_class"), options: SiteClassWords.map((word) => [word, t(`siteClass.${word}`)] as const) },
    { name: "division", label: t("reg.fields.division"), hint: t("reg.hints.division"), required: true, pattern: "\\d{6}(\\d{6})?", mono: true },
    { name: "bureau", label: t("reg.fields.bureau"), hint: t("reg.hints.bureau"), required: true, pattern: "\\d{6,12}", mono: true },
    { name: "lon", label: t("reg.fields.lon"), hint: t("reg.hints.degrees"), pattern: "-?\\d{1,3}(\\.\\d+)?", mono: true },
    { name: "lat", label: t("reg.fields.lat"), hint: t("reg.hints.degrees"), pattern: "-?\\d{1,2}(\\.\\d+)?", mono: true },
  ];
}

function bodyOf(typed: Values): object {
  const degrees = (name: string): number | null => (orNull(typed[name]) === null ? null : Number(typed[name]));
  return { name: typed["name"], provider: typed["provider"], site_class: typed["site_class"], division: typed["division"], bureau: typed["bureau"], lon: degrees("lon"), lat: degrees("lat") };
}

/** The bureaus in whose area the division lies, to be taken over by a click. */
function Proposal({ division, take }: { division: string; take: (bureau: string) => void }): ReactNode {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ["registry", "bureaus", "of", division], queryFn: () => bureausOf(division), enabled: /^\d{6}(\d{6})?$/.test(division), retry: false });
  if (found.data === undefined || found.data.length === 0) return null;
  return (
    <p className="choice">
      <span className="dim">{t("reg.proposed")}</span>
      {found.data.map((one) => (
        <button key={one.id} type="button" className="btn quiet" data-proposal={one.id} onClick={() => take(one.id)}>
          {one.name} <span className="mono">{one.id}</span>
        </button>
      ))}
    </p>
  );
}

const proposal = (values: Values, set: (name: string, value: string) => void): ReactNode => <Proposal division={values["division"] ?? ""} take={(bureau) => set("bureau", bureau)} />;

/** A site is somebody's: without a provider the way leads there first. */
function ProviderFirst(): ReactNode {
  const { t } = useTranslation();
  const listed = useQuery({ queryKey: ["registry", "providers", "choice"], queryFn: providers });
  if (listed.data?.length !== 0) return null;
  return (
    <p className="fault" role="status" data-provider-first>
      {t("reg.providerFirst")} <a {...inside("/registry/providers/new")}>{t("reg.new.providers")}</a>
    </p>
  );
}

export function NewSite({ me, done, cancel }: { me: Me; done: (saved: Saved) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const more = (values: Values, set: (name: string, value: string) => void): ReactNode => (
    <>
      <ProviderFirst />
      {proposal(values, set)}
    </>
  );
  const fields: readonly Field[] = [...useFields(), { name: "key", label: t("reg.fields.key") }];
  const start = { site_class: "other", provider: me.provider ?? "" };
  return <EntryForm label={t("reg.new.sites")} fields={fields} start={start} version={null} cancel={cancel} done={done} more={more} ask={(typed) => ({ method: "POST", path: "/api/registry/sites", body: { ...bodyOf(typed), key: orNull(typed["key"]) } })} />;
}

export function SiteEntry({ me, site, at }: { me: Me; site: Site; at: string }): ReactNode {
  const { t } = useTranslation();
  const past = at !== "";
  return (
    <>
      <Title name={site.name} version={site.version}>
        <span className="mono dim">{site.key}</span>
      </Title>
      <Part name="entry" title={t("reg.entry")} open={!past && may(me, "entry") ? t("reg.edit") : null} form={(close) => <SiteForm site={site} close={close} />}>
        <dl className="table">
          <Fact name={t("reg.fields.provider")}>
            <a {...inside(`/registry/providers/${encodeURIComponent(site.provider)}`)}>{site.provider_name}</a>
          </Fact>
          <Fact name={t("reg.fields.site_class")}>{t(`siteClass.${site.site_class}`)}</Fact>
          <Fact name={t("reg.fields.division")}>
            <span className="mono">{site.division}</span>
          </Fact>
          <Fact name={t("reg.fields.bureau")}>
            <Bureau code={site.bureau} />
          </Fact>
          <Fact name={t("alarm.position")}>
            <Position lon={site.lon} lat={site.lat} />
          </Fact>
        </dl>
      </Part>
      <Lines site={site} able={!past && may(me, "parts")} />
      <Private me={me} site={site} at={at} />
    </>
  );
}

function SiteForm({ site, close }: { site: Site; close: () => void }): ReactNode {
  const { t } = useTranslation();
  const place = (degrees: number | null): string => (degrees === null ? "" : String(degrees));
  const start = { name: site.name, provider: site.provider, site_class: site.site_class, division: site.division, bureau: site.bureau, lon: place(site.lon), lat: place(site.lat) };
  return <EntryForm label={t("reg.entry")} fields={useFields()} start={start} version={site.version} cancel={close} done={close} more={proposal} ask={(typed) => ({ method: "PUT", path: addressOf("sites", site.id), body: bodyOf(typed) })} />;
}
