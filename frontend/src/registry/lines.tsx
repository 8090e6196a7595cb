import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { addressOf, type Line, type Site } from "./entries.ts";
import { EntryForm, orNull, TroubleText, useSaving, type Field } from "./form.tsx";
import { Part } from "./part.tsx";

export function Lines({ site, able }: { site: Site; able: boolean }): ReactNode {
  const { t } = useTranslation();
  return (
    <Part name="lines" title={t("reg.lines")} open={able ? t("reg.add") : null} form={(close) => <LineForm site={site} line={null} close={close} />}>
      {site.lines.length === 0 && <p className="dim">{t("reg.noLines")}</p>}
      {site.lines.map((line) => (
        <One key={`${line.account_space}/${line.account}`} site={site} line={line} able={able} />
      ))}
    </Part>
  );
}

function One({ site, line, able }: { site: Site; line: Line; able: boolean }): ReactNode {
  const { t } = useTranslation();
  const releasing = useSaving(site.version, () => undefined);
  const release = (): void => releasing.save({ method: "POST", path: `${addressOf("sites", site.id)}/lines/release`, body: { account_space: line.account_space, account: line.account } });
  return (
    <Part name="line" title={`${line.account_space}/${line.account}`} open={able ? t("reg.edit") : null} form={(close) => <LineForm site={site} line={line} close={close} />}>
      <p>
        {line.interval_s === null ? t("reg.unsupervised") : t("reg.every", { n: line.interval_s, delay: line.delay_s })} · {line.keyed ? t("reg.keyed") : t("reg.plain")}{" "}
        {able && (
          <button type="button" className="btn quiet" onClick={release}>
            {t("reg.release")}
          </button>
        )}
      </p>
      {releasing.trouble !== null && <TroubleText trouble={releasing.trouble} />}
    </Part>
  );
}

function LineForm({ site, line, close }: { site: Site; line: Line | null; close: () => void }): ReactNode {
  const { t } = useTranslation();
  const account = { hint: t("reg.hints.account"), required: true, pattern: "[0-9A-Za-z._\\-]{1,32}", mono: true };
  const settings: readonly Field[] = [
    { name: "interval_s", label: t("reg.fields.interval_s"), hint: t("reg.hints.seconds"), pattern: "[1-9]\\d{0,6}", mono: true },
    { name: "delay_s", label: t("reg.fields.delay_s"), hint: t("reg.hints.seconds"), pattern: "\\d{1,4}", mono: true },
    { name: "key", label: t("reg.fields.lineKey"), hint: t("reg.hints.lineKey"), type: "password", pattern: "([0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})", mono: true },
  ];
  const named: readonly Field[] = [
    { name: "account_space", label: t("reg.fields.account_space"), ...account },
    { name: "account", label: t("reg.fields.account"), ...account },
  ];
  const fields = line === null ? [...named, ...settings, { name: "move", label: t("reg.fields.move"), type: "checkbox" as const }] : settings;
  const start = { account_space: line?.account_space ?? "default", account: line?.account ?? "", interval_s: String(line?.interval_s ?? ""), delay_s: String(line?.delay_s ?? 0) };
  return (
    <EntryForm
      label={line === null ? t("reg.fields.line") : `${line.account_space}/${line.account}`}
      fields={fields}
      start={start}
      version={site.version}
      cancel={close}
      done={close}
      ask={(typed) => ({
        method: "POST",
        path: `${addressOf("sites", site.id)}/lines`,
        body: {
          account_space: typed["account_space"],
          account: typed["account"],
          key: orNull(typed["key"]),
          interval_s: orNull(typed["interval_s"]) === null ? null : Number(typed["interval_s"]),
          delay_s: Number(typed["delay_s"] ?? 0),
          move: typed["move"] === "yes",
        },
      })}
    />
  );
}
