// What the screen knows, as a pure fold over the frames of the feed.

import type { AlarmView, EscalationView, FeedFrame, PartitionPosition } from "../generated/contracts.ts";

export interface Picture {
  /** A snapshot has arrived in this connection or an earlier one. */
  readonly complete: boolean;
  readonly alarms: ReadonlyMap<string, AlarmView>;
  readonly escalations: ReadonlyMap<string, EscalationView>;
  readonly positions: ReadonlyMap<number, PartitionPosition>;
  /** Place of each escalation's newest decision: its view does not carry it. */
  readonly places: ReadonlyMap<string, number>;
  readonly lastClosed: AlarmView | null;
  readonly lastSignalAt: number | null;
  readonly behindMs: number;
  /** Ids of the newest commands whose decisions were read, oldest first. */
  readonly decided: readonly string[];
}

/** `restart`: the frame belongs to another log than the picture; only a new snapshot is true. */
export type Step = { picture: Picture; restart: boolean };

const KEPT_DECIDED = 50;
const KEPT_CLOSED = 200; // closed alarms stay while they may be looked at, oldest forgotten first

export const blank: Picture = {
  complete: false,
  alarms: new Map(),
  escalations: new Map(),
  positions: new Map(),
  places: new Map(),
  lastClosed: null,
  lastSignalAt: null,
  behindMs: 0,
  decided: [],
};

export function fold(picture: Picture, frame: FeedFrame): Step {
  switch (frame.type) {
    case "feed.snapshot.v1":
      return {
        restart: false,
        picture: {
          ...picture,
          complete: true,
          alarms: new Map(frame.alarms.map((alarm) => [alarm.id, alarm])),
          escalations: new Map(frame.escalations.map((escalation) => [escalation.id, escalation])),
          positions: new Map(frame.positions.map((position) => [position.partition, position])),
          places: new Map(),
        },
      };
    case "feed.alarm_changed.v1":
      return foreign(picture, frame) ? { picture, restart: true } : { picture: alarmChanged(heard(picture, frame.command), frame.alarm, frame), restart: false };
    case "feed.escalation_changed.v1":
      return foreign(picture, frame) ? { picture, restart: true } : { picture: escalationChanged(picture, frame.escalation, frame), restart: false };
    case "feed.beat.v1":
      return {
        restart: frame.positions.some((position) => foreign(picture, position)),
        picture: { ...picture, behindMs: frame.behind_ms, lastSignalAt: frame.last_signal_at, positions: advanced(picture, frame.positions) },
      };
  }
}

interface Place {
  partition: number;
  offset: number;
  log_id: string;
}

function foreign(picture: Picture, place: Place): boolean {
  const known = picture.positions.get(place.partition);
  return known !== undefined && known.log_id !== place.log_id;
}

function advanced(picture: Picture, positions: readonly PartitionPosition[]): Picture["positions"] {
  if (positions.length === 0) return picture.positions;
  return new Map([...picture.positions, ...positions.map((position) => [position.partition, position] as const)]);
}

function heard(picture: Picture, command: string | null): Picture {
  return command === null ? picture : { ...picture, decided: [...picture.decided, command].slice(-KEPT_DECIDED) };
}

function alarmChanged(picture: Picture, alarm: AlarmView, place: Place): Picture {
  const known = picture.alarms.get(alarm.id);
  if (known !== undefined && known.offset >= place.offset) return picture;
  const alarms = new Map(picture.alarms).set(alarm.id, alarm);
  return { ...picture, alarms: pruned(alarms), lastClosed: alarm.state === "closed" ? alarm : picture.lastClosed };
}

function pruned(alarms: Map<string, AlarmView>): Map<string, AlarmView> {
  const closed = [...alarms.values()].filter((alarm) => alarm.state === "closed");
  if (closed.length <= KEPT_CLOSED) return alarms;
  const oldest = closed.sort((a, b) => (a.closed_at ?? 0) - (b.closed_at ?? 0)).slice(0, closed.length - KEPT_CLOSED);
  for (const alarm of oldest) alarms.delete(alarm.id);
  return alarms;
}

function escalationChanged(picture: Picture, escalation: EscalationView, place: Place): Picture {
  const known = picture.places.get(escalation.id);
  if (known !== undefined && known >= place.offset) return picture;
  return {
    ...picture,
    escalations: new Map(picture.escalations).set(escalation.id, escalation),
    places: new Map(picture.places).set(escalation.id, place.offset),
  };
}
