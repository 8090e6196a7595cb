import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import type { AlarmView } from "../generated/contracts.ts";
import { Icon, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { age } from "../time.ts";
import type { Outcome } from "./acting.ts";

interface QueueProps {
  me: Me;
  queue: readonly AlarmView[];
  chosen: string | null;
  choose: (id: string) => void;
  pending: Outcome;
}

export function QueuePane({ me, queue, chosen, choose, pending }: QueueProps): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  const untaken = queue.filter((alarm) => alarm.claimed_by === null).length;
  return (
    <section className="pane queue" aria-label={t("queue.title")}>
      <div className="head">
        <h2>{t("queue.title")}</h2>
        <b>{queue.length}</b>
        <span>{t("queue.order")}</span>
        <span className="push" />
        <kbd>J</kbd>
        <kbd>K</kbd>
      </div>
      <p className="load">
        <span className={untaken > 0 ? "tag p1" : ""}>
          {t("queue.untaken")} <b>{untaken}</b>
        </span>
        {!picture.complete && <span>{t("empty.loading")}</span>}
      </p>
      <ul className="rows">
        {queue.map((alarm, index) => (
          <Row
            key={alarm.id}
            me={me}
            alarm={alarm}
            top={index === 0}
            current={alarm.id === chosen}
            pending={pending.state === "pending" && pending.subject === alarm.id}
            choose={choose}
          />
        ))}
      </ul>
    </section>
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

function Row({ me, alarm, top, current, pending, choose }: RowProps): ReactNode {
  const { t } = useTranslation();
  const { now, stale } = useLive();
  const row = useRef<HTMLLIElement>(null);
  const free = alarm.claimed_by === null;
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const classes = ["row", top ? "top" : "", free ? "free" : "", pending ? "hatch" : ""].filter(Boolean).join(" ");
  return (
    <li ref={row} className={classes} data-p={alarm.priority} data-alarm={alarm.id} aria-current={current}>
      <Priority level={alarm.priority} blink={free && !stale} />
      <button type="button" className="open" onClick={() => choose(alarm.id)}>
        <span className="l1">
          <span className="name">
            <SiteName alarm={alarm} />
          </span>
          <span className="age">{age(now - alarm.raised_at)}</span>
        </span>
        <span className="l2">
          <span className="what">
            {t(`class.${alarm.class}`)} · <span className="mono">{alarm.code}</span>
            {alarm.zone !== "" && ` · ${t("event.zone", { zone: alarm.zone })}`}
          </span>
          <Owner me={me} alarm={alarm} />
        </span>
        {alarm.class === "duress" && (
          <span className="never">
            <Icon name="nocall" />
            {t("queue.never")}
          </span>
        )}
        <MiniTracks alarm={alarm} />
        {pending && <span className="small">{t("act.pending")}</span>}
      </button>
    </li>
  );
}

function Owner({ me, alarm }: { me: Me; alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { now } = useLive();
  const person = usePerson(me);
  if (alarm.claimed_by !== null) return <span className="owner">{person(alarm.claimed_by)}</span>;
  const left = Math.ceil((alarm.claim_due - now) / 1_000_000);
  const due = alarm.claim_overdue || left <= 0 ? t("queue.overdue") : t("queue.left", { n: left });
  return (
    <span className="owner">
      {t("queue.untaken")} · {due}
    </span>
  );
}

function MiniTracks({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const verified = alarm.tracks.verification !== "waiting";
  const report = alarm.tracks.escalation;
  return (
    <span className="mini">
      <span data-s={verified ? "done" : "wait"}>
        <Icon name={verified ? "check" : "wait"} />
        {t("track.verification")}
      </span>
      <span data-s={report === "sent" ? "now" : "wait"}>
        <Icon name={report === "signed_for" ? "check" : report === "sent" ? "now" : "wait"} />
        {report === "none" ? t("track.escalation") : t(`track.${report}`)}
      </span>
    </span>
  );
}
