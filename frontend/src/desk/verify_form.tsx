import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { EvidenceKindWords, VerificationResultWords, type EvidenceKind, type VerificationResult } from "../generated/contracts.ts";
import { Cancel, leave, LONGEST, NumberedChoice, Submit, type Sending } from "./form_parts.tsx";

export interface Draft {
  kind: EvidenceKind;
  note: string;
}

export interface Verification {
  result: VerificationResult;
  evidence: Draft[];
}

/** 1 2 3 choose the result; what it stands on is typed below. */
export function VerifyForm({ send, cancel, pending }: Sending<Verification>): ReactNode {
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
            <input name="note" value={item.note} placeholder={t("verify.noteHint")} autoComplete="off" maxLength={LONGEST} onChange={(event) => change(at, { note: event.target.value })} />
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
