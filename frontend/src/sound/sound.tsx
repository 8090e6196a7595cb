import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import { Bell, type Heard } from "./bell.ts";
import { due, quiet, rang, type Waiting } from "./ringing.ts";

interface Sound {
  heard: Heard;
  /** Milliseconds of this desk's clock until which it is silent; 0: it is not. */
  silentUntil: number;
  silence(): void;
  ring(priority: number): void;
}

const SILENCE_MS = 60_000;
const SoundContext = createContext<Sound>({ heard: "blocked", silentUntil: 0, silence: () => undefined, ring: () => undefined });

export function useSound(): Sound {
  return useContext(SoundContext);
}

/** Holds the bell while somebody is signed in; the first key or click unlocks it. */
export function SoundProvider({ children }: { children: ReactNode }): ReactNode {
  const bell = useRef(new Bell());
  const [heard, setHeard] = useState<Heard>("blocked");
  const [silentUntil, setSilentUntil] = useState(0);
  useEffect(() => {
    const unlock = (): void => {
      if (!bell.current.running()) void bell.current.unlock().then(setHeard);
    };
    unlock();
    document.addEventListener("keydown", unlock, true);
    document.addEventListener("click", unlock); // not on press: the band would go away under the pointer
    return () => {
      document.removeEventListener("keydown", unlock, true);
      document.removeEventListener("click", unlock);
    };
  }, []);
  const silence = useCallback(() => setSilentUntil(Date.now() + SILENCE_MS), []);
  const ring = useCallback((priority: number) => bell.current.ring(priority), []);
  const sound = useMemo(() => ({ heard, silentUntil, silence, ring }), [heard, silentUntil, silence, ring]);
  return <SoundContext value={sound}>{children}</SoundContext>;
}

/** Ring for what waits. `now` only makes this look again once a second. */
export function useRinging(waiting: readonly Waiting[], now: number): void {
  const { heard, silentUntil, ring } = useSound();
  const rung = useRef(quiet);
  useEffect(() => {
    const nowMs = Date.now();
    const priority = heard === "on" ? due(waiting, rung.current, nowMs) : null;
    if (priority === null) return;
    rung.current = rang(waiting, nowMs);
    if (nowMs >= silentUntil) ring(priority);
  }, [waiting, now, heard, silentUntil, ring]);
}
