// What the police acts ask for. One primary button, always at the same place: the step that comes next.

import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Cancel, leave, LONGEST, Submit } from "../desk/form_parts.tsx";
import { DispositionWords, ReturnReasonWords, type Disposition, type EscalationView, type ReturnReason } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { closing } from "../parts/closing.ts";
import { ActButton } from "../parts/pieces.tsx";
import { nextAct, POLICE_ACTS, type PoliceAct } from "./acts.ts";
import type { PoliceActs } from "./police_acts.ts";

type Mode = "none" | "policeDispatch" | "feedback" | "giveBack" | "transfer" | "duplicate";
const KEYS: Readonly<Record<PoliceAct, string>> = { signFor: "S", policeDispatch: "D", onScene: "O", feedback: "F", giveBack: "R", transfer: "T", duplicate: "U" };

export function ActRow({ one, acts }: { one: EscalationView; acts: PoliceActs }): ReactNode {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Mode>("none");
  const [incident, setIncident] = useState("");
  const next = nextAct(one);
  const send = (act: PoliceAct, body: object): void => void acts.send(act, body).then((done) => done && setMode(closing(mode, "none")));
  const run = (act: PoliceAct): void => {
    if (acts.why[act] !== null) return;
    if (act === "signFor") send(act, incident.trim() === "" ? {} : { police_incident_no: incident.trim() });
    else if (act === "onScene") send(act, {});
    else {
      acts.hold();
      setMode(act);
    }
  };
  const typed = (number: string): void => {
    acts.hold();
    setIncident(number);
  };
  useKeys({ s: () => run("signFor"), d: () => run("policeDispatch"), o: () => run("onScene"), f: () => run("feedback"), r: () => run("giveBack"), t: () => run("transfer"), u: () => run("duplicate") });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    run("signFor");
  };
  const button = (act: PoliceAct): ReactNode => (
    <ActButton key={act} main={act === next} word={t(`act.${act}`)} keys={act === "signFor" ? ["S", "↵"] : [KEYS[act]]} why={acts.why[act] === null ? null : t(`why.${acts.why[act]}`)} run={() => run(act)} pressed={mode === act} />
  );
  return (
    <div className="police-acts">
      {mode === "policeDispatch" && <DispatchForm send={(unit) => send("policeDispatch", unit === "" ? {} : { unit })} cancel={() => setMode("none")} />}
      {mode === "feedback" && <FeedbackForm send={(body) => send("feedback", body)} cancel={() => setMode("none")} />}
      {mode === "giveBack" && <ReturnForm send={(body) => send("giveBack", body)} cancel={() => setMode("none")} />}
      {mode === "transfer" && <LineForm act="transfer" label={t("police.to")} suits={/^[0-9]{12}$/} why={t("why.typeBureau")} send={(to) => send("transfer", { to })} cancel={() => setMode("none")} />}
      {mode === "duplicate" && <LineForm act="duplicate" label={t("police.duplicateOf")} suits={/./} why={t("why.fillIn")} send={(number) => send("duplicate", { duplicate_of: number })} cancel={() => setMode("none")} />}
      <form className="sign" onSubmit={submit}>
        {next === "signFor" && (
          <label>
            <span className="small dim">{t("police.incident")}</span>
            <input className="mono" name="incident" value={incident} placeholder={t("police.incidentHint")} autoComplete="off" maxLength={64} onChange={(event) => typed(event.target.value)} onKeyDown={leave(() => (document.activeElement as HTMLElement).blur())} />
          </label>
        )}
        {button(next)}
        {POLICE_ACTS.filter((act) => act !== next).map(button)}
      </form>
    </div>
  );
}

interface FormProps<Body> {
  send: (body: Body) => void;
  cancel: () => void;
}

function DispatchForm({ send, cancel }: FormProps<string>): ReactNode {
  const { t } = useTranslation();
  const [unit, setUnit] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(unit.trim());
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("act.policeDispatch")}>
      <label className="grow">
        {t("police.unit")}
        <input name="unit" autoFocus value={unit} placeholder={t("police.unitHint")} autoComplete="off" maxLength={64} onChange={(event) => setUnit(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able why="" />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

interface LineProps extends FormProps<string> {
  act: "transfer" | "duplicate";
  label: string;
  suits: RegExp;
  why: string;
}

/** One short line that has to have a form. */
function LineForm({ act, label, suits, why, send, cancel }: LineProps): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const able = suits.test(text.trim());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (able) send(text.trim());
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t(`act.${act}`)}>
      <label className="grow">
        {label}
        <input className="mono" name={act} autoFocus value={text} autoComplete="off" maxLength={64} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={able} why={why} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function ReturnForm({ send, cancel }: FormProps<{ reason: ReturnReason; text: string }>): ReactNode {
  const { t } = useTranslation();
  const [reason, setReason] = useState<ReturnReason | "">("");
  const [text, setText] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (reason !== "") send({ reason, text: text.trim() });
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("act.giveBack")}>
      <label>
        {t("police.reason")}
        <select name="reason" autoFocus value={reason} onChange={(event) => setReason(event.target.value as ReturnReason | "")}>
          <option value="">—</option>
          {ReturnReasonWords.map((word) => (
            <option key={word} value={word}>
              {t(`returned.${word}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="grow">
        {t("police.more")}
        <input name="text" value={text} autoComplete="off" maxLength={LONGEST} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={reason !== ""} why={t("why.chooseReason")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

interface Feedback {
  text: string;
  disposition?: Disposition;
  final: boolean;
}

function FeedbackForm({ send, cancel }: FormProps<Feedback>): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [disposition, setDisposition] = useState<Disposition | "">("");
  const [final, setFinal] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const why = text.trim() === "" ? t("why.typeFeedback") : final && disposition === "" ? t("why.chooseDisposition") : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (why === null) send({ text: text.trim(), final, ...(disposition === "" ? {} : { disposition }) });
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("act.feedback")}>
      <label className="grow">
        {t("police.text")}
        <input ref={field} name="text" value={text} placeholder={t("police.textHint")} autoComplete="off" maxLength={LONGEST} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="evidence">
        <label className="inline">
          <input type="checkbox" name="final" checked={final} onChange={(event) => setFinal(event.target.checked)} /> {t("police.isFinal")}
        </label>
        <label>
          {t("police.disposition")}
          <select name="disposition" value={disposition} onChange={(event) => setDisposition(event.target.value as Disposition | "")}>
            <option value="">—</option>
            {DispositionWords.map((word) => (
              <option key={word} value={word}>
                {t(`disposition.${word}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="buttons">
        <Submit able={why === null} why={why ?? ""} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}
