import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Problem } from "../api.ts";
import { reasonOf, type Acting } from "../desk/acting.ts";
import { Icon } from "./pieces.tsx";

/** What became of the last act, where it needs more than a line: a refusal is calm ink, nothing is broken. */
export function ActBand({ acting, person }: { acting: Acting; person: (id: string | null) => string }): ReactNode {
  const { t } = useTranslation();
  const { outcome } = acting;
  if (outcome.state === "refused") {
    return (
      <Calm dismiss={acting.clear}>
        <Refused problem={outcome.problem} person={person} />
      </Calm>
    );
  }
  if (outcome.state !== "unknown" && outcome.state !== "failed") return null;
  return (
    <Calm dismiss={acting.clear}>
      <b>{t(`band.${outcome.state}`, { act: t(`act.${outcome.name}`) })}</b> {t(`band.${outcome.state}Do`)}
    </Calm>
  );
}

function Calm({ dismiss, children }: { dismiss: () => void; children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="band calm" role="status">
      <Icon name="no" />
      <span>{children}</span>
      <span className="push" />
      <button type="button" className="btn" onClick={dismiss}>
        {t("band.dismiss")} <kbd>Esc</kbd>
      </button>
    </div>
  );
}

function Refused({ problem, person }: { problem: Problem; person: (id: string | null) => string }): ReactNode {
  const { t, i18n } = useTranslation();
  const reason = reasonOf(problem);
  const known = i18n.exists(`refusal.${reason}`) ? (reason as "alarm_not_open") : "other";
  const told = { title: problem.title, ...named(problem.params ?? {}, person) };
  const todo = known === "other" ? problem.what_to_do : undefined;
  return (
    <>
      <b>
        {t("band.refused")} {t(`refusal.${known}`, told)}
      </b>{" "}
      {t("band.nothingChanged")} {todo ?? t(`remedy.${known}`)}
    </>
  );
}

function named(params: Readonly<Record<string, string>>, person: (id: string | null) => string): Record<string, string> {
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
          {t(`act.${outcome.name}`)} · {t("act.pending")}
        </>
      )}
      {outcome.state === "done" && (
        <>
          <Icon name="check" />
          {outcome.already ? t("act.already", { act: t(`act.${outcome.name}`) }) : t("act.doneAfter", { act: t(`act.${outcome.name}`), n: outcome.tookMs })}
        </>
      )}
    </span>
  );
}
