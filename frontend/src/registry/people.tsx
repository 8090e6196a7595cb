import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { leave } from "../desk/form_parts.tsx";
import { said } from "../desk/story.tsx";
import { addressOf, people as fetchPeople, SERVICES, type Contract, type Person, type Private as Told, type Site } from "./entries.ts";
import { EntryForm, orNull, TroubleText, useSaving, type Field } from "./form.tsx";
import { may, Part } from "./part.tsx";

const CALLERS = ["operator", "shift_supervisor", "registrar", "provider_manager"] as const;

/** Whether this person may see names and numbers of people to call. */
export function mayCall(me: Me): boolean {
  return CALLERS.some((role) => me.roles.includes(role));
}

/** Contracts and people to call. Names and numbers are shown when asked for, and the look is written down. */
export function Private({ me, site, at }: { me: Me; site: Site; at: string }): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const told = useQuery({ queryKey: ["registry", "people", site.id, at, site.version], queryFn: () => fetchPeople(site.id, at), enabled: asked, retry: false, refetchOnWindowFocus: false });
  const able = at === "" && may(me, "parts") && told.data !== undefined;
  const show = mayCall(me);
  return (
    <>
      <Part name="contracts" title={t("reg.contracts")} open={able ? t("reg.add") : null} form={(close) => <ContractForm site={site} contract={null} told={told.data} close={close} />}>
        {site.contracts.length === 0 && <p className="dim">{t("reg.noContracts")}</p>}
        {site.contracts.map((contract) => (
          <Part key={contract.id} name="contract" title={contract.number} open={able ? t("reg.edit") : null} form={(close) => <ContractForm site={site} contract={contract} told={told.data} close={close} />}>
            <ContractText contract={contract} told={told.data} />
          </Part>
        ))}
      </Part>
      <Part name="people" title={`${t("reg.people")} ${t("reg.peopleCount", { n: site.people_count })}`} open={able ? t("reg.edit") : null} form={(close) => <PeopleForm site={site} people={told.data?.people ?? []} close={close} />}>
        {show && !asked && (
          <p>
            <button type="button" className="btn" onClick={() => setAsked(true)}>
              {t("reg.show")}
            </button>
          </p>
        )}
        {told.isError && <p className="fault">{t("reg.failed", { detail: said(told.error) })}</p>}
        {told.data !== undefined && <People told={told.data} />}
      </Part>
    </>
  );
}

