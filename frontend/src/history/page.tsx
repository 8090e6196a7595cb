import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { exportOf, past as fetchPast, pastAlarm, Refusal, type Me, type Past, type PastAlarm } from "../api.ts";
import { said } from "../desk/story.tsx";
import { useLive } from "../feed/live.tsx";
import { useKeys } from "../keys.ts";
import { Help } from "../parts/help.tsx";
import { KeyHints } from "../parts/key_hints.tsx";
import { Ghosts } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { Proof, useExport } from "./proof.tsx";
import { RecordTable } from "./record.tsx";
import { Then, ThenAll } from "./then.tsx";
import { TimeStrip } from "./time_strip.tsx";
import { usePlaying } from "./playing.ts";
import { firstBreak, instants, stepped } from "./steps.ts";

const SETTLE_MS = 200; // a cursor that is being dragged asks for nothing

/** The past of one alarm, or of everything, at an instant; with what the record proves. */
export function HistoryPage({ me, id, onSignOut }: { me: Me; id: string | null; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [help, setHelp] = useState(false);
  const told = useQuery({ queryKey: ["past alarm", id], queryFn: () => pastAlarm(id ?? ""), enabled: id !== null, retry: false, refetchOnWindowFocus: false });
  const records = told.data?.records ?? [];
  const steps = instants(records);
  const [at, setAt] = useInstant(id, steps.at(-1));
  const settled = useSettled(at);
  const then = useQuery({
    queryKey: ["past", id, settled],
    queryFn: () => fetchPast(settled ?? 0, id),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const missing = isMissing(then.error) && told.data !== undefined; // the alarm is there, but not yet at that instant
  const exporting = useExport(at === null ? null : exportOf(id === null ? { from: Math.max(0, at - DAY_US), to: at } : { kind: "alarms", id }));
  const { now } = useLive();
  const playing = usePlaying(at, steps, now, setAt);
  const move = (seconds: number): void => void (at !== null && setAt(at + seconds * 1_000_000));
  const step = (by: 1 | -1) => (): void => (id === null ? move(by) : void (at !== null && setAt(stepped(steps, at, by))));
  const minute = (by: 1 | -1) => (): void => void (id === null && move(60 * by));
  useKeys({ ArrowLeft: step(-1), ArrowRight: step(1), "[": minute(-1), "]": minute(1), " ": playing.toggle, x: exporting.run, "?": () => setHelp(true) });

  return (
    <Shell me={me} page="history" layout="history" past onSignOut={onSignOut} bands={<Bands told={told.data} error={told.error ?? (missing ? null : then.error)} />} foot={<KeyHints hints={[{ keys: ["←", "→"], word: t("keys.step") }, { keys: ["X"], word: t("keys.export") }]} onHelp={() => setHelp(true)} />}>
      <TimeStrip at={at} records={records} setAt={setAt} step={step} playing={playing} />
      <section className="pane then" aria-label={t("history.then")}>
        <div className="head">
          <h2>{id === null ? t("history.all") : t("history.then")}</h2>
          <span>{then.isFetching ? t("history.loading") : ""}</span>
        </div>
        {missing ? <p className="nothing">{t("history.notYet")}</p> : then.data === undefined ? <Ghosts /> : <State me={me} id={id} at={at ?? 0} past={then.data} />}
      </section>
      <main className="pane record" id="content">
        {id === null ? <ThenAll at={at ?? 0} past={then.data} /> : <RecordTable me={me} records={records} at={at ?? 0} loading={told.isPending} />}
      </main>
      <Proof one={id !== null} past={then.data} broken={firstBreak(records)} exporting={exporting} />
      {help && <Help shut={() => setHelp(false)} rows={HELP.map(([keys, word]) => [keys, t(`keys.${word}`)] as const)} />}
    </Shell>
  );
}

const DAY_US = 86_400_000_000;
const HELP = [
  ["← →", "step"],
  ["[ ]", "minuteStep"],
  ["␣", "play"],
  ["X", "export"],
  ["?", "help"],
] as const;

/** The instant looked at: of the address, else the newest of the alarm, else now. It stays in the address. */
function useInstant(id: string | null, newest: number | undefined): [number | null, (at: number) => void] {
  const { now } = useLive();
  const [chosen, setChosen] = useState<number | null>(ofAddress);
  const start = id === null ? (now > 0 ? now : undefined) : newest;
  useEffect(() => {
    if (chosen === null && start !== undefined) setChosen(start);
  }, [chosen, start]);
  const setAt = (at: number): void => {
    setChosen(at);
    window.history.replaceState(null, "", `${location.pathname}?at=${at}`);
  };
  return [chosen, setAt];
}

function ofAddress(): number | null {
  const asked = new URLSearchParams(location.search).get("at");
  return asked !== null && /^\d+$/.test(asked) ? Number(asked) : null;
}

function useSettled(at: number | null): number | null {
  const [settled, setSettled] = useState(at);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(at), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [at]);
  return settled;
}

function State({ me, id, at, past }: { me: Me; id: string | null; at: number; past: Past }): ReactNode {
  const { t } = useTranslation();
  if (id === null) return <Then me={me} alarms={past.alarms} escalations={past.escalations} at={at} />;
  const alarms = past.alarms.filter((one) => one.id === id);
  if (alarms.length === 0) return <p className="nothing">{t("history.notYet")}</p>;
  return <Then me={me} alarms={alarms} escalations={past.escalations} at={past.at} whole />;
}

function isMissing(error: Error | null): boolean {
  return error instanceof Refusal && error.problem.status === 404;
}

function Bands({ told, error }: { told: PastAlarm | undefined; error: Error | null }): ReactNode {
  const { t } = useTranslation();
  const broken = firstBreak(told?.records ?? []);
  return (
    <>
      {broken !== null && (
        <div className="band" role="alert">
          <b>{t("history.broken", { at: `${broken.partition}·${broken.offset}` })}</b>
        </div>
      )}
      {error !== null && (
        <div className="band calm" role="status" data-part-failed>
          {isMissing(error) ? t("history.missing") : t("history.failed", { detail: said(error) })}
        </div>
      )}
    </>
  );
}
