import { useCallback, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { undecidedSignals } from "../feed/picture.ts";
import type { AlarmView, UndecidedSignal } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActBand, ActLine, StoppedBand } from "../parts/bands.tsx";
import { Help } from "../parts/help.tsx";
import { KeyHints } from "../parts/key_hints.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { go } from "../route.ts";
import { useRinging, useSound } from "../sound/sound.tsx";
import { useActing, type Acting } from "./acting.ts";
import { mayAct, type DeskAct } from "./acts.ts";
import { deskActs } from "./desk_acts.ts";
import { AlarmDetail } from "./detail.tsx";
import { NOTHING, workedOn, type Mode } from "./mode.ts";
import { drawnAlarm, settled } from "./optimism.ts";
import { inOrder, moved } from "./queue.ts";
import { QueuePane } from "./queue_pane.tsx";
import { SearchField, SearchPane, useSearch, type Search } from "./search.tsx";

export function DeskPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const { picture, stale, now } = useLive();
  const [wanted, setWanted] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>(NOTHING);
  const [help, setHelp] = useState(false);
  const [why, setWhy] = useState(false);
  const acting = useActing();
  const person = usePerson(me);
  const { silence } = useSound();
  const working = mayAct(me.roles);
  const queue = inOrder(picture.alarms.values());
  const last = useRef<AlarmView>(undefined);
  const chosen = workedOn({ mode, wanted, alarms: picture.alarms, queue, last: last.current });
  last.current = chosen;
  const choose = (id: string | null): void => {
    setWanted(id);
    if (id !== chosen?.id) setMode(NOTHING);
  };
  const newest = useRef(choose);
  newest.current = choose;
  const chooseInRow = useCallback((id: string) => newest.current(id), []); // the same for ever, so that no row is drawn for it
  const search = useSearch((alarm) => {
    if (picture.alarms.get(alarm.id)?.state === "open") choose(alarm.id);
    else go(`/alarms/${encodeURIComponent(alarm.id)}`);
  });
  const drawn = chosen === undefined ? undefined : drawnAlarm(chosen, acting.outcome, me.id, now);
  const acts = deskActs({
    me,
    stale,
    acting,
    chosen: chosen === undefined || drawn === undefined ? undefined : settled(chosen, drawn),
    recorded: (id) => picture.alarms.get(id),
    queue,
    choose,
    mode,
    setMode,
  });
  useRinging(working ? queue.filter((alarm) => alarm.claimed_by === null) : [], now);
  const takeOver = (id: string): void => {
    acting.clear();
    if (!picture.alarms.has(id)) return;
    setWanted(id);
    setMode({ form: "takeOver", on: id });
  };
  const step = (by: 1 | -1) => (): void => choose(moved(queue, chosen?.id ?? null, by));
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    a: acts.claim,
    g: () => acts.open("guard"),
    v: () => acts.open("verify"),
    e: acts.escalate,
    c: () => acts.open("close"),
    n: () => acts.open("note"),
    r: () => acts.open("giveUp"),
    t: () => acts.open("takeOver"),
    w: () => setWhy((shown) => !shown),
    s: silence,
    "/": search.focus,
    "?": () => setHelp(true),
    Escape: () => (mode.on === null ? acting.clear() : setMode(NOTHING)),
  });
  const noteUndecided = ({ partition, offset }: UndecidedSignal, note: string): Promise<boolean> =>
    acting.send({ name: "undecidedNote", subject: `${partition}:${offset}`, path: `/api/undecided/${partition}/${offset}/note`, body: { note }, base: null });

  return (
    <Shell
      me={me}
      page="desk"
      layout="desk"
      sound={working}
      onSignOut={onSignOut}
      bands={
        <>
          <StoppedBand />
          <ActBand acting={acting} person={person} onTakeOver={takeOver} />
        </>
      }
      foot={<DeskFoot acting={acting} search={search} acts={working} onHelp={() => setHelp(true)} />}
    >
      <QueuePane
        me={me}
        queue={queue.map((alarm) => drawnAlarm(alarm, acting.outcome, me.id, now))}
        chosen={chosen?.id ?? null}
        choose={chooseInRow}
        undecided={undecidedSignals(picture)}
        onNote={working && !stale ? noteUndecided : null}
      />
      {search.open ? (
        <SearchPane me={me} search={search} />
      ) : (
        <AlarmDetail me={me} drawn={drawn} acts={acts} mode={mode} leave={() => setMode(NOTHING)} acting={acting} why={why} onWhy={() => setWhy((shown) => !shown)} />
      )}
      {help && <Help shut={() => setHelp(false)} rows={HELP.map(([keys, word]) => [keys, t(`keys.${word}`)] as const)} />}
    </Shell>
  );
}

const HELP = [
  ["J K", "move"],
  ["A", "claim"],
  ["G", "guard"],
  ["V", "verify"],
  ["E ↵", "escalate"],
  ["C", "close"],
  ["N", "note"],
  ["R", "giveUp"],
  ["T", "takeOver"],
  ["O", "numbers"],
  ["W", "why"],
  ["S", "silence"],
  ["/", "search"],
  ["?", "help"],
  ["Esc", "esc"],
] as const;

const FOOT_KEYS: readonly (readonly [string, Exclude<DeskAct, "adopt">])[] = [
  ["A", "claim"],
  ["G", "guard"],
  ["V", "verify"],
  ["E", "escalate"],
  ["N", "note"],
];

function DeskFoot({ acting, search, acts, onHelp }: { acting: Acting; search: Search; acts: boolean; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  const own = acts ? FOOT_KEYS.map(([key, name]) => ({ keys: [key], word: t(`act.${name}`), rare: true })) : [];
  return (
    <>
      <SearchField search={search} />
      <ActLine acting={acting} />
      <KeyHints hints={[{ keys: ["J", "K"], word: t("keys.move") }, ...own]} onHelp={onHelp} />
    </>
  );
}
