// One form for a guard: whom to send, then what is radioed in, then what was found. Opened by G.

import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { GuardFindingWords, GuardStepWords, type AlarmView, type GuardFinding, type GuardStep, type GuardView } from "../generated/contracts.ts";
import { Cancel, leave, LONGEST, NumberedChoice, Submit, type Sending } from "./form_parts.tsx";
import { stepsAhead } from "./guards.ts";

export type GuardAct = { kind: "order"; unit: string } | { kind: "step"; guard: string; step: GuardStep } | { kind: "result"; guard: string; finding: GuardFinding; note: string };

interface Guarding extends Sending<GuardAct> {
  alarm: AlarmView;
  /** Whether another guard may be sent beside the one under way. */
  another: boolean;
}

type Choice = GuardStep | "result" | "another";

export function GuardForm({ alarm, another, ...sending }: Guarding): ReactNode {
  const guard = alarm.guards.at(-1);
  if (guard === undefined || guard.stage === "left") return <Order duress={alarm.class === "duress"} {...sending} />;
  return <Radioed guard={guard} duress={alarm.class === "duress"} another={another} {...sending} />;
}

function Radioed({ guard, duress, another, send, cancel, pending }: Sending<GuardAct> & { guard: GuardView; duress: boolean; another: boolean }): ReactNode {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Choice | null>(null);
  const words: Choice[] = [...stepsAhead(guard), "result", ...(another ? (["another"] as const) : [])];
  const choose = (choice: Choice): void => {
    if (GuardStepWords.some((step) => step === choice)) {
      if (!pending) send({ kind: "step", guard: guard.id, step: choice as GuardStep });
    } else setChosen(choice);
  };
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  if (chosen === "another") return <Order duress={duress} send={send} cancel={cancel} pending={pending} />;
  if (chosen === "result") return <Result guard={guard} send={send} cancel={cancel} pending={pending} />;
  const label = (word: Choice): string => (word === "result" || word === "another" ? t(`guard.${word}`) : t(`guardStage.${word}`));
  return (
    <section className="form" aria-label={t("guard.radioed")}>
      <p className="ask">
        <b>{t("guard.radioed")}</b> <span className="dim">{guard.unit}</span>
      </p>
      <NumberedChoice words={words} label={label} chosen={chosen} choose={choose} title={t("guard.radioed")} />
      <div className="buttons">
        <Cancel cancel={cancel} />
      </div>
    </section>
  );
}

function Order({ duress, send, cancel, pending }: Sending<GuardAct> & { duress: boolean }): ReactNode {
  const { t } = useTranslation();
  const [unit, setUnit] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!pending) send({ kind: "order", unit: unit.trim() });
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("guard.order")}>
      <label className="grow">
        {t("guard.unit")}
        <input name="unit" autoFocus value={unit} placeholder={t("guard.unitHint")} autoComplete="off" maxLength={64} onChange={(event) => setUnit(event.target.value)} />
      </label>
      {duress && <p className="never">{t("guard.standsOff")}</p>}
      <div className="buttons">
        <Submit able={!pending} why={t("why.pending")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function Result({ guard, send, cancel, pending }: Sending<GuardAct> & { guard: GuardView }): ReactNode {
  const { t } = useTranslation();
  const [finding, setFinding] = useState<GuardFinding | null>(null);
  const [note, setNote] = useState("");
  const able = finding !== null && !pending;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (finding !== null && !pending) send({ kind: "result", guard: guard.id, finding, note: note.trim() });
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("guard.result")}>
      <p className="ask">
        <b>{t("guard.result")}</b> <span className="dim">{guard.unit}</span>
      </p>
      <NumberedChoice words={GuardFindingWords} label={(word) => t(`guardFinding.${word}`)} chosen={finding} choose={setFinding} title={t("guard.result")} />
      <label className="grow">
        {t("verify.note")}
        <input name="note" value={note} placeholder={t("guard.noteHint")} autoComplete="off" maxLength={LONGEST} onChange={(event) => setNote(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={able} why={t("why.noChoice")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}
