// What an act asks for before it is sent. Opened by its key, left by Esc; single keys are off inside a field.

import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import {
  EvidenceKindWords,
  ReportAtOnceRuleWords,
  VerificationResultWords,
  type AlarmView,
  type EvidenceKind,
  type ReportAtOnceRule,
  type VerificationResult,
} from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import type { DeskActs } from "./desk.tsx";

export type Mode = "none" | "verify" | "escalate" | "rule" | "close";

export interface Verification {
  result: VerificationResult;
  evidence: { kind: EvidenceKind; note: string }[];
}

interface FormProps {
  mode: Mode;
  alarm: AlarmView;
  acts: DeskActs;
  pending: boolean;
  cancel: () => void;
}

export function ActForm({ mode, alarm, acts, pending, cancel }: FormProps): ReactNode {
  switch (mode) {
    case "none":
      return null;
    case "verify":
      return <VerifyForm send={acts.sendVerification} cancel={cancel} pending={pending} />;
    case "escalate":
      return <EscalateArmed send={() => acts.sendEscalation(null)} />;
    case "rule":
      return <RuleForm send={acts.sendEscalation} cancel={cancel} pending={pending} duress={alarm.class === "duress"} />;
    case "close":
      return <CloseForm send={acts.sendClose} cancel={cancel} pending={pending} />;
  }
}

function EscalateArmed({ send }: { send: () => void }): ReactNode {
  const { t } = useTranslation();
  // The button that E may have been clicked on must not swallow the Enter that sends.
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  useKeys({ Enter: send });
  return (
    <div className="form armed" role="status">
      <b>{t("act.armed")}</b>
      <button type="button" className="btn" onClick={send}>
        {t("act.send")} <kbd>↵</kbd>
      </button>
    </div>
  );
}

interface Numbered<Word extends string> {
  words: readonly Word[];
  label: (word: Word) => string;
  chosen: Word | null;
  choose: (word: Word) => void;
  title: string;
}

/** A choice by number keys: the number stands on the button. */
function NumberedChoice<Word extends string>({ words, label, chosen, choose, title }: Numbered<Word>): ReactNode {
  useKeys(Object.fromEntries(words.map((word, index) => [String(index + 1), () => choose(word)])));
  return (
    <div className="choice" role="group" aria-label={title}>
      {words.map((word, index) => (
        <button key={word} type="button" className="btn" aria-pressed={word === chosen} onClick={() => choose(word)}>
          <kbd>{index + 1}</kbd> {label(word)}
        </button>
      ))}
    </div>
  );
}

interface Sending<Body> {
  send: (body: Body) => void;
  cancel: () => void;
  pending: boolean;
}

interface Draft {
  kind: EvidenceKind;
  note: string;
}

function VerifyForm({ send, cancel, pending }: Sending<Verification>): ReactNode {
  const { t } = useTranslation();
  const [result, setResult] = useState<VerificationResult | null>(null);
  const [evidence, setEvidence] = useState<Draft[]>([{ kind: "call", note: "" }]);
  const form = useRef<HTMLFormElement>(null);
  const change = (at: number, part: Partial<Draft>): void =>
    setEvidence((before) => before.map((item, index) => (index === at ? { ...item, ...part } : item)));
  const choose = (chosen: VerificationResult): void => {
    setResult(chosen);
    form.current?.querySelector("select")?.focus();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (result !== null && !pending) send({ result, evidence });
  };
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  return (
    <form ref={form} className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("verify.title")}>
      <p className="ask">
        <b>{t("verify.title")}</b> <span className="dim">{t("verify.choose")}</span>
      </p>
      <NumberedChoice words={VerificationResultWords} label={(word) => t(`result.${word}`)} chosen={result} choose={choose} title={t("verify.title")} />
      {evidence.map((item, at) => (
        <div className="evidence" key={at}>
          <label>
            {t("verify.evidence")} {at + 1}
            <select value={item.kind} name="kind" onChange={(event) => change(at, { kind: event.target.value as EvidenceKind })}>
              {EvidenceKindWords.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`evidence.${kind}`)}
                </option>
              ))}
            </select>
          </label>
          <label className="grow">
            {t("verify.note")}
            <input name="note" value={item.note} placeholder={t("verify.noteHint")} autoComplete="off" onChange={(event) => change(at, { note: event.target.value })} />
          </label>
          {evidence.length > 1 && (
            <button type="button" className="btn quiet" onClick={() => setEvidence((before) => before.filter((_, index) => index !== at))}>
              {t("verify.remove")}
            </button>
          )}
        </div>
      ))}
      <div className="buttons">
        <Submit able={result !== null && !pending} why={t("why.noChoice")} />
        <button type="button" className="btn" onClick={() => setEvidence((before) => [...before, { kind: "call", note: "" }])}>
          {t("verify.add")}
        </button>
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function RuleForm({ send, cancel, pending, duress }: Sending<ReportAtOnceRule> & { duress: boolean }): ReactNode {
  const { t } = useTranslation();
  const [rule, setRule] = useState<ReportAtOnceRule | null>(null);
  const words = ReportAtOnceRuleWords.filter((word) => duress || word !== "duress");
  const sendIt = (): void => {
    if (rule !== null && !pending) send(rule);
  };
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  useKeys({ Enter: sendIt });
  return (
    <form
      className="form"
      aria-label={t("escalate.rule")}
      onSubmit={(event) => {
        event.preventDefault();
        sendIt();
      }}
    >
      <p className="ask">
        <b>{t("escalate.rule")}</b>
      </p>
      <NumberedChoice words={words} label={(word) => t(`rule.${word}`)} chosen={rule} choose={setRule} title={t("escalate.rule")} />
      <div className="buttons">
        <Submit able={rule !== null && !pending} why={t("why.chooseRule")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function CloseForm({ send, cancel, pending }: Sending<string>): ReactNode {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const able = reason.trim() !== "" && !pending;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (able) send(reason.trim());
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("act.close")}>
      <label className="grow">
        {t("close.reason")}
        <input name="reason" autoFocus value={reason} placeholder={t("close.hint")} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={able} why={t("why.typeReason")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function Submit({ able, why }: { able: boolean; why: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="submit" className="btn" aria-disabled={!able}>
      {t("act.send")} <kbd>↵</kbd> {!able && <span className="because">{why}</span>}
    </button>
  );
}

function Cancel({ cancel }: { cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="button" className="btn quiet" onClick={cancel}>
      {t("act.cancel")} <kbd>Esc</kbd>
    </button>
  );
}

/** Esc leaves the form, unless an input method is using it to drop its own words. */
function leave(cancel: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    cancel();
  };
}
