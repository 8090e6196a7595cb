import { useEffect, useState, type CSSProperties, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PastRecord } from "../api.ts";
import { eventWord } from "../words/events.ts";
import { clock, dayOf, dayStart, parsed, written } from "./instant.ts";
import { SPEEDS, type Playing } from "./playing.ts";
import { instants, known, laneOf, type LaneName } from "./steps.ts";

const DAY_S = 86_400;

interface StripProps {
  at: number | null;
  records: readonly PastRecord[];
  setAt: (at: number) => void;
  step: (by: 1 | -1) => () => void;
  playing: Playing;
}

/** Always says that this is the past, and which instant of it. */
export function TimeStrip({ at, records, setAt, step, playing }: StripProps): ReactNode {
  const { t } = useTranslation();
  const later = records.filter((one) => at !== null && !known(one, at)).slice(0, 3);
  return (
    <section className="time" aria-label={t("history.instant")}>
      <div className="now">
        <h1 className="past">{t("history.past")}</h1>
        <span className="t" data-at={at ?? undefined}>
          {at === null ? "—" : clock(at)} <small>{at === null ? "" : dayOf(at)}</small>
        </span>
        <Pick at={at} setAt={setAt} />
        <span className="push" />
        <Speed playing={playing} />
        <button type="button" className="btn" aria-pressed={playing.is} onClick={playing.toggle}>
          {playing.is ? t("timeline.pause") : t("timeline.play")} <kbd>␣</kbd>
        </button>
        <button type="button" className="btn" onClick={step(-1)}>
          <kbd>←</kbd> {records.length > 0 ? t("history.stepBack") : t("timeline.second")}
        </button>
        <button type="button" className="btn" onClick={step(1)}>
          {records.length > 0 ? t("history.stepOn") : t("timeline.second")} <kbd>→</kbd>
        </button>
        {later.length > 0 && (
          <span className="wide after">
            <span className="small dim">{t("history.later")}</span>
            {later.map((one, index) => (
              <button key={index} type="button" className="btn quiet" onClick={() => setAt(one.time)}>
                {clock(one.time).slice(0, 8)} {eventWord(t, one.type)}
              </button>
            ))}
          </span>
        )}
      </div>
      {records.length > 1 && at !== null && <Lanes at={at} records={records} setAt={setAt} />}
      {records.length === 0 && at !== null && <Day at={at} setAt={setAt} />}
    </section>
  );
}

/** An instant typed by hand. */
function Pick({ at, setAt }: { at: number | null; setAt: (at: number) => void }): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  useEffect(() => setText(at === null ? "" : written(at)), [at]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const instant = parsed(text);
    setWrong(instant === null);
    if (instant !== null) setAt(instant);
  };
  return (
    <form className="pick" onSubmit={submit}>
      <label>
        <span className="small dim">{t("history.instant")}</span>
        <input className="mono" name="at" value={text} aria-invalid={wrong} aria-describedby={wrong ? "wrong-instant" : undefined} autoComplete="off" onChange={(event) => setText(event.target.value)} />
      </label>
      <button type="submit" className="btn">
        {t("history.go")} <kbd>↵</kbd>
      </button>
      {wrong && (
        <span className="fault" role="alert" id="wrong-instant">
          {t("history.wrong")}
        </span>
      )}
    </form>
  );
}

/** The day of the instant as a bar that is drawn along, second by second. */
function Day({ at, setAt }: { at: number; setAt: (at: number) => void }): ReactNode {
  const { t } = useTranslation();
  const start = dayStart(at);
  return (
    <div className="day">
      <span className="small dim">00:00</span>
      <input type="range" min={0} max={DAY_S - 1} step={1} value={Math.floor((at - start) / 1_000_000)} aria-label={t("timeline.day")} aria-valuetext={written(at)} onChange={(event) => setAt(start + Number(event.target.value) * 1_000_000)} />
      <span className="small dim">24:00</span>
    </div>
  );
}

/** How fast the clock of the past goes; an alarm goes from decision to decision. */
function Speed({ playing }: { playing: Playing }): ReactNode {
  const { t } = useTranslation();
  if (playing.speed === null) return null;
  return (
    <label className="small">
      {t("timeline.speed")}{" "}
      <select value={playing.speed} onChange={(event) => playing.go(Number(event.target.value))}>
        {SPEEDS.map((n) => (
          <option key={n} value={n}>
            {t("timeline.times", { n })}
          </option>
        ))}
      </select>
    </label>
  );
}

const LANES: readonly LaneName[] = ["signals", "decisions", "police"];

/** What happened when; hatched from the cursor on, since at that instant it had not happened. */
function Lanes({ at, records, setAt }: { at: number; records: readonly PastRecord[]; setAt: (at: number) => void }): ReactNode {
  const { t } = useTranslation();
  const steps = instants(records);
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 0];
  const margin = Math.max(1_000_000, (last - first) * 0.05);
  const [from, to] = [Math.min(first - margin, at), Math.max(last + margin, at)];
  const left = (time: number): CSSProperties => ({ left: `${((time - from) / (to - from)) * 100}%` });
  return (
    <div className="lanes">
      {LANES.map((lane) => (
        <div key={lane} className="contents">
          <span className="lab">{t(`lanes.${lane}`)}</span>
          <div className="strip">
            {records
              .filter((one) => laneOf(one.type) === lane)
              .map((one, index) => (
                <i key={index} className={known(one, at) ? "big" : "later"} style={left(one.time)} title={eventWord(t, one.type)} />
              ))}
            <span className="future hatch" style={left(at)} />
            <span className="cursor" style={left(at)} />
          </div>
        </div>
      ))}
      <span />
      <div className="scale">
        <span>{clock(from).slice(0, 8)}</span>
        <span>{clock(to).slice(0, 8)}</span>
      </div>
      <input type="range" min={Math.ceil(from / 1000)} max={Math.floor(to / 1000)} value={Math.round(at / 1000)} aria-label={t("history.instant")} aria-valuetext={written(at)} onChange={(event) => setAt(Number(event.target.value) * 1000)} />
      <span className="frame" />
    </div>
  );
}
