import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { Bureau } from "../parts/bureau.tsx";
import { Heads } from "../parts/heads.tsx";
import { inside } from "../route.ts";
import { found as fetchFound, type Asked, type ProviderRow, type SiteRow } from "./api.ts";
import { Alarms, filingWords, Part } from "./parts.tsx";

/** One box for numbers, accounts, sites and providers, and a range of days. */
export function Search({ me }: { me: Me }): ReactNode {
  const { t } = useTranslation();
  const [query, setQuery] = useState(ofAddress);
  const told = useQuery({ queryKey: ["regulator", me.id, query], queryFn: () => fetchFound(query), enabled: !isEmpty(query) });
  const any = told.data !== undefined && told.data.alarms.length + told.data.sites.length + told.data.providers.length > 0;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const asked: Asked = { q: String(form.get("q")).trim(), from: String(form.get("from")), to: String(form.get("to")) };
    setQuery(asked);
    window.history.replaceState(null, "", addressOf(asked));
  };
  return (
    <>
      <form className="filter" role="search" onSubmit={submit}>
        <h1>{t("regulator.title")}</h1>
        <label className="words">
          {t("regulator.words")} <input name="q" defaultValue={query.q} maxLength={100} autoComplete="off" autoFocus placeholder={t("regulator.placeholder")} />
        </label>
        <label>
          {t("regulator.from")} <input type="date" name="from" defaultValue={query.from} />
        </label>
        <label>
          {t("regulator.to")} <input type="date" name="to" defaultValue={query.to} />
        </label>
        <button type="submit" className="btn main">
          {t("records.find")} <kbd>↵</kbd>
        </button>
      </form>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("regulator.results")}>
        {isEmpty(query) ? (
          <Start />
        ) : (
          <>
            <Part title={t("regulator.alarms")} count={told.data?.alarms.length} error={told.error} empty={any ? null : t("regulator.noAlarms")}>
              <Alarms found={told.data?.alarms ?? []} />
            </Part>
            {query.q !== "" && (
              <>
                <Part title={t("regulator.sites")} count={told.data?.sites.length} error={null} empty={any ? null : t("regulator.noSites")}>
                  <Sites found={told.data?.sites ?? []} />
                </Part>
                <Part title={t("regulator.providers")} count={told.data?.providers.length} error={null} empty={any ? null : t("regulator.noProviders")}>
                  <Providers found={told.data?.providers ?? []} />
                </Part>
              </>
            )}
          </>
        )}
      </div>
    </>
  );
}

/** Before anything was asked: what can be asked, and what else is here. */
function Start(): ReactNode {
  const { t } = useTranslation();
  const { now } = useLive();
  return (
    <div className="nothing" data-start>
      <h2>{t("regulator.start")}</h2>
      <ul>
        <li>{t("regulator.startSearch")}</li>
        <li>{t("regulator.startAlarm")}</li>
        <li>{t("regulator.startEntry")}</li>
        <li>
          {t("regulator.startDesk")} <a {...inside(now > 0 ? `/history?at=${now}` : "/history")}>{t("regulator.openDesk")}</a>
        </li>
        <li>
          {t("regulator.startAccounting")} <a {...inside("/accounting")}>{t("tab.accounting")}</a>
        </li>
      </ul>
      <p>{t("regulator.noted")}</p>
    </div>
  );
}

export function Sites({ found }: { found: readonly SiteRow[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <table>
      <Heads words={(["name", "site_class", "provider", "line", "division", "bureau"] as const).map((head) => t(`regulator.fields.${head}`))} />
      <tbody>
        {found.map((site) => (
          <tr key={site.id} data-site={site.id}>
            <td>
              <a {...inside(`/regulator/sites/${encodeURIComponent(site.id)}`)}>{site.name}</a>
            </td>
            <td>{t(`siteClass.${site.site_class}`)}</td>
            <td>
              <a {...inside(`/regulator/providers/${encodeURIComponent(site.provider)}`)}>{site.provider_name}</a>
            </td>
            <td className="mono">{site.lines.map((line) => line.account).join(" ")}</td>
            <td className="mono">{site.division}</td>
            <td>
              <Bureau code={site.bureau} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Providers({ found }: { found: readonly ProviderRow[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <table>
      <Heads words={(["name", "filing"] as const).map((head) => t(`regulator.fields.${head}`))} />
      <tbody>
        {found.map((provider) => (
          <tr key={provider.id} data-provider={provider.id}>
            <td>
              <a {...inside(`/regulator/providers/${encodeURIComponent(provider.id)}`)}>{provider.name}</a>
            </td>
            <td>{provider.filings.map((one) => filingWords(t, one)).join(t("punct.semi")) || t("filing.none")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function isEmpty({ q, from, to }: Asked): boolean {
  return q === "" && from === "" && to === "";
}

function ofAddress(): Asked {
  const asked = new URLSearchParams(location.search);
  return { q: asked.get("q") ?? "", from: asked.get("from") ?? "", to: asked.get("to") ?? "" };
}

function addressOf(query: Asked): string {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return asked.size === 0 ? "/regulator" : `/regulator?${asked}`;
}