function People({ told }: { told: Told }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <p className="small dim">{t("reg.shown")}</p>
      {told.people.length === 0 && <p className="dim">{t("reg.noPeople")}</p>}
      <table>
        <tbody>
          {told.people.map((one, at) => (
            <tr key={one.id} data-person={one.id}>
              <td className="nowrap">{at + 1}</td>
              <td>{one.erased === true ? t("reg.erased") : one.name}</td>
              <td className="nowrap mono">{one.phone}</td>
              <td>{one.when}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function ContractText({ contract, told }: { contract: Contract; told: Told | undefined }): ReactNode {
  const { t } = useTranslation();
  const parties = told?.contracts.find((one) => one.id === contract.id);
  return (
    <p>
      {contract.services.map((word) => t(`reg.services.${word}`)).join(" · ")} · {contract.begins} {contract.ends !== null && t("reg.until", { date: contract.ends })}
      {parties !== undefined && (
        <>
          <br />
          <b>{parties.erased === true ? t("reg.erased") : parties.subscriber}</b> {parties.responsibility}
        </>
      )}
    </p>
  );
}

function ContractForm({ site, contract, told, close }: { site: Site; contract: Contract | null; told: Told | undefined; close: () => void }): ReactNode {
  const { t } = useTranslation();
  const parties = told?.contracts.find((one) => one.id === contract?.id);
  const [missing, setMissing] = useState(false);
  const fields: readonly Field[] = [
    { name: "number", label: t("reg.fields.number"), required: true },
    { name: "begins", label: t("reg.fields.begins"), hint: t("reg.hints.date"), required: true, type: "date" },
    { name: "ends", label: t("reg.fields.ends"), hint: t("reg.hints.date"), type: "date" },
    { name: "subscriber", label: t("reg.fields.subscriber"), required: true, wide: true },
    { name: "responsibility", label: t("reg.fields.responsibility"), wide: true },
    ...SERVICES.map((word) => ({ name: word, label: t(`reg.services.${word}`), type: "checkbox" as const })),
  ];
  const services = Object.fromEntries((contract?.services ?? []).map((word) => [word, "yes"]));
  const start = { number: contract?.number ?? "", begins: contract?.begins ?? "", ends: contract?.ends ?? "", subscriber: parties?.subscriber ?? "", responsibility: parties?.responsibility ?? "", ...services };
  const path = `${addressOf("sites", site.id)}/contracts`;
  return (
    <EntryForm
      label={t("reg.fields.contract")}
      fields={fields}
      start={start}
      version={site.version}
      cancel={close}
      done={close}
      more={(values) => missing && SERVICES.every((word) => values[word] !== "yes") && <p className="fault">{t("reg.fill", { hint: t("reg.hints.services") })}</p>}
      ask={(typed) => {
        const chosen = SERVICES.filter((word) => typed[word] === "yes");
        setMissing(chosen.length === 0);
        const body = { number: typed["number"], services: chosen, begins: typed["begins"], ends: orNull(typed["ends"]), subscriber: typed["subscriber"], responsibility: typed["responsibility"] };
        return contract === null ? { method: "POST", path, body } : { method: "PUT", path: `${path}/${encodeURIComponent(contract.id)}`, body };
      }}
    />
  );
}

type Row = { id: string | null; name: string; phone: string; when: string };

function PeopleForm({ site, people, close }: { site: Site; people: readonly Person[]; close: () => void }): ReactNode {
  const { t } = useTranslation();
  const known = people.filter((one) => one.erased !== true).map((one) => ({ id: one.id, name: one.name ?? "", phone: one.phone ?? "", when: one.when ?? "" }));
  const [rows, setRows] = useState<readonly Row[]>([...known, { id: null, name: "", phone: "", when: "" }]);
  const [wrong, setWrong] = useState<number | null>(null);
  const saving = useSaving(site.version, close);
  const set = (at: number, more: Partial<Row>): void => setRows(rows.map((row, index) => (index === at ? { ...row, ...more } : row)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const filled = rows.filter((row) => row.name.trim() !== "" || row.phone.trim() !== "");
    const bad = rows.findIndex((row) => filled.includes(row) && (row.name.trim() === "" || !/^\+?[0-9][0-9 -]{2,30}$/.test(row.phone.trim())));
    setWrong(bad === -1 ? null : bad);
    if (bad === -1) saving.save({ method: "PUT", path: `${addressOf("sites", site.id)}/people`, body: { people: filled } });
  };
  const up = (at: number): void => setRows(rows.map((row, index) => (index === at - 1 ? (rows[at] ?? row) : index === at ? (rows[at - 1] ?? row) : row)));
  return (
    <form className="form entry" onSubmit={submit} onKeyDown={leave(close)} aria-label={t("reg.people")} noValidate>
      <b>{t("reg.people")}</b>
      {rows.map((row, at) => (
        <div key={at} className="evidence">
          {(["name", "phone", "when"] as const).map((name) => (
            <label key={name} className={name === "when" ? "grow" : ""}>
              {t(`reg.fields.${name}`)}
              <input name={name} className={name === "phone" ? "mono" : ""} value={row[name]} autoComplete="off" maxLength={200} onChange={(event) => set(at, { [name]: event.target.value })} />
            </label>
          ))}
          <button type="button" className="btn quiet" aria-disabled={at === 0} onClick={() => at > 0 && up(at)}>
            {t("reg.up")}
          </button>
          <button type="button" className="btn quiet" onClick={() => setRows(rows.filter((_, index) => index !== at))}>
            {t("reg.remove")}
          </button>
          {wrong === at && (
            <p role="alert" className="fault">
              {t("reg.fill", { hint: `${t("reg.fields.name")} · ${t("reg.fields.phone")}: ${t("reg.hints.phone")}` })}
            </p>
          )}
        </div>
      ))}
      <p>
        <button type="button" className="btn quiet" onClick={() => setRows([...rows, { id: null, name: "", phone: "", when: "" }])}>
          {t("reg.add")}
        </button>
      </p>
      {saving.trouble !== null && <TroubleText trouble={saving.trouble} />}
      <div className="buttons">
        <button type="submit" className="btn main" aria-disabled={saving.pending}>
          {saving.pending ? t("reg.saving") : saving.stale ? t("reg.again") : t("reg.save")}
        </button>
        <button type="button" className="btn quiet" onClick={close}>
          {t("reg.cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
