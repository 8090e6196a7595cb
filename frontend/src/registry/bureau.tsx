import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { addressOf, type Bureau, type Saved } from "./entries.ts";
import { EntryForm, type Field, type Values } from "./form.tsx";
import { may, Part, Title } from "./part.tsx";

function useFields(): readonly Field[] {
  const { t } = useTranslation();
  return [
    { name: "name", label: t("reg.fields.name"), hint: t("reg.hints.name"), required: true, wide: true },
    { name: "divisions", label: t("reg.fields.divisions"), hint: t("reg.hints.divisions"), pattern: "\\s*(\\d{6}(\\d{6})?(\\s+|$))*", mono: true, wide: true },
  ];
}

function bodyOf(typed: Values): object {
  return { name: typed["name"], divisions: (typed["divisions"] ?? "").split(/\s+/).filter((word) => word !== "") };
}

export function NewBureau({ done, cancel }: { done: (saved: Saved) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const fields: readonly Field[] = [{ name: "code", label: t("reg.fields.code"), hint: t("reg.hints.bureau"), required: true, pattern: "\\d{6,12}", mono: true }, ...useFields()];
  return <EntryForm label={t("reg.new.bureaus")} fields={fields} start={{}} version={null} cancel={cancel} done={done} ask={(typed) => ({ method: "PUT", path: addressOf("bureaus", typed["code"] ?? ""), body: bodyOf(typed) })} />;
}

export function BureauEntry({ me, bureau, past }: { me: Me; bureau: Bureau; past: boolean }): ReactNode {
  const { t } = useTranslation();
  const fields = useFields();
  const able = !past && may(me, "entry") && me.provider === null;
  const start = { name: bureau.name, divisions: bureau.divisions.join(" ") };
  return (
    <>
      <Title name={bureau.name} version={bureau.version}>
        <span className="mono dim">{bureau.id}</span>
      </Title>
      <Part name="entry" title={t("reg.area")} open={able ? t("reg.edit") : null} form={(close) => <EntryForm label={t("reg.entry")} fields={fields} start={start} version={bureau.version} cancel={close} done={close} ask={(typed) => ({ method: "PUT", path: addressOf("bureaus", bureau.id), body: bodyOf(typed) })} />}>
        <p className="mono">{bureau.divisions.length === 0 ? "—" : bureau.divisions.join(" ")}</p>
      </Part>
    </>
  );
}
