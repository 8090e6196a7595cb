// The simulation's screens (services/simulation/picture.py) and the page make the same of every frame. What they are to make
// of it is kept in pictures.json, which `python -m tests.contracts.pictures` writes and a test there holds.

import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { blank, fold, resume, type Picture } from "../src/feed/picture.ts";
import type { AlarmView, EscalationView, FeedFrame } from "../src/generated/contracts.ts";

type Brought = readonly [id: string, frame: number, place: number];

interface Shown {
  readonly restart: boolean;
  readonly complete: boolean;
  readonly sight: string;
  readonly alarms: readonly Brought[];
  readonly escalations: readonly Brought[];
  readonly positions: readonly unknown[];
  readonly places: readonly unknown[];
  readonly undecided: readonly unknown[];
  readonly stopped: readonly unknown[];
  readonly resume: unknown;
}

const kept = JSON.parse(readFileSync(new URL("./pictures.json", import.meta.url), "utf-8")) as { frames: FeedFrame[]; pictures: Shown[] };

function brought([id, frame, place]: Brought): readonly [string, AlarmView | EscalationView | undefined] {
  const from = kept.frames[frame];
  switch (from?.type) {
    case "feed.snapshot.v1":
      return [id, [...from.alarms, ...from.escalations][place]];
    case "feed.alarm_changed.v1":
      return [id, from.alarm];
    case "feed.escalation_changed.v1":
      return [id, from.escalation];
    default:
      return [id, undefined];
  }
}

function shown(picture: Picture, restart: boolean): object {
  return {
    restart,
    complete: picture.complete,
    sight: picture.sight,
    alarms: [...picture.alarms],
    escalations: [...picture.escalations],
    positions: [...picture.positions.values()],
    places: [...picture.places],
    undecided: [...picture.undecided].map(([partition, signals]) => [partition, signals.map((signal) => signal.offset)]),
    stopped: picture.stopped,
    resume: resume(picture),
  };
}

test("the page makes of every kept frame what the simulation's screens make of it", () => {
  let picture = blank;
  kept.frames.forEach((frame, at) => {
    const step = fold(picture, frame);
    picture = step.picture;
    const told = kept.pictures[at];
    if (told === undefined) throw new Error(`no picture after frame ${at}`);
    expect(shown(picture, step.restart), `after frame ${at}, ${frame.type}`).toEqual({ ...told, alarms: told.alarms.map(brought), escalations: told.escalations.map(brought) });
  });
  expect(kept.pictures.length).toBe(kept.frames.length);
});
