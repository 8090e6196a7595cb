import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import type { AlarmView, ReportAtOnceRule } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActBand, ActLine } from "../parts/bands.tsx";
import { Help } from "../parts/help.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { useActing, type ActName } from "./acting.ts";
import { hindrance, mayAct, needsRule, type DeskAct, type Hindrance } from "./acts.ts";
import { AlarmDetail } from "./detail.tsx";
import type { Mode, Verification } from "./forms.tsx";
import { firstUntaken, inOrder, moved } from "./queue.ts";
import { QueuePane } from "./queue_pane.tsx";

export interface DeskActs {
  why: Record<DeskAct, Hindrance | null>;
  /** Which alarm `A` takes: the chosen one, or the top one that nobody has taken. */
  toTake: string | null;
  claim(): void;
  verify(): void;
  escalate(): void;
  close(): void;
  sendVerification(verification: Verification): void;
  sendEscalation(rule: ReportAtOnceRule | null): void;
  sendClose(reason: string): void;
}

export function DeskPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const { picture, stale } = useLive();
  const [wanted, setWanted] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>("none");
  const [help, setHelp] = useState(false);
  const acting = useActing();
  const person = usePerson(me);
  const queue = inOrder(picture.alarms.values());
  const chosen = (wanted === null ? undefined : picture.alarms.get(wanted)) ?? queue[0];

  const choose = (id: string | null): void => {
    setWanted(id);
    if (id !== chosen?.id) setMode("none");
  };
  const acts = useDeskActs({ me, stale, acting, chosen, queue, choose, setMode });

  const step = (by: 1 | -1) => (): void => choose(moved(queue, chosen?.id ?? null, by));
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    a: acts.claim,
    v: acts.verify,
    e: acts.escalate,
    c: acts.close,
    "?": () => setHelp(true),
    Escape: () => (mode === "none" ? acting.clear() : setMode("none")),
  });

  return (
    <Shell
      me={me}
      page="desk"
      layout="desk"
      onSignOut={onSignOut}
      bands={<ActBand acting={acting} person={person} />}
      foot={<DeskFoot acting={acting} acts={mayAct(me.roles)} onHelp={() => setHelp(true)} />}
    >
      <QueuePane me={me} queue={queue} chosen={chosen?.id ?? null} choose={choose} pending={acting.outcome} />
      <AlarmDetail me={me} alarm={chosen} acts={acts} mode={mode} setMode={setMode} acting={acting} />
      {help && <Help shut={() => setHelp(false)} rows={helpRows(t)} />}
    </Shell>
  );
}

type Words = ReturnType<typeof useTranslation>["t"];

function helpRows(t: Words): [string, string][] {
  return [
    ["J K", t("keys.move")],
    ["A", t("keys.claim")],
    ["V", t("keys.verify")],
    ["E ↵", t("keys.escalate")],
    ["C", t("keys.close")],
    ["?", t("keys.help")],
    ["Esc", t("keys.esc")],
  ];
}

interface Desk {
  me: Me;
  stale: boolean;
  acting: ReturnType<typeof useActing>;
  chosen: AlarmView | undefined;
  queue: readonly AlarmView[];
  choose: (id: string | null) => void;
  setMode: (mode: Mode) => void;
}

function useDeskActs({ me, stale, acting, chosen, queue, choose, setMode }: Desk): DeskActs {
  const situation = { me, stale, pending: acting.pending };
  const toTake = chosen !== undefined && chosen.state === "open" && chosen.claimed_by === null ? chosen : firstUntaken(queue);
  const why = {
    claim: hindrance("claim", toTake ?? chosen, situation),
    verify: hindrance("verify", chosen, situation),
    escalate: hindrance("escalate", chosen, situation),
    close: hindrance("close", chosen, situation),
  };
  const send = (name: ActName, alarm: AlarmView, body: object): void => {
    choose(alarm.id);
    void acting.send(name, alarm.id, `/api/alarms/${encodeURIComponent(alarm.id)}/${name}`, body).then((done) => done && setMode("none"));
  };
  const sendEscalation = (rule: ReportAtOnceRule | null): void => {
    if (why.escalate === null && chosen !== undefined) send("escalate", chosen, rule === null ? {} : { rule });
  };
  return {
    why,
    toTake: toTake?.id ?? null,
    sendEscalation,
    claim: () => why.claim === null && toTake !== undefined && send("claim", toTake, {}),
    verify: () => why.verify === null && setMode("verify"),
    close: () => why.close === null && setMode("close"),
    escalate: () => {
      if (why.escalate !== null || chosen === undefined) return;
      if (chosen.class === "duress") sendEscalation("duress");
      else setMode(needsRule(chosen) ? "rule" : "escalate");
    },
    sendVerification: (verification) => {
      if (why.verify === null && chosen !== undefined) send("verify", chosen, verification);
    },
    sendClose: (reason) => {
      if (why.close === null && chosen !== undefined) send("close", chosen, { reason });
    },
  };
}

function DeskFoot({ acting, acts, onHelp }: { acting: ReturnType<typeof useActing>; acts: boolean; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  const keys = acts ? ([["A", "claim"], ["V", "verify"], ["E", "escalate"], ["C", "close"]] as const) : [];
  return (
    <>
      <ActLine acting={acting} />
      <span className="push" />
      <span className="keys">
        <span>
          <kbd>J</kbd>
          <kbd>K</kbd> {t("keys.move")}
        </span>
        {keys.map(([key, name]) => (
          <span key={key} className="rare">
            <kbd>{key}</kbd> {t(`act.${name}`)}
          </span>
        ))}
        <button type="button" className="btn quiet" onClick={onHelp}>
          <kbd>?</kbd> {t("nav.keys")}
        </button>
      </span>
    </>
  );
}
