// What an act asks for before it is sent. Opened by its key, left by Esc; single keys are off inside a field.

import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ReportAtOnceRuleWords, type AlarmView, type Mark, type ReportAtOnceRule } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { AdoptForm } from "./adopt_form.tsx";
import type { DeskActs } from "./desk_acts.ts";
import { Cancel, NumberedChoice, Submit, TextForm, type Sending } from "./form_parts.tsx";
import { GiveUpForm } from "./give_up_form.tsx";
import { GuardForm } from "./guard_form.tsx";
import type { Mode } from "./mode.ts";
import { VerifyForm } from "./verify_form.tsx";

interface FormProps {
  form: Mode["form"];
  alarm: AlarmView;
  acts: DeskActs;
  /** Nothing can be sent now: an act is under way, or the picture is not true. */
  waiting: boolean;
  cancel: () => void;
}

export function ActForm({ form, alarm, acts, waiting, cancel }: FormProps): ReactNode {
  const { t } = useTranslation();
  const sending = { cancel, pending: waiting };
  switch (form) {
    case "none":
      return null;
    case "verify":
      return <VerifyForm duress={alarm.class === "duress"} send={acts.sendVerification} {...sending} />;
    case "guard":
      return <GuardForm alarm={alarm} another={acts.anotherGuard} send={acts.sendGuard} {...sending} />;
    case "escalate":
      return <EscalateArmed send={(mark) => acts.sendEscalation(null, mark)} drills={acts.mayDrill} again={alarm.tracks.escalation !== "none"} />;
    case "rule":
      return <RuleForm send={acts.sendEscalation} suggested={alarm.suggests} duress={alarm.class === "duress"} {...sending} />;
    case "close":
      return <TextForm act={t("act.close")} label={t("close.reason")} hint={t("close.hint")} why={t("why.typeReason")} send={acts.sendClose} {...sending} />;
    case "note":
      return <TextForm act={t("act.note")} label={t("note.title")} hint={t("note.hint")} why={t("why.typeNote")} send={acts.sendNote} {...sending} />;
    case "takeOver":
      return <TextForm act={t("act.takeOver")} label={t("takeOver.reason")} hint={t("takeOver.hint")} why={t("why.typeReason")} send={acts.sendTakeOver} {...sending} />;
    case "giveUp":
      return <GiveUpForm holder={alarm.claimed_by} send={acts.sendGivingUp} {...sending} />;
    case "adopt":
      return <AdoptForm alarm={alarm} send={acts.sendAdoption} {...sending} />;
  }
}

function EscalateArmed({ send, drills, again }: { send: (mark: Mark) => void; drills: boolean; again: boolean }): ReactNode {
  const { t } = useTranslation();
  // The button that E may have been clicked on must not swallow the Enter that sends.
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  useKeys({ Enter: () => send("actual") });
  return (
    <div className="form armed" role="status">
      <b>{t("act.armed")}</b>
      <button type="button" className="btn" onClick={() => send("actual")}>
        {t("act.send")} <kbd>↵</kbd>
      </button>
      {drills && !again && (["exercise", "test"] as const).map((mark) => (
        <button key={mark} type="button" className="btn quiet" data-mark={mark} onClick={() => send(mark)}>
          {t(`act.${mark}`)}
        </button>
      ))}
    </div>
  );
}

function RuleForm({ send, cancel, pending, suggested, duress }: Sending<ReportAtOnceRule> & { suggested: ReportAtOnceRule | null; duress: boolean }): ReactNode {
  const { t } = useTranslation();
  const [rule, setRule] = useState(suggested);
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
