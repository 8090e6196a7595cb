import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { escalations as fetchEscalations, type Me } from "../api.ts";
import { underWay, useActing, type Acting } from "../desk/acting.ts";
import { Loading, Proof } from "../desk/empty.tsx";
import { drawnEscalation } from "../desk/optimism.ts";
import { moved } from "../desk/queue.ts";
import { said } from "../desk/story.tsx";
import { useLive } from "../feed/live.tsx";
import type { EscalationView } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActBand, ActLine } from "../parts/bands.tsx";
import { Help } from "../parts/help.tsx";
import { KeyHints } from "../parts/key_hints.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { useRinging } from "../sound/sound.tsx";
import { EscalationDetail } from "./detail.tsx";
import { List } from "./list.tsx";
import { inOrder, isNew } from "./order.ts";
import { policeActs, workedOn, type Wanted } from "./police_acts.ts";

export function PolicePage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const { picture, stale, now } = useLive();
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [help, setHelp] = useState(false);
  const acting = useActing();
  const person = usePerson(me);
  const { all, error } = useEscalations();
  const last = useRef<EscalationView>(undefined);
  const worked = workedOn(all, wanted, last.current);
  const chosen = worked.report;
  last.current = chosen;
  const choose = useCallback((id: string | null): void => setWanted(id === null ? null : { id, typed: false }), []);
  const working = me.roles.includes("police");
  useRinging(working ? all.filter(isNew).map((one) => ({ id: one.id, priority: 1 })) : [], now);
  const drawn = chosen === undefined ? undefined : drawnEscalation(chosen, acting.outcome, me.id, now);
  const acts = policeActs(acting, worked, drawn, { me, stale, pending: acting.pending }, setWanted);
  const step = (by: 1 | -1) => (): void => choose(moved(all, chosen?.id ?? null, by));
  useKeys({ j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1), "?": () => setHelp(true), Escape: acting.clear });

  return (
    <Shell
      me={me}
      page="police"
      layout="police"
      sound={working}
      onSignOut={onSignOut}
      bands={<ActBand acting={acting} person={person} />}
      foot={<PoliceFoot acting={acting} acts={working} onHelp={() => setHelp(true)} />}
    >
      <List all={all.map((one) => drawnEscalation(one, acting.outcome, me.id, now))} chosen={chosen?.id ?? null} choose={choose} error={error} />
      {drawn === undefined ? <Nothing /> : <EscalationDetail key={drawn.view.id} me={me} drawn={drawn} acts={acts} gone={worked.gone && picture.complete && !underWay(acting.outcome, drawn.view.id)} />}
      {help && <Help shut={() => setHelp(false)} rows={HELP.map(([keys, word]) => [keys, t(`keys.${word}`)] as const)} />}
    </Shell>
  );
}

const HELP = [
  ["J K", "move"],
  ["S", "signFor"],
  ["D", "policeDispatch"],
  ["O", "onScene"],
  ["F", "feedback"],
  ["R", "giveBack"],
  ["T", "transfer"],
  ["U", "duplicate"],
  ["?", "help"],
  ["Esc", "esc"],
] as const;

/** What the feed shows as open, and from the list those that were worked on before this screen was opened. */
function useEscalations(): { all: EscalationView[]; error: string | null } {
  const { picture } = useLive();
  const listed = useQuery({ queryKey: ["escalations"], queryFn: fetchEscalations });
  const known = new Map((listed.data?.items ?? []).map((one) => [one.id, one]));
  for (const one of picture.escalations.values()) known.set(one.id, one);
  return { all: inOrder(known.values()), error: listed.error === null ? null : said(listed.error) };
}

/** An empty list proves that it is empty. */
function Nothing(): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  return (
    <main className="pane one" id="content">
      {picture.complete ? (
        <div className="nothing" data-empty>
          <h1>{t("empty.police")}</h1>
          <Proof />
          <p>{t("empty.policeHow")}</p>
        </div>
      ) : (
        <Loading />
      )}
    </main>
  );
}

const FOOT_KEYS = [
  ["S", "signFor"],
  ["D", "policeDispatch"],
  ["O", "onScene"],
  ["F", "feedback"],
] as const;

function PoliceFoot({ acting, acts, onHelp }: { acting: Acting; acts: boolean; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  const own = acts ? FOOT_KEYS.map(([key, name]) => ({ keys: [key], word: t(`act.${name}`), rare: name !== "signFor" })) : [];
  return (
    <>
      <ActLine acting={acting} />
      <KeyHints hints={[{ keys: ["J", "K"], word: t("keys.move") }, ...own]} onHelp={onHelp} />
    </>
  );
}
