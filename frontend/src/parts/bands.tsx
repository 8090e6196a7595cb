import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Problem } from "../api.ts";
import { reasonOf, type Acting, type Outcome } from "../desk/acting.ts";
import { useLive } from "../feed/live.tsx";
import { RoleWords, type Role } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { hms } from "../time.ts";
import { Icon } from "./pieces.tsx";

type Person = (id: string | null) => string;

interface ActBandProps {
  acting: Acting;
  person: Person;
  /** Offered where a colleague was first. */
  onTakeOver?: (alarm: string) => void;
}

/** What became of the last act, where it needs more than a line: a refusal is calm ink, nothing is broken. */
export function ActBand({ acting, person, onTakeOver }: ActBandProps): ReactNode {
  const { t } = useTranslation();
  const { outcome } = acting;
  if (outcome.state === "refused") return <Refusal acting={acting} outcome={outcome} person={person} onTakeOver={onTakeOver} />;
  if (outcome.state !== "unknown" && outcome.state !== "failed") return null;
  return (
    <Calm dismiss={acting.clear}>
      <b>{t(`band.${outcome.state}`, { act: t(`act.${outcome.sent.name}`) })}</b> {t(`band.${outcome.state}Do`)}
    </Calm>
  );
}

function Calm({ dismiss, more, children }: { dismiss: () => void; more?: ReactNode; children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="band calm" role="status">
      <Icon name="no" />
      <span>{children}</span>
      <span className="push" />
      {more}
      <button type="button" className="btn" onClick={dismiss}>
        {t("band.dismiss")} <kbd>Esc</kbd>
      </button>
    </div>
  );
}

const TAKEN = new Set(["alarm_claimed_by_other", "alarm_not_yours"]);

interface RefusalProps extends Omit<ActBandProps, "onTakeOver"> {
  outcome: Extract<Outcome, { state: "refused" }>;
  onTakeOver: ((alarm: string) => void) | undefined;
}

function Refusal({ acting, outcome, person, onTakeOver }: RefusalProps): ReactNode {
  const { t } = useTranslation();
  const takeOver = onTakeOver !== undefined && TAKEN.has(reasonOf(outcome.problem)) ? () => onTakeOver(outcome.sent.subject) : null;
  const button = takeOver !== null && (
    <button type="button" className="btn" onClick={takeOver}>
      {t("band.takeOver")} <kbd>T</kbd>
    </button>
  );
  return (
    <Calm dismiss={acting.clear} more={button}>
      {takeOver !== null && <TakeOverKey run={takeOver} />}
      <Reason problem={outcome.problem} subject={outcome.sent.subject} person={person} />
    </Calm>
  );
}

/** While the band stands, T means this alarm, whichever is chosen. */
function TakeOverKey({ run }: { run: () => void }): ReactNode {
  useKeys({ t: run });
  return null;
}

function Reason({ problem, subject, person }: { problem: Problem; subject: string; person: Person }): ReactNode {
  const { t, i18n } = useTranslation();
  const { picture } = useLive();
  const reason = reasonOf(problem);
  const known = i18n.exists(`refusal.${reason}`) ? (reason as "alarm_not_open") : "other";
  const params = problem.params ?? {};
  const told = { title: problem.title, ...named(params, person), ...("role" in params ? { role: roles(t, params["role"] ?? "") } : {}) };
  const holder = params["holder"];
  const held = picture.alarms.get(subject);
  const first = holder !== undefined && held?.claimed_by === holder && held.claimed_at !== null ? held.claimed_at : null;
  const todo = known === "other" ? problem.what_to_do : undefined;
  return (
    <>
      <b>
        {t("band.refused")} {first === null ? t(`refusal.${known}`, told) : t("band.since", { who: person(holder ?? null), time: hms(first) })}
      </b>{" "}
      {t("band.nothingChanged")} {todo ?? t(`remedy.${known}`)}
    </>
  );
}

/** Role ids as words; an id that this page does not know stays as it is. */
function roles(t: TFunction, listed: string): string {
  const words = listed.split(/,\s*/).map((role) => (RoleWords.includes(role as Role) ? t(`role.${role as Role}`) : role));
  return words.join(t("punct.list"));
}

function named(params: Readonly<Record<string, string>>, person: Person): Record<string, string> {
  const people = new Set(["holder", "by"]);
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, people.has(name) ? person(value) : value]));
}

/** The command bar's one line about the last act. */
export function ActLine({ acting }: { acting: Acting }): ReactNode {
  const { t } = useTranslation();
  const { outcome } = acting;
  return (
    <span className="answer" role="status">
      {outcome.state === "pending" && (
        <>
          <Icon name="wait" />
          {t(`act.${outcome.sent.name}`)} · {t("act.pending")}
        </>
      )}
      {outcome.state === "kept" && (
        <>
          <Icon name="check" />
          {t("band.kept", { act: t(`act.${outcome.sent.name}`) })}
        </>
      )}
      {outcome.state === "done" && (
        <>
          <Icon name="check" />
          {outcome.already ? t("act.already", { act: t(`act.${outcome.sent.name}`) }) : t("act.doneAfter", { act: t(`act.${outcome.sent.name}`), n: outcome.tookMs })}
        </>
      )}
    </span>
  );
}

/** Partitions that do not decide: the loudest thing there is, next to a picture that is not true. */
export function StoppedBand(): ReactNode {
  const { t } = useTranslation();
  const { stopped } = useLive().picture;
  if (stopped.length === 0) return null;
  const since = Math.min(...stopped.map((one) => one.since));
  const waiting = stopped.reduce((sum, one) => sum + one.waiting, 0);
  return (
    <div className="band" role="alert" data-stopped>
      <Icon name="warn" />
      <span>
        <b>{t("band.stopped", { list: stopped.map((one) => one.partition).join(t("punct.list")), time: hms(since) })}</b> {t("band.stoppedDo", { n: waiting })}
      </span>
    </div>
  );
}
