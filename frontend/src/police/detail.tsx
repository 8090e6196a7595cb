import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import type { Drawn } from "../desk/optimism.ts";
import { Position, SignalList } from "../desk/registry_facts.tsx";
import type { EscalationView, GuardView, ReportAtOnceRule } from "../generated/contracts.ts";
import { Bureau } from "../parts/bureau.tsx";
import { Alert, Fact, Icon, usePerson, type IconName } from "../parts/pieces.tsx";
import { hms, stamp } from "../time.ts";
import { whichWord } from "../words/which.ts";
import { ActRow } from "./forms.tsx";
import { isNew } from "./order.ts";
import type { PoliceActs } from "./police_acts.ts";

/** What the dispatcher needs, and nothing legal: no filing, no countdown, no call-back number that is not known. */
export function EscalationDetail({ me, drawn, acts, gone }: { me: Me; drawn: Drawn<EscalationView>; acts: PoliceActs; gone: boolean }): ReactNode {
  const { view: one, pending } = drawn;
  return (
    <main className="pane one" id="content" data-escalation={one.id} data-state={one.state}>
      {one.mark !== "actual" && <Drill one={one} />}
      {one.mark === "actual" && isNew(one) && <Loud one={one} />}
      {one.possibly_repeated && <Repeated />}
      {gone && <Gone />}
      <Summary one={one} />
      <Rail me={me} one={one} hatched={pending !== null} />
      <div className="body">
        <Facts me={me} one={one} />
        <Side me={me} one={one} />
      </div>
      {me.roles.includes("police") && <ActRow one={one} acts={acts} />}
    </main>
  );
}

/** A drill never looks like the real thing: it says so first, and in words. */
function Drill({ one }: { one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="loud drill" role="status" data-mark={one.mark}>
      <b>{t(`drill.${one.mark}`)}</b>
      <span>{t("drill.loud")}</span>
    </div>
  );
}

function Repeated(): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="never-call" role="status" data-repeated>
      {t("police.repeated")}
    </p>
  );
}

/** What is typed was about this report: it stands there to be copied, and is sent nowhere. */
function Gone(): ReactNode {
  const { t } = useTranslation();
  return <Alert icon="lock" word={t("police.gone")} toDo={t("police.goneDo")} />;
}

function Loud({ one }: { one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="loud" role="status">
      <span className="sq" />
      <b>{t("police.loud")}</b>
      <span>
        {t("police.kind")} · {t("police.reportedAt", { time: hms(one.escalated_at) })}
        {one.delivered_at !== null && ` · ${t("police.deliveredAt", { time: hms(one.delivered_at) })}`}
      </span>
    </div>
  );
}

