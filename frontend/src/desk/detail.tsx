import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import type { AlarmView, RuleInputs } from "../generated/contracts.ts";
import { ActButton, Alert, Code, Icon, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { age, hms, stamp } from "../time.ts";
import { whichWord } from "../words/which.ts";
import { underWay, type Acting } from "./acting.ts";
import { mayAct, mayAdopt, type DeskAct, type Hindrance } from "./acts.ts";
import { inSuccession } from "./advice.ts";
import type { DeskActs } from "./desk_acts.ts";
import { CallList } from "./call_list.tsx";
import { Empty } from "./empty.tsx";
import { ActForm } from "./forms.tsx";
import { isOver, type Mode } from "./mode.ts";
import type { Drawn } from "./optimism.ts";
import { RegistryFacts, Signals } from "./registry_facts.tsx";
import { Story } from "./story.tsx";
import { Tracks } from "./tracks.tsx";
import { Why } from "./why.tsx";

interface DetailProps {
  me: Me;
  drawn: Drawn<AlarmView> | undefined;
  acts: DeskActs;
  mode: Mode;
  /** Close the form. */
  leave: () => void;
  acting: Acting;
  /** Whether the reasons stand in the place of the story. */
  why: boolean;
  onWhy: () => void;
}

export function AlarmDetail({ me, drawn, acts, mode, leave, acting, why, onWhy }: DetailProps): ReactNode {
  const { t } = useTranslation();
  const { picture, stale } = useLive();
  if (drawn === undefined) {
    return (
      <main className="pane alarm" id="content">
        <Empty />
      </main>
    );
  }
  const { view: alarm, pending } = drawn;
  const { form } = mode;
  const over = isOver(form, alarm);
  return (
    <main className="pane alarm" id="content" data-alarm={alarm.id}>
      <Title alarm={alarm} />
      <section className="act">
        {alarm.class === "duress" && alarm.state === "open" && <NeverCall />}
        {alarm.resumed_at !== undefined && alarm.state === "open" && <Resumed since={alarm.resumed_at} />}
        <Advice alarm={alarm} />
        {mayAct(me.roles) ? <Buttons me={me} alarm={alarm} acts={acts} form={form} /> : <OnlyLooks />}
        {over && picture.complete && !underWay(acting.outcome, alarm.id) && <Over />}
        {!(over && form === "escalate") && <ActForm key={`${alarm.id} ${form}`} form={form} acts={acts} alarm={alarm} cancel={leave} waiting={acting.pending || stale || over} />}
      </section>
      <div className="body">
        <Tracks me={me} alarm={alarm} keys={mayAct(me.roles)} pending={pending} />
        {why ? <Why id={alarm.id} offset={alarm.offset} onWhy={onWhy} /> : <Story me={me} alarm={alarm} onWhy={onWhy} />}
        <aside className="side" tabIndex={0} aria-label={t("alarm.facts")}>
          {!alarm.site_known && <Unknown alarm={alarm} acts={acts} me={me} form={form} />}
          <CallList key={alarm.id} me={me} alarm={alarm} />
          <RegistryFacts me={me} alarm={alarm} />
          <Signals alarm={alarm} />
        </aside>
      </div>
    </main>
  );
}

function Title({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { now, stale } = useLive();
  const end = alarm.closed_at ?? now;
  return (
    <header className="title">
      <Priority level={alarm.priority} big blink={alarm.claimed_by === null && alarm.state === "open" && !stale} />
      <div>
        <h1>
          <SiteName alarm={alarm} />
        </h1>
        <p className="kind">
          {t(`class.${alarm.class}`)} · <Code alarm={alarm} />
          {alarm.zone !== "" && ` · ${whichWord(t, alarm)}`}
          {alarm.state === "closed" && ` · ${t("alarmState.closed")}`}
        </p>
      </div>
      <p className="run">
        <b className="running">{age(end - alarm.raised_at)}</b>
        <br />
        <span className="small dim">{t("alarm.since2", { time: hms(alarm.raised_at) })}</span>
      </p>
      <Numbers alarm={alarm} />
    </header>
  );
}

function Numbers({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="facts">
      <span>
        <i>{t("alarm.number")}</i>
        <b>{alarm.number}</b>
      </span>
      <span>
        <i>{t("alarm.account")}</i>
        <span className="mono">{alarm.account}</span>
      </span>
      {alarm.panel_time !== null && (
        <span>
          <i>{t("alarm.panel")}</i>
          {hms(alarm.panel_time)}
        </span>
      )}
      <span>
        <i>{t("alarm.received")}</i>
        {hms(alarm.received_at)}
      </span>
      {alarm.note_count > 0 && <span>{t("alarm.notes", { n: alarm.note_count })}</span>}
      {alarm.possibly_repeated && <span className="tag">{t("alarm.repeated")}</span>}
      {alarm.class === "duress" && (
        <span className="never">
          <Icon name="nocall" />
          {t("queue.never")}
        </span>
      )}
    </p>
  );
}

/** What somebody did about it stands nowhere any more; the telephone knows. */
function Resumed({ since }: { since: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="never-call" role="status" data-resumed={since}>
      {t("alarm.resumed", { time: stamp(since) })}
    </p>
  );
}

/** What the form was about is over: the text stands there to be copied, and is sent nowhere. */
function Over(): ReactNode {
  const { t } = useTranslation();
  return <Alert icon="lock" word={t("alarm.over")} toDo={t("alarm.overDo")} />;
}

/** Duress: whoever forced the code may stand beside the telephone. */
function NeverCall(): ReactNode {
  const { t } = useTranslation();
  return <Alert icon="nocall" word={t("queue.never")} toDo={t("guard.duress")} />;
}

/** A report-at-once rule that the signals meet, with what it rests on. */
function Advice({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  if (alarm.suggests === null || alarm.state === "closed" || alarm.tracks.escalation !== "none") return null;
  return (
    <>
      {alarm.suggestions.map((one) => (
        <p key={one.rule} className="advice" role="note" data-rule={one.rule}>
          <Icon name="warn" />
          <span>
            <b>{t("advice.title")}</b> <Reason rule={t(`rule.${one.rule}`)} inputs={one.inputs} />{" "}
            <span className="dim">{one.article}</span>
          </span>
        </p>
      ))}
    </>
  );
}

/** The rule, with what it rests on where that says more than the rule. */
function Reason({ rule, inputs }: { rule: string; inputs: RuleInputs }): ReactNode {
  const { t } = useTranslation();
  const pair = inSuccession(inputs.signals);
  const zone = (zone: string): string => t("event.zone", { zone });
  if (pair !== null) return <>{t("advice.zones", { what: rule, n: pair.seconds, from: zone(pair.from.zone), to: zone(pair.to.zone) })}</>;
  const rests = inputs.guard !== null ? t(`guardFinding.${inputs.guard}`) : "";
  return <>{t("advice.plain", { what: [rule, rests].filter(Boolean).join(t("punct.colon")) })}</>;
}

interface ButtonsProps {
  me: Me;
  alarm: AlarmView;
  acts: DeskActs;
  form: Mode["form"];
}

function useWhy(me: Me, alarm: AlarmView): (hindrance: Hindrance | null) => string | null {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (hindrance) => (hindrance === null ? null : t(`why.${hindrance}`, { who: person(alarm.claimed_by) }));
}

/** Whose role does nothing here is told so once, and sees no acts. */
function OnlyLooks(): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="small dim" role="note" data-only-looks>
      <Icon name="lock" /> {t("why.role")}
    </p>
  );
}

/** The acts in the order of the work; taking gives its place to taking over when a colleague holds the alarm, and goes when it is done. */
function Buttons({ me, alarm, acts, form }: ButtonsProps): ReactNode {
  const { t } = useTranslation();
  const hindered = useWhy(me, alarm);
  const button = (act: Exclude<DeskAct, "claim" | "escalate" | "adopt">, key: string): ReactNode => (
    <ActButton word={t(`act.${act}`)} keys={[key]} why={hindered(acts.why[act])} run={() => acts.open(act)} pressed={form === act} />
  );
  return (
    <div className="buttons">
      <ActButton
        main
        word={t("act.escalate")}
        keys={alarm.class === "duress" ? ["E"] : ["E", "↵"]}
        why={hindered(acts.why.escalate)}
        run={acts.escalate}
        pressed={form === "escalate" || form === "rule"}
      />
      {alarm.claimed_by === null && <ActButton word={t("act.claim")} keys={["A"]} why={hindered(acts.why.claim)} run={acts.claim} />}
      {alarm.claimed_by !== null && alarm.claimed_by !== me.id && button("takeOver", "T")}
      {button("guard", "G")}
      {button("verify", "V")}
      {button("note", "N")}
      {button("giveUp", "R")}
      {button("close", "C")}
    </div>
  );
}

/** An account that the registry does not know: registered by one click and a small form, for those who may. */
function Unknown({ me, alarm, acts, form }: ButtonsProps): ReactNode {
  const { t } = useTranslation();
  const why = useWhy(me, alarm);
  return (
    <section className="unknown">
      <p>
        <Icon name="warn" />
        <b>{t("alarm.unknown")}</b>
      </p>
      {mayAdopt(me.roles) && <ActButton word={t("act.adopt")} keys={[]} why={why(acts.why.adopt)} run={() => acts.open("adopt")} pressed={form === "adopt"} />}
    </section>
  );
}
