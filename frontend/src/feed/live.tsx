import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from "react";

import { whoAmI, type Me } from "../api.ts";
import { FeedConnection } from "./connection.ts";
import { Drawing } from "./drawing.ts";
import { beaten, isStale, lost, opened, serverNow, silent, type Liveness } from "./liveness.ts";
import { blank, fold, resume, type Picture } from "./picture.ts";

export interface Live {
  picture: Picture;
  liveness: Liveness;
  stale: boolean;
  /** Server time in microseconds, moving once a second. */
  now: number;
  /** Give the connection up and open another at once. */
  reconnect(): void;
}

const TICK_MS = 100;
const LiveContext = createContext<Live>({ picture: blank, liveness: silent, stale: true, now: 0, reconnect: () => undefined });

const NowContext = createContext(0);
const StaleContext = createContext(true);

/** Whoever asks for this is drawn with every change; a row of a list asks for the two below. */
export function useLive(): Live {
  return useContext(LiveContext);
}

/** Server time in microseconds alone, moving once a second. */
export function useNow(): number {
  return useContext(NowContext);
}

/** Whether what is shown may be old. */
export function useStale(): boolean {
  return useContext(StaleContext);
}

/** Holds the feed's connection while somebody is signed in. */
export function LiveFeed({ me, onEnded, children }: { me: Me; onEnded: () => void; children: ReactNode }): ReactNode {
  const [picture, setPicture] = useState(blank);
  const [liveness, setLiveness] = useState(silent);
  const connection = useRef<FeedConnection | null>(null);
  const ended = useRef(onEnded);
  ended.current = onEnded;
  const clock = useClock(liveness);

  useEffect(() => {
    let newest = blank;
    const drawing = new Drawing(() => newest, setPicture);
    const opening = new FeedConnection(me.feed, {
      greeting: () => resume(newest),
      opened: () => setLiveness(opened),
      frame: (frame) => {
        const step = fold(newest, frame);
        newest = step.picture;
        drawing.wanted();
        if (frame.type === "feed.beat.v1") setLiveness((before) => beaten(before, frame.at, Date.now()));
        if (step.restart) opening.restart();
      },
      lost: () => {
        setLiveness(lost);
        void sessionEnded().then((gone) => gone && ended.current());
      },
    });
    connection.current = opening;
    opening.start();
    return () => {
      opening.stop();
      drawing.stop();
    };
  }, [me.feed, me.id]);

  const reconnect = useCallback(() => connection.current?.restart(), []);
  return (
    <LiveContext value={{ picture, liveness, ...clock, reconnect }}>
      <StaleContext value={clock.stale}>
        <NowContext value={clock.now}>{children}</NowContext>
      </StaleContext>
    </LiveContext>
  );
}

/** A refused websocket does not say why; the session is asked for. */
async function sessionEnded(): Promise<boolean> {
  try {
    return (await whoAmI()) === null;
  } catch {
    return false; // the server is away: the band says so, the session may well live
  }
}

interface Clock {
  stale: boolean;
  now: number;
}

/** Looks ten times a second, so that a fault is seen in time; says something new only when a second or the verdict changed. */
function useClock(liveness: Liveness): Clock {
  const [clock, setClock] = useState<Clock>({ stale: true, now: 0 });
  const newest = useRef(liveness);
  newest.current = liveness;
  const look = useCallback((): void => setClock((before) => ticked(before, newest.current, Date.now())), []);
  useEffect(look, [liveness, look]);
  useEffect(() => {
    const timer = setInterval(look, TICK_MS);
    return () => clearInterval(timer);
  }, [look]);
  return clock;
}

function ticked(before: Clock, liveness: Liveness, nowMs: number): Clock {
  const [stale, now] = [isStale(liveness, nowMs), serverNow(liveness, nowMs)];
  const same = stale === before.stale && Math.floor(now / 1_000_000) === Math.floor(before.now / 1_000_000);
  return same ? before : { stale, now };
}