function Summary({ one }: { one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  return (
    <header className="sum">
      <h1>{one.site_name === "" ? t("police.unknownSite", { account: one.account }) : one.site_name}</h1>
      <p className="place">
        {t(`class.${one.class}`)} · <span className="mono">{one.code}</span>
        {one.zone !== "" && ` · ${whichWord(t, one)}`}
      </p>
      <Said one={one} />
    </header>
  );
}

function Said({ one }: { one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const { verification } = one;
  if (verification === null) return <p className="said">{t("police.unsaid")}</p>;
  const evidence = verification.evidence.map((item) => [t(`evidence.${item.kind}`), item.found === null ? "" : t(`found.${item.found}`)].filter(Boolean).join(" ") + (item.note === "" ? "" : t("punct.colon") + item.note));
  return (
    <p className="said">
      {t("police.said", { time: hms(verification.at), result: t(`result.${verification.result}`) })} {evidence.join(t("punct.semi"))}{" "}
      {one.rule !== null && t("police.rule", { rule: t(`rule.${one.rule as ReportAtOnceRule}`) })} {one.guards.map((guard) => t("police.guard", { what: guardWords(t, guard) })).join(" ")}
    </p>
  );
}

/** Where a guard is and what it found: whoever goes there must know. */
function guardWords(t: TFunction, guard: GuardView): string {
  const found = guard.finding === null ? "" : t(`guardFinding.${guard.finding}`);
  return [guard.unit, t(`guardStage.${guard.stage}`), guard.stand_off ? t("guard.waits") : "", found, guard.note].filter(Boolean).join(" · ");
}

interface Stop {
  word: string;
  at: number | null;
  more?: string;
}

/** The stations of a report; the first that has not happened is the one that waits. */
function Rail({ me, one, hatched }: { me: Me; one: EscalationView; hatched: boolean }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const final = one.feedback.find((said) => said.final);
  const told = one.feedback.filter((said) => !said.final).at(-1);
  const number = one.police_incident_no === null ? t("track.noIncident") : `${t("police.incident")} ${one.police_incident_no}`;
  const signed: Stop = { word: t("act.signFor"), at: one.signed_for_at };
  if (one.signed_for_at !== null) signed.more = `${person(one.signed_for_by)} · ${number}`;
  const stops: Stop[] = [
    { word: t("police.sent"), at: one.escalated_at },
    { word: t("police.delivered"), at: one.delivered_at },
    ...otherWays(t, one),
    signed,
    { word: t("act.policeDispatch"), at: one.dispatched_at, more: one.unit },
    { word: t("act.onScene"), at: one.on_scene_at },
    { word: t("act.feedback"), at: told?.at ?? null },
    { word: t("police.finalStep"), at: final?.at ?? null, more: final?.disposition == null ? "" : t(`disposition.${final.disposition}`) },
  ];
  const reached = stops.findLastIndex((stop) => stop.at !== null);
  return (
    <ol className={hatched ? "rail hatch" : "rail"} data-signed={one.signed_for_at !== null} data-pending={hatched || undefined}>
      {stops.map((stop, at) => (
        <Station key={stop.word} stop={stop} now={at === reached + 1} />
      ))}
    </ol>
  );
}

/** Stations that a report passes only when something is the matter. */
function otherWays(t: TFunction, one: EscalationView): Stop[] {
  const stops: Stop[] = [];
  if (one.returned_at !== null) stops.push({ word: t("track.returnedBy"), at: one.returned_at, more: [one.returned_reason === null ? "" : t(`returned.${one.returned_reason}`), one.returned_text].filter(Boolean).join(" · ") });
  if (one.transferred_at !== null) stops.push({ word: t("act.transfer"), at: one.transferred_at, more: `${t("track.transferredFrom")} ${one.transferred_from ?? "—"}` });
  if (one.duplicate_of !== null) stops.push({ word: t("act.duplicate"), at: one.escalated_at, more: one.duplicate_of });
  return stops;
}

function Station({ stop, now }: { stop: Stop; now: boolean }): ReactNode {
  const icon: IconName = stop.at !== null ? "check" : now ? "now" : "wait";
  return (
    <li className={stop.at !== null ? "done" : now ? "now" : ""}>
      <Icon name={icon} />
      {stop.word} {stop.at !== null && <time>{hms(stop.at)}</time>}
      {stop.more !== undefined && stop.more !== "" && <span>{stop.more}</span>}
    </li>
  );
}

function Facts({ me, one }: { me: Me; one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (
    <div className="facts" tabIndex={0} role="group" aria-label={t("police.place")}>
      <h2>{t("police.place")}</h2>
      <dl>
        <Fact name={t("alarm.position")}>
          <Position lon={one.lon} lat={one.lat} />
        </Fact>
        <Fact name={t("alarm.bureau")}>
          <Bureau code={one.bureau} />
        </Fact>
        <Fact name={t("alarm.division")}>
          <span className="mono">{one.division ?? "—"}</span>
        </Fact>
        <Fact name={t("police.times")}>
          {t("alarm.received")} {stamp(one.received_at)}
        </Fact>
      </dl>
      <h2>{t("police.who")}</h2>
      <dl>
        <Fact name={t("alarm.provider")}>{one.provider_name === "" ? t("alarm.unknownProvider") : one.provider_name}</Fact>
        <Fact name={t("police.operator")}>{person(one.escalated_by)}</Fact>
        <Fact name={t("police.theirNumber")}>
          <span className="mono">{one.number}</span>
        </Fact>
        <Fact name={t("alarm.account")}>
          <span className="mono">{one.account}</span>
        </Fact>
      </dl>
    </div>
  );
}

/** What the centre added; whether they stand down is for the police to say. */
function Additions({ me, one }: { me: Me; one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (
    <>
      <div className="head">
        <h2>{t("police.additions")}</h2>
        <b>{one.additions.length}</b>
      </div>
      <ol className="signals">
        {one.additions.map((added) => (
          <li key={added.id} data-addition={added.kind}>
            <time>{hms(added.at)}</time>
            <span>
              {added.kind === "stand_down_request" && (
                <b>
                  {t("addition.stand_down_request")} {t("police.decide")}{" "}
                </b>
              )}
              {added.text} <span className="dim">{person(added.by)}</span>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The signals one by one, and what was fed back. */
function Side({ me, one }: { me: Me; one: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (
    <aside className="side" tabIndex={0} aria-label={t("police.signals")}>
      <div className="head">
        <h2>{t("police.signals")}</h2>
        <b>{one.occurrences.length}</b>
      </div>
      <SignalList occurrences={one.occurrences} />
      {one.additions.length > 0 && <Additions me={me} one={one} />}
      <div className="head">
        <h2>{t("police.feedback")}</h2>
        <b>{one.feedback.length}</b>
      </div>
      <ol className="signals">
        {one.feedback.map((said, at) => (
          <li key={at}>
            <time>{hms(said.at)}</time>
            <span>
              {said.final && <b>{t("event.final")} </b>}
              {said.disposition !== null && `${t(`disposition.${said.disposition}`)} · `}
              {said.text} <span className="dim">{person(said.by)}</span>
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}
