// A line cut after any frame, and the one after it too: the picture becomes what it is on a line that holds.

import { expect, test } from "vitest";

import { blank, fold, resume, type Picture } from "../src/feed/picture.ts";
import type { AlarmView, FeedFrame, PartitionPosition } from "../src/generated/contracts.ts";
import { anAlarm, anEscalation } from "./views.ts";

/** What one place of the record says; nothing: there is nothing to see in it. */
interface Said {
  partition: number;
  offset: number;
  frames: FeedFrame[];
}

const at = (partition: number, offset: number): PartitionPosition => ({ partition, log_id: `log ${partition}`, offset, decided_at: 0 });

function decided(partition: number, offset: number, ...changed: (Partial<AlarmView> | "signed_for")[]): Said {
  const place = { partition, offset, log_id: `log ${partition}` };
  const frames = changed.map((one): FeedFrame =>
    one === "signed_for"
      ? { type: "feed.escalation_changed.v1", ...place, escalation: anEscalation({ state: "signed_for" }) }
      : { type: "feed.alarm_changed.v1", ...place, command: null, alarm: anAlarm({ partition, offset, ...one }) },
  );
  return { partition, offset, frames };
}

const RECORD: Said[] = [
  decided(3, 11, { id: "a1" }),
  decided(4, 7, { id: "b1" }, { id: "b2" }, { id: "b3" }),
  decided(3, 12),
  decided(3, 13, { id: "a2" }, { id: "a3" }),
  // one tick: three claims are overdue at one place
  decided(3, 14, { id: "a1", claim_overdue: true }, { id: "a2", claim_overdue: true }, { id: "a3", claim_overdue: true }),
  decided(4, 8, { id: "b2", claim_overdue: true }),
  decided(3, 15, { id: "a2", state: "closed", closed_at: 5 }, "signed_for"),
  decided(4, 9, { id: "b1", claimed_by: "me" }),
];

const SNAPSHOT: FeedFrame = { type: "feed.snapshot.v1", alarms: [], escalations: [], positions: [at(3, 10), at(4, 6)], undecided: [], stopped: [], at: 0, sight: "s" };

function beat(told: readonly Said[]): FeedFrame {
  const positions = [3, 4].map((partition) => at(partition, Math.max(partition === 3 ? 10 : 6, ...told.filter((one) => one.partition === partition).map((one) => one.offset))));
  return { type: "feed.beat.v1", at: 0, behind_ms: 0, last_signal_at: null, positions, stopped: [], accounting: null };
}

/** A line that holds: each place as it is decided, and a beat after it. */
const WHOLE: FeedFrame[] = [SNAPSHOT, ...RECORD.flatMap((one, index) => [...one.frames, beat(RECORD.slice(0, index + 1))])];

/** What the feed says to who names these places: all behind them, and what lies at them if it is more than one view. */
function continued(picture: Picture): FeedFrame[] {
  const named = new Map(resume(picture)?.positions.map((place) => [place.partition, place.offset]));
  const missed = RECORD.filter(({ partition, offset, frames }) => {
    const place = named.get(partition) ?? -1;
    return offset > place || (offset === place && frames.length > 1);
  });
  return [{ type: "feed.resumed.v1", at: 0 }, ...missed.flatMap((one) => one.frames), beat(RECORD)];
}

const seen = (picture: Picture, frames: FeedFrame[]): Picture => frames.reduce((before, frame) => fold(before, frame).picture, picture);
const shown = ({ alarms, escalations, positions }: Picture) => ({ alarms: new Map([...alarms].sort()), escalations, positions });

test("wherever two lines are cut, one after the other, nothing is missing", () => {
  const expected = shown(seen(blank, WHOLE));
  expect(expected.alarms.get("a3")?.claim_overdue).toBe(true);
  for (let first = 1; first < WHOLE.length; first++) {
    const once = seen(blank, WHOLE.slice(0, first));
    const rest = continued(once);
    for (let second = 0; second <= rest.length; second++) {
      const twice = seen(once, rest.slice(0, second));
      expect(shown(seen(twice, continued(twice))), `cut after ${first} frames, then after ${second}`).toEqual(expected);
    }
  }
});
