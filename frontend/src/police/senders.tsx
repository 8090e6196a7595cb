// What the centre says to the police after its report: more facts, that they need not come, that somebody telephoned.

import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useActing } from "../desk/acting.ts";
import { Cancel, leave, LONGEST, Submit, TextForm } from "../desk/form_parts.tsx";
import { useLive } from "../feed/live.tsx";
import type { EscalationView } from "../generated/contracts.ts";
import { ActBand, ActLine } from "../parts/bands.tsx";
import { closing } from "../parts/closing.ts";
import { ActButton, usePerson } from "../parts/pieces.tsx";
import { ACT_PATHS, SENDERS_ACTS, sendersHindrance, type SendersAct } from "./acts.ts";

export function SendersWords({ me, escalation }: { me: Me; escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const { stale } = useLive();
  const person = usePerson(me);
  const acting = useActing();
  const [mode, setMode] = useState<SendersAct | null>(null);
  const cancel = (): void => setMode(null);
  const why = (act: SendersAct): string | null => {
    const hindrance = sendersHindrance(act, escalation, { me, stale, pending: acting.pending });
    return hindrance === null ? null : t(`why.${hindrance}`);
  };
  const send = (name: SendersAct, body: object): void => {
    const path = `/api/escalations/${encodeURIComponent(escalation.id)}/${ACT_PATHS[name]}`;
    void acting.send({ name, subject: escalation.id, path, body, base: null }).then((done) => done && setMode(closing(mode, null)));
  };
  const form = { cancel, pending: acting.pending };
  return (
    <li className="senders" data-senders>
      <ActBand acting={acting} person={person} />
      <div className="buttons">
        {SENDERS_ACTS.map((act) => (
          <ActButton key={act} main={false} word={t(`act.${act}`)} keys={[]} why={why(act)} run={() => why(act) === null && setMode(act)} pressed={mode === act} />
        ))}
      </div>
      {mode === "supplement" && <TextForm act={t("act.supplement")} label={t("police.supplementText")} hint="" why={t("why.typeNote")} send={(text) => send("supplement", { text })} {...form} />}
      {mode === "standDown" && <TextForm act={t("act.standDown")} label={t("police.standDownText")} hint="" why={t("why.typeReason")} send={(reason) => send("standDown", { reason })} {...form} />}
      {mode === "phone" && <PhoneForm send={(body) => send("phone", body)} cancel={cancel} />}
      <ActLine acting={acting} />
    </li>
  );
}

function PhoneForm({ send, cancel }: { send: (body: object) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const [told, setTold] = useState("");
  const [number, setNumber] = useState("");
  const able = told.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (able) send({ told: told.trim(), ...(number.trim() === "" ? {} : { police_incident_no: number.trim() }) });
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("act.phone")}>
      <label className="grow">
        {t("police.told")}
        <input name="told" autoFocus value={told} placeholder={t("police.toldHint")} autoComplete="off" maxLength={LONGEST} onChange={(event) => setTold(event.target.value)} />
      </label>
      <label>
        {t("police.phoneNo")}
        <input className="mono" name="incident" value={number} autoComplete="off" maxLength={64} onChange={(event) => setNumber(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={able} why={t("why.typeWho")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}
