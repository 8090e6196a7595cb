// What the police acts ask for. One primary button, always at the same place: the step that comes next.

import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Cancel, leave, LONGEST, Submit } from "../desk/form_parts.tsx";
import { DispositionWords, type Disposition, type EscalationView } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActButton } from "../parts/pieces.tsx";
import { nextAct, POLICE_ACTS, type PoliceAct } from "./acts.ts";
import type { PoliceActs } from "./detail.tsx";

type Mode = "none" | "policeDispatch" | "feedback";
const KEYS: Readonly<Record<PoliceAct, string>> = { signFor: "S", policeDispatch: "D", onScene: "O", feedback: "F" };

export function ActRow({ one, acts }: { one: EscalationView; acts: PoliceActs }): ReactNode {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Mode>("none");
  const [incident, setIncident] = useState("");
  const next = nextAct(one);
  const send = (act: PoliceAct, body: object): void => void acts.send(act, body).then((done) => done && setMode("none"));
  const run = (act: PoliceAct): void => {
    if (acts.why[act] !== null) return;
    if (act === "signFor") send(act, incident.trim() === "" ? {} : { police_incident_no: incident.trim() });
    else if (act === "onScene") send(act, {});
    else setMode(act);
  };
  useKeys({ s: () => run("signFor"), d: () => run("policeDispatch"), o: () => run("onScene"), f: () => run("feedback") });
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
      <form className="sign" onSubmit={submit}>
        {next === "signFor" && (
          <label>
            <span className="small dim">{t("police.incident")}</span>
            <input className="mono" name="incident" value={incident} placeholder={t("police.incidentHint")} autoComplete="off" maxLength={64} onChange={(event) => setIncident(event.target.value)} onKeyDown={leave(() => (document.activeElement as HTMLElement).blur())} />
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
        <input name="unit" autoFocus value={unit} placeholder={t("police.unitHint")} autoComplete="off" maxLength={200} onChange={(event) => setUnit(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able why="" />
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
