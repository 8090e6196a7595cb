import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarmWhy } from "../api.ts";
import type { AlarmClass, CommandRefused, EvidenceKind, GuardFinding, Reason, ReportAtOnceRule, RuleEvidence, RuleSignal, VerificationResult } from "../generated/contracts.ts";
import { AlarmClassWords } from "../generated/contracts.ts";
import { Icon } from "../parts/pieces.tsx";
import { hms } from "../time.ts";
import { askedWord } from "../words/events.ts";
import { said, WhyButton } from "./story.tsx";

/** Each decision of the alarm with its rule, what it was judged on, and what the rule says when it is asked again. */
export function Why({ id, offset, onWhy }: { id: string; offset: number; onWhy?: () => void }): ReactNode {
  const { t } = useTranslation();
  const why = useQuery({ queryKey: ["why", id, offset], queryFn: () => alarmWhy(id), placeholderData: keepPreviousData });
  const reasons = why.data?.alarm === id ? why.data.reasons : [];
  return (
    <section className="story reasons" aria-label={t("reasons.title")}>
      <div className="head">
        <h2>{t("reasons.title")}</h2>
        <span>{why.isPending ? t("reasons.loading") : t("reasons.again")}</span>
        <span className="push" />
        {onWhy !== undefined && <WhyButton shown onWhy={onWhy} />}
      </div>
      {why.isError && (
        <p className="fault" role="status" data-part-failed>
          {t("reasons.failed", { detail: said(why.error) })}{" "}
          <button type="button" className="btn quiet" onClick={() => void why.refetch()}>
            {t("story.again")}
          </button>
        </p>
      )}
      <ol tabIndex={0} aria-label={t("reasons.title")}>
        {reasons.map((reason, at) => (
          <One key={at} reason={reason} />
        ))}
      </ol>
    </section>
  );
}

function One({ reason }: { reason: Reason }): ReactNode {
  const { t } = useTranslation();
  const where = [...reason.articles, reason.pack === null ? "" : t("reasons.pack", { ...reason.pack })].filter(Boolean).join(" · ");
  return (
    <li data-rule={reason.rule} data-holds={reason.holds ?? undefined}>
      <time>{hms(reason.time)}</time>
      <b>{ruleWord(t, reason.rule)}</b>
      <span>
        {Object.entries(reason.inputs)
          .map(([name, value]) => inputWords(t, name, value))
          .filter(Boolean)
          .join(" · ")}
        {where !== "" && <span className="why"> {where}</span>}
      </span>
      <span>
        {outcomeWord(t, reason.outcome)}{" "}
        <span className="why">
          <Icon name={reason.holds === true ? "check" : "warn"} />{" "}
          {reason.recomputed === null ? t("reasons.notHere") : reason.holds === true ? t("reasons.holds") : t("reasons.differs", { what: outcomeWord(t, reason.recomputed) })}
        </span>
      </span>
    </li>
  );
}

const AT_ONCE = "report_at_once.";

function ruleWord(t: TFunction, rule: Reason["rule"]): string {
  if (rule.startsWith(AT_ONCE)) return `${t("reasons.atOnce")}${t("punct.colon")}${t(`rule.${rule.slice(AT_ONCE.length) as ReportAtOnceRule}`)}`;
  return t(`reasons.rule.${rule.replaceAll(".", "_") as "alarm_class"}`);
}

const OUTCOMES = ["accepted", "met", "not_met", "fell_due", "in_time", "stands_off", "goes_in", "joined", "own_alarm", "asked_again", "archived", "kept"] as const;

/** A closed word in words; a refusal's stable reason as it stands in the record. */
function outcomeWord(t: TFunction, outcome: string): string {
  const known = OUTCOMES.find((word) => word === outcome);
  if (known !== undefined) return t(`reasons.outcome.${known}`);
  if (/^[1-4]$/.test(outcome)) return t("reasons.priority", { n: outcome });
  return AlarmClassWords.some((word) => word === outcome) ? t(`class.${outcome as AlarmClass}`) : outcome;
}

/** One input as a person reads it; "" for one that says nothing. */
function inputWords(t: TFunction, name: string, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return name === "claimed_by" ? t("queue.untaken") : name === "verification" ? t("track.waiting") : "";
  switch (name) {
    case "code":
      return `${t("alarm.code")} ${String(value)}`;
    case "class":
      return t(`class.${value as AlarmClass}`);
    case "alarm_class":
      return t("reasons.ofAlarm", { what: t(`class.${value as AlarmClass}`) });
    case "before":
    case "alarm_priority":
      return t("reasons.ofAlarm", { what: t("reasons.priority", { n: value }) });
    case "met":
      return t(`rule.${value as ReportAtOnceRule}`);
    case "heard_before":
      return t("reasons.heardBefore", { time: hms(Number(value)) });
    case "received_at":
      return t("reasons.heardNow", { time: hms(Number(value)) });
    case "command":
      return commandWords(t, value as CommandRefused["command"]);
    case "alarm":
      return typeof value === "object" && value !== null && "holder" in value && typeof value.holder === "string" ? t("reasons.heldBy", { who: value.holder }) : "";
    case "ask_at":
    case "closed_at":
      return t("reasons.due", { time: hms(Number(value) + (name === "closed_at" ? KEPT_US : 0)) });
    case "verification":
      return t(`result.${value as VerificationResult}`);
    case "rule":
      return t(`rule.${value as ReportAtOnceRule}`);
    case "guard":
      return t(`guardFinding.${value as GuardFinding}`);
    case "signals":
      return (value as RuleSignal[]).map((one) => `${t("event.zone", { zone: one.zone || "—" })} ${hms(one.received_at)}`).join(t("punct.semi"));
    case "evidence":
      return (value as (EvidenceKind | RuleEvidence)[]).map((one) => evidenceWord(t, one)).join(t("punct.semi"));
    case "claim_due":
      return t("reasons.due", { time: hms(Number(value)) });
    case "at":
      return t("reasons.judgedAt", { time: hms(Number(value)) });
    case "asked":
      return value === true ? t("guard.waits") : "";
    default:
      return `${name} ${String(value)}`;
  }
}

const KEPT_US = 7 * 86_400_000_000;

function commandWords(t: TFunction, command: CommandRefused["command"]): string {
  return [askedWord(t, command.type), t("reasons.askedBy", { who: command.by.id })].join(" ");
}

function evidenceWord(t: TFunction, one: EvidenceKind | RuleEvidence): string {
  if (typeof one === "string") return t(`evidence.${one}`);
  return [t(`evidence.${one.kind}`), one.found === null ? "" : t(`found.${one.found}`)].filter(Boolean).join(" ");
}
