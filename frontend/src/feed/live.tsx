import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from "react";

import { whoAmI, type Me } from "../api.ts";
import { FeedConnection } from "./connection.ts";
import { beaten, isStale, lost, opened, serverNow, silent, type Liveness } from "./liveness.ts";
import { blank, fold, type Picture } from "./picture.ts";

export interface Live {
  picture: Picture;
  liveness: Liveness;
  stale: boolean;
  /** Server time in microseconds, moving ten times a second. */
  now: number;
}

const TICK_MS = 100;
const LiveContext = createContext<Live>({ picture: blank, liveness: silent, stale: true, now: 0 });

export function useLive(): Live {
  return useContext(LiveContext);
}

/** Holds the feed's connection while somebody is signed in. */
export function LiveFeed({ me, onEnded, children }: { me: Me; onEnded: () => void; children: ReactNode }): ReactNode {
  const [picture, setPicture] = useState(blank);
  const [liveness, setLiveness] = useState(silent);
  const nowMs = useTicks();
  const ended = useRef(onEnded);
  ended.current = onEnded;

  useEffect(() => {
    let newest = blank;
    const connection = new FeedConnection(me.feed, {
      opened: () => setLiveness(opened),
      frame: (frame) => {
        const step = fold(newest, frame);
        newest = step.picture;
        setPicture(newest);
        if (frame.type === "feed.beat.v1") setLiveness((before) => beaten(before, frame.at, Date.now()));
        if (step.restart) connection.restart();
      },
      lost: () => {
        setLiveness(lost);
        void sessionEnded().then((gone) => gone && ended.current());
      },
    });
    connection.start();
    return () => connection.stop();
  }, [me.feed, me.id]);

  const live = { picture, liveness, stale: isStale(liveness, nowMs), now: serverNow(liveness, nowMs) };
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** A refused websocket does not say why; the session is asked for. */
async function sessionEnded(): Promise<boolean> {
  try {
    return (await whoAmI()) === null;
  } catch {
    return false; // the server is away: the band says so, the session may well live
  }
}

function useTicks(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
