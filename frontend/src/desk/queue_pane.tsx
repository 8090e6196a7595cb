import { memo, useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive, useNow, useStale } from "../feed/live.tsx";
import type { AlarmView, UndecidedSignal } from "../generated/contracts.ts";
import { Code, Ghosts, Icon, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { age } from "../time.ts";
import { whichWord } from "../words/which.ts";
import { secondsForGuard, wantsGuard } from "./guards.ts";
import { Lane, type NoteUndecided } from "./lane.tsx";
import type { Drawn } from "./optimism.ts";

interface QueueProps {
  me: Me;
  queue: readonly Drawn<AlarmView>[];
  chosen: string | null;
  choose: (id: string) => void;
  undecided: readonly UndecidedSignal[];
  onNote: NoteUndecided | null;
}

export function QueuePane({ me, queue, chosen, choose, undecided, onNote }: QueueProps): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  const untaken = queue.filter(({ view }) => view.claimed_by === null).length;
  return (
    <section className="pane queue" aria-label={t("queue.title")}>
      <div className="head">
        <h2>{t("queue.title")}</h2>
        <b>{picture.complete ? queue.length : t("empty.loadingTitle")}</b>
        <span>{t("queue.order")}</span>
        <span className="push" />
        <kbd>J</kbd>
        <kbd>K</kbd>
      </div>
      {picture.complete && (
        <p className="load">
          <span className={untaken > 0 ? "tag p1" : "tag"}>
            {t("queue.untaken")} {untaken}
          </span>
        </p>
      )}
      {undecided.length > 0 && <Lane signals={undecided} onNote={onNote} />}
      {!picture.complete && <Ghosts />}
      <ul className="rows">
        {queue.map(({ view, pending }, index) => (
          <Row key={view.id} me={me} alarm={view} top={index === 0} current={view.id === chosen} pending={pending !== null} choose={choose} />
        ))}
      </ul>
      <Counts />
    </section>
  );
}

/** What came in since the receivers started, and what became of it. */
function Counts(): ReactNode {
  const { t } = useTranslation();
  const { accounting } = useLive().picture;
  if (accounting === null) return null;
  const shown = ["surfaced", "logged", "suppressed"] as const;
  return (
    <p className="foot" title={t("queue.counts")}>
      {shown.map((name) => (
        <span key={name}>
          {t(`count.${name}`)} <b>{accounting[name]}</b>
        </span>
      ))}
    </p>
  );
}

interface RowProps {
  me: Me;
  alarm: AlarmView;
  top: boolean;
  current: boolean;
  pending: boolean;
  choose: (id: string) => void;
}

/** Drawn anew when its alarm changes; with each second only what counts seconds. There may be hundreds. */
const Row = memo(function Row({ me, alarm, top, current, pending, choose }: RowProps): ReactNode {
  const { t } = useTranslation();
  const stale = useStale();
  const row = useRef<HTMLLIElement>(null);
  const free = alarm.claimed_by === null;
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const classes = ["row", top ? "top" : "", free ? "free" : "", pending ? "hatch" : ""].filter(Boolean).join(" ");
  return (
    <li ref={row} className={classes} data-p={alarm.priority} data-alarm={alarm.id} data-offset={alarm.offset} data-pending={pending || undefined} aria-current={current}>
      <Priority level={alarm.priority} blink={free && !stale} />
      <button type="button" className="open" onClick={() => choose(alarm.id)}>
        <span className="l1">
          <span className="name">
            <SiteName alarm={alarm} />
          </span>
          <Age since={alarm.raised_at} />
        </span>
        <span className="l2">
          <span className="what">
            <What alarm={alarm} />
          </span>
          <Owner me={me} alarm={alarm} pending={pending} />
        </span>
        {alarm.class === "duress" && (
          <span className="never">
            <Icon name="nocall" />
            {t("queue.never")}
          </span>
        )}
        <MiniTracks alarm={alarm} />
      </button>
    </li>
  );
});

function Age({ since }: { since: number }): ReactNode {
  return <span className="age">{age(useNow() - since)}</span>;
}

function What({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      {t(`class.${alarm.class}`)} · <Code alarm={alarm} />
      {alarm.zone !== "" && ` · ${whichWord(t, alarm)}`}
      {alarm.occurrence_count > 1 && ` · ${t("queue.occurrences", { n: alarm.occurrence_count })}`}
      {isRestored(alarm) && ` · ${t("queue.restored")}`}
    </>
  );
}

function isRestored(alarm: AlarmView): boolean {
  return alarm.occurrences.length > 0 && alarm.occurrences.every((one) => one.restored_at !== null);
}

function Owner({ me, alarm, pending }: { me: Me; alarm: AlarmView; pending: boolean }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const waits = pending ? ` · ${t("queue.pending")}` : "";
  return (
    <span className="owner">
      {alarm.claimed_by !== null ? (
        person(alarm.claimed_by) + waits
      ) : (
        <>
          {t("queue.untaken")} · {pending ? t("queue.pending") : <UntilClaimed alarm={alarm} />}
        </>
      )}
    </span>
  );
}

function UntilClaimed({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const left = Math.ceil((alarm.claim_due - useNow()) / 1_000_000);
  return <>{alarm.claim_overdue || left <= 0 ? t("queue.overdue") : t("queue.left", { n: left })}</>;
}

function MiniTracks({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { verification, guard, escalation } = alarm.tracks;
  const wanted = wantsGuard(alarm);
  const under = escalation === "sent" || escalation === "delivered";
  return (
    <span className="mini">
      <span>
        <Icon name={verification === "waiting" ? "wait" : "check"} />
        {verification === "waiting" ? t("track.verification") : t(`result.${verification}`)}
      </span>
      {guard !== "none" ? (
        <span data-s="wait">
          <Icon name={guard === "result" || guard === "left" ? "check" : "now"} />
          {`${t("guard.short")} ${t(`guardStage.${guard}`)}`}
        </span>
      ) : (
        wanted && <NoGuardYet alarm={alarm} />
      )}
      <span data-s={under || escalation === "undelivered" ? "now" : "wait"}>
        <Icon name={escalation === "none" ? "wait" : escalation === "undelivered" ? "warn" : under ? "now" : "check"} />
        {escalation === "none" ? t("track.escalation") : t(`track.${escalation}`)}
      </span>
      {alarm.suggests !== null && escalation === "none" && (
        <span data-s="now">
          <Icon name="warn" />
          {t("queue.suggested")}
        </span>
      )}
    </span>
  );
}

function NoGuardYet({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const overdue = secondsForGuard(alarm, useNow()) === 0;
  return (
    <span data-s={overdue ? "now" : "wait"}>
      <Icon name={overdue ? "warn" : "wait"} />
      {t("guard.none")}
    </span>
  );
}
