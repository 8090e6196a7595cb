import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { escalations as fetchEscalations, type Me } from "../api.ts";
import { useActing } from "../desk/acting.ts";
import { toSignFor } from "../desk/acts.ts";
import { Proof } from "../desk/empty.tsx";
import { moved } from "../desk/queue.ts";
import { useLive } from "../feed/live.tsx";
import type { EscalationView } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActBand, ActLine } from "../parts/bands.tsx";
import { Help } from "../parts/help.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { near } from "../time.ts";
import { EscalationDetail } from "./detail.tsx";
import { inOrder } from "./order.ts";

export function PolicePage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const { picture, stale } = useLive();
  const [wanted, setWanted] = useState<string | null>(null);
  const [help, setHelp] = useState(false);
  const acting = useActing();
  const person = usePerson(me);
  const all = useEscalations();
  const chosen = all.find((one) => one.id === wanted) ?? all[0];
  const why = toSignFor(chosen, { me, stale, pending: acting.pending });

  const signFor = (incident: string): void => {
    if (why !== null || chosen === undefined) return;
    setWanted(chosen.id);
    const body = incident === "" ? {} : { police_incident_no: incident };
    void acting.send("signFor", chosen.id, `/api/escalations/${encodeURIComponent(chosen.id)}/sign-for`, body);
  };
  const step = (by: 1 | -1) => (): void => setWanted(moved(all, chosen?.id ?? null, by));
  useKeys({ j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1), "?": () => setHelp(true), Escape: acting.clear });

  return (
    <Shell
      me={me}
      page="police"
      layout="police"
      onSignOut={onSignOut}
      bands={<ActBand acting={acting} person={person} />}
      foot={<PoliceFoot acting={acting} onHelp={() => setHelp(true)} />}
    >
      <List all={all} chosen={chosen?.id ?? null} choose={setWanted} />
      {chosen === undefined ? (
        <main className="pane one" id="content">
          <div className="nothing">{picture.complete ? <Proof title={t("empty.police")} /> : t("empty.loading")}</div>
        </main>
      ) : (
        <EscalationDetail key={chosen.id} me={me} escalation={chosen} why={why} signFor={signFor} pending={acting.pending} />
      )}
      {help && (
        <Help
          shut={() => setHelp(false)}
          rows={[
            ["J K", t("keys.move")],
            ["S", t("keys.signFor")],
            ["?", t("keys.help")],
            ["Esc", t("keys.esc")],
          ]}
        />
      )}
    </Shell>
  );
}

/** What the feed shows as open, and from the list those that were signed for before this screen was opened. */
function useEscalations(): EscalationView[] {
  const { picture } = useLive();
  const listed = useQuery({ queryKey: ["escalations"], queryFn: fetchEscalations });
  const known = new Map((listed.data?.items ?? []).map((one) => [one.id, one]));
  for (const one of picture.escalations.values()) known.set(one.id, one);
  return inOrder(known.values());
}

function List({ all, chosen, choose }: { all: readonly EscalationView[]; chosen: string | null; choose: (id: string) => void }): ReactNode {
  const { t } = useTranslation();
  const { now } = useLive();
  const unsigned = all.filter((one) => one.state === "sent").length;
  return (
    <section className="pane list" aria-label={t("police.title")}>
      <div className="head">
        <h2>{t("police.title")}</h2>
        <span className={unsigned > 0 ? "tag p1" : "tag"}>
          {t("police.unsigned")} {unsigned}
        </span>
        <span className="push" />
        <kbd>J</kbd>
        <kbd>K</kbd>
      </div>
      <ul className="rows">
        {all.map((one) => (
          <li key={one.id} className={one.state === "sent" ? "row new" : "row"} data-escalation={one.id} aria-current={one.id === chosen}>
            <span className="mark">{one.state === "sent" ? t("police.fresh") : t("police.signed")}</span>
            <button type="button" className="open" onClick={() => choose(one.id)}>
              <span className="l1">
                <b>{one.site_name === "" ? t("police.unknownSite", { account: one.account }) : one.site_name}</b>
                <time>{near(one.escalated_at, now)}</time>
              </span>
              <span className="l2">{one.police_incident_no ?? t(`class.${one.class}`)}</span>
              <span className="small dim">{one.verification === null ? t("police.unsaid") : t(`result.${one.verification.result}`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PoliceFoot({ acting, onHelp }: { acting: ReturnType<typeof useActing>; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <ActLine acting={acting} />
      <span className="push" />
      <span className="keys">
        <span>
          <kbd>J</kbd>
          <kbd>K</kbd> {t("keys.move")}
        </span>
        <span>
          <kbd>S</kbd> {t("act.signFor")}
        </span>
        <button type="button" className="btn quiet" onClick={onHelp}>
          <kbd>?</kbd> {t("nav.keys")}
        </button>
      </span>
    </>
  );
}
