import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarm as fetchAlarm, Refusal, type Me } from "../api.ts";
import type { AlarmView } from "../generated/contracts.ts";
import { useBureau } from "../parts/bureau.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { inside } from "../route.ts";
import { hms } from "../time.ts";
import { eventBy, eventDetail, eventWord } from "../words/events.ts";

/** What happened, newest first, from the record. Read again whenever a decision changes the alarm. */
export function Story({ me, alarm, onWhy }: { me: Me; alarm: AlarmView; onWhy: () => void }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const bureau = useBureau();
  const story = useQuery({
    queryKey: ["alarm", alarm.id, alarm.offset],
    queryFn: () => fetchAlarm(alarm.id),
    placeholderData: keepPreviousData,
  });
  const events = story.data?.id === alarm.id ? story.data.events : [];
  return (
    <section className="story">
      <div className="head">
        <h2>{t("story.title")}</h2>
        <span>{story.isPending ? t("story.loading") : t("story.newest")}</span>
        <span className="push" />
        <WhyButton shown={false} onWhy={onWhy} />
        <a className="btn quiet" {...inside(`/alarms/${encodeURIComponent(alarm.id)}`)}>
          {t("alarm.openEvents")}
        </a>
      </div>
      {story.isError && <Missing error={story.error} since={story.errorUpdatedAt} again={() => void story.refetch()} />}
      <ol tabIndex={0} aria-label={t("story.title")}>
        {[...events].reverse().map((event, index) => (
          <li key={`${event.partition}:${event.offset}:${index}`} data-type={event.type}>
            <time>{hms(event.time)}</time>
            <span className="who">{eventBy(t, event, person)}</span>
            <b>{eventWord(t, event.type)}</b>
            <span className="why">{eventDetail(t, event, person, bureau)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A look, no act: it stands with the story, whose place the reasons take. */
export function WhyButton({ shown, onWhy }: { shown: boolean; onWhy: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="button" className="btn quiet" aria-pressed={shown} onClick={onWhy}>
      {t("reasons.short")} <kbd>W</kbd>
    </button>
  );
}

/** This part alone failed: what is missing, since when, and what to do; the rest of the page lives on. */
function Missing({ error, since, again }: { error: Error; since: number; again: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="fault" role="status" data-part-failed>
      {t("story.failed", { time: hms(since * 1000), detail: said(error) })}{" "}
      <button type="button" className="btn quiet" onClick={again}>
        {t("story.again")}
      </button>
    </p>
  );
}

export function said(error: Error): string {
  return error instanceof Refusal ? (error.problem.what_to_do ?? error.problem.title) : error.message;
}
