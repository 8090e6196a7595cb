import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import type { AlarmView } from "../generated/contracts.ts";
import { ActButton, Icon, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { age, hms } from "../time.ts";
import type { Acting } from "./acting.ts";
import { mayAct, type Hindrance } from "./acts.ts";
import type { DeskActs } from "./desk.tsx";
import { Empty } from "./empty.tsx";
import { ActForm, type Mode } from "./forms.tsx";
import { RegistryFacts } from "./registry_facts.tsx";
import { Story } from "./story.tsx";
import { Tracks } from "./tracks.tsx";

interface DetailProps {
  me: Me;
  alarm: AlarmView | undefined;
  acts: DeskActs;
  mode: Mode;
  setMode: (mode: Mode) => void;
  acting: Acting;
}

export function AlarmDetail({ me, alarm, acts, mode, setMode, acting }: DetailProps): ReactNode {
  if (alarm === undefined) {
    return (
      <main className="pane alarm" id="content">
        <Empty />
      </main>
    );
  }
  return (
    <main className="pane alarm" id="content" data-alarm={alarm.id}>
      <Title alarm={alarm} />
      <section className="act">
        <Buttons me={me} alarm={alarm} acts={acts} mode={mode} />
        <ActForm key={`${alarm.id} ${mode}`} mode={mode} acts={acts} alarm={alarm} cancel={() => setMode("none")} pending={acting.pending} />
      </section>
      <Tracks me={me} alarm={alarm} keys={mayAct(me.roles)} />
      <RegistryFacts alarm={alarm} />
      <Story me={me} alarm={alarm} />
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
          {t(`class.${alarm.class}`)} · {t("alarm.code")} <span className="mono">{alarm.code}</span>
          {alarm.zone !== "" && ` · ${t("event.zone", { zone: alarm.zone })}`}
          {alarm.state === "closed" && ` · ${t("alarmState.closed")}`}
        </p>
      </div>
      <p className="run">
        <b className="running">{age(end - alarm.raised_at)}</b>
        <br />
        <span className="dim">{t("alarm.since2", { time: hms(alarm.raised_at) })}</span>
      </p>
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
        {alarm.possibly_repeated && <span className="tag">{t("alarm.repeated")}</span>}
        {alarm.class === "duress" && (
          <span className="never">
            <Icon name="nocall" />
            {t("queue.never")}
          </span>
        )}
      </p>
    </header>
  );
}

function Buttons({ me, alarm, acts, mode }: { me: Me; alarm: AlarmView; acts: DeskActs; mode: Mode }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const why = (hindrance: Hindrance | null): string | null => (hindrance === null ? null : t(`why.${hindrance}`, { who: person(alarm.claimed_by) }));
  return (
    <div className="buttons">
      <ActButton
        main
        word={t("act.escalate")}
        keys={alarm.class === "duress" ? ["E"] : ["E", "↵"]}
        why={why(acts.why.escalate)}
        run={acts.escalate}
        pressed={mode === "escalate" || mode === "rule"}
      />
      <ActButton word={acts.toTake === null || acts.toTake === alarm.id ? t("act.claim") : t("act.claimNext")} keys={["A"]} why={why(acts.why.claim)} run={acts.claim} />
      <ActButton word={t("act.verify")} keys={["V"]} why={why(acts.why.verify)} run={acts.verify} pressed={mode === "verify"} />
      <ActButton word={t("act.close")} keys={["C"]} why={why(acts.why.close)} run={acts.close} pressed={mode === "close"} />
    </div>
  );
}
