import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { EvidenceKindWords, VerificationResultWords, type EvidenceFinding, type EvidenceKind, type VerificationResult } from "../generated/contracts.ts";
import { Cancel, leave, LONGEST, NumberedChoice, Submit, type Sending } from "./form_parts.tsx";

export interface Draft {
  kind: EvidenceKind;
  note: string;
  found: EvidenceFinding | null;
}

/** What a call or a look at the video can come to; some of it asks for a report at once. */
const FINDINGS: Partial<Record<EvidenceKind, readonly EvidenceFinding[]>> = {
  call: ["confirmed", "unreachable", "denied"],
  video: ["suspicious_person", "nothing_suspicious"],
};

export interface Verification {
  result: VerificationResult;
  evidence: Draft[];
}

/** 1 2 3 choose the result; what it stands on is typed below. Under duress nobody calls, so a call is not offered. */
export function VerifyForm({ send, cancel, pending, duress }: Sending<Verification> & { duress: boolean }): ReactNode {
  const { t } = useTranslation();
  const [result, setResult] = useState<VerificationResult | null>(null);
  const [evidence, setEvidence] = useState<Draft[]>([{ kind: duress ? "video" : "call", note: "", found: null }]);
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
            <select value={item.kind} name="kind" onChange={(event) => change(at, { kind: event.target.value as EvidenceKind, found: null })}>
              {EvidenceKindWords.filter((kind) => (duress ? kind !== "call" : kind !== "duress_code")).map((kind) => (
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
          {FINDINGS[item.kind] !== undefined && (
            <label>
              {t("verify.found")}
              <select value={item.found ?? ""} name="found" onChange={(event) => change(at, { found: event.target.value === "" ? null : (event.target.value as EvidenceFinding) })}>
                <option value="">{t("verify.notSaid")}</option>
                {FINDINGS[item.kind]?.map((found) => (
                  <option key={found} value={found}>
                    {t(`found.${found}`)}
                  </option>
                ))}
              </select>
            </label>
          )}
          {evidence.length > 1 && (
            <button type="button" className="btn quiet" onClick={() => setEvidence((before) => before.filter((_, index) => index !== at))}>
              {t("verify.remove")}
            </button>
          )}
        </div>
      ))}
      <div className="buttons">
        <Submit able={result !== null && !pending} why={t("why.noChoice")} />
        <button type="button" className="btn" onClick={() => setEvidence((before) => [...before, { kind: duress ? "video" : "call", note: "", found: null }])}>
          {t("verify.add")}
        </button>
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}
