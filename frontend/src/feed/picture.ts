// What the screen knows, as a pure fold over the frames of the feed.

import type {
  Accounting,
  AlarmView,
  EscalationView,
  FeedFrame,
  PartitionPosition,
  Resume,
  Snapshot,
  StoppedPartition,
  UndecidedSignal,
} from "../generated/contracts.ts";

export interface Picture {
  /** A snapshot has arrived, in this connection or an earlier one. */
  readonly complete: boolean;
  readonly alarms: ReadonlyMap<string, AlarmView>;
  readonly escalations: ReadonlyMap<string, EscalationView>;
  /** How far each partition is shown: the feed goes on from here after a lost connection. */
  readonly positions: ReadonlyMap<number, PartitionPosition>;
  /** Place of each escalation's newest decision: its view does not carry it. */
  readonly places: ReadonlyMap<string, number>;
  /** Raw signals of the partitions that do not decide, by partition. */
  readonly undecided: ReadonlyMap<number, readonly UndecidedSignal[]>;
  readonly stopped: readonly StoppedPartition[];
  /** What the picture is of, by the feed's name for it: another one is not gone on with. */
  readonly sight: string;
  /** null: the receivers tell no counts now. */
  readonly accounting: Accounting | null;
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
  undecided: new Map(),
  stopped: [],
  sight: "",
  accounting: null,
  lastClosed: null,
  lastSignalAt: null,
  behindMs: 0,
  decided: [],
};

export function fold(picture: Picture, frame: FeedFrame): Step {
  switch (frame.type) {
    case "feed.snapshot.v1":
      return { picture: replaced(picture, frame), restart: false };
    case "feed.resumed.v1":
      return { picture, restart: false };
    case "feed.alarm_changed.v1":
      return foreign(picture, frame) ? forgotten : kept(alarmChanged(heard(reached(picture, frame), frame.command), frame.alarm, frame));
    case "feed.escalation_changed.v1":
      return foreign(picture, frame) ? forgotten : kept(escalationChanged(reached(picture, frame), frame.escalation, frame));
    case "feed.undecided.v1":
      return kept({ ...picture, undecided: lane(picture, frame.partition, frame.signals) });
    case "feed.beat.v1":
      if (frame.positions.some((position) => foreign(picture, position))) return forgotten;
      return kept({
        ...picture,
        behindMs: frame.behind_ms,
        lastSignalAt: frame.last_signal_at,
        positions: advanced(picture, frame.positions),
        stopped: frame.stopped,
        accounting: frame.accounting ?? null,
      });
  }
}

/** Where the picture stands; null where there is nothing to go on from. */
export function resume(picture: Picture): Resume | null {
  if (!picture.complete || picture.positions.size === 0) return null;
  return { type: "feed.resume.v1", positions: [...picture.positions.values()], sight: picture.sight };
}

export function undecidedSignals(picture: Picture): UndecidedSignal[] {
  return [...picture.undecided.values()].flat().sort((a, b) => a.received_at - b.received_at);
}

const forgotten: Step = { picture: blank, restart: true };

function kept(picture: Picture): Step {
  return { picture, restart: false };
}

function replaced(picture: Picture, frame: Snapshot): Picture {
  const partitions = new Set(frame.undecided.map((signal) => signal.partition));
  return {
    ...picture,
    complete: true,
    alarms: new Map(frame.alarms.map((alarm) => [alarm.id, alarm])),
    escalations: new Map(frame.escalations.map((escalation) => [escalation.id, escalation])),
    positions: new Map(frame.positions.map((position) => [position.partition, position])),
    places: new Map(),
    undecided: new Map([...partitions].map((partition) => [partition, frame.undecided.filter((signal) => signal.partition === partition)])),
    stopped: frame.stopped,
    sight: frame.sight,
  };
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

/** A frame shows its partition up to its own place: a later connection goes on from there. */
function reached(picture: Picture, place: Place): Picture {
  const known = picture.positions.get(place.partition);
  if (known !== undefined && known.offset >= place.offset) return picture;
  const here = { partition: place.partition, log_id: place.log_id, offset: place.offset, decided_at: known?.decided_at ?? 0 };
  return { ...picture, positions: advanced(picture, [here]) };
}

function heard(picture: Picture, command: string | null): Picture {
  return command === null ? picture : { ...picture, decided: [...picture.decided, command].slice(-KEPT_DECIDED) };
}

function lane(picture: Picture, partition: number, signals: readonly UndecidedSignal[]): Picture["undecided"] {
  const undecided = new Map(picture.undecided);
  if (signals.length === 0) undecided.delete(partition);
  else undecided.set(partition, signals);
  return undecided;
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
