import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { UndecidedSignal } from "../generated/contracts.ts";
import { Icon } from "../parts/pieces.tsx";
import { hms } from "../time.ts";
import { whichWord } from "../words/which.ts";
import { leave, LONGEST } from "./form_parts.tsx";

export type NoteUndecided = (signal: UndecidedSignal, note: string) => Promise<boolean>;

/** Raw signals of partitions that do not decide: read-only, without priority or owner; what is typed is decided later. */
export function Lane({ signals, onNote }: { signals: readonly UndecidedSignal[]; onNote: NoteUndecided | null }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="lane" aria-label={t("lane.title")}>
      <div className="head">
        <Icon name="warn" />
        <h2>{t("lane.title")}</h2>
        <b>{signals.length}</b>
      </div>
      <ol tabIndex={0} aria-label={t("lane.title")}>
        {signals.map((signal) => (
          <Raw key={`${signal.partition}:${signal.offset}`} signal={signal} onNote={onNote} />
        ))}
      </ol>
      <p className="small">{t("lane.why")}</p>
    </section>
  );
}

function Raw({ signal, onNote }: { signal: UndecidedSignal; onNote: NoteUndecided | null }): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [noted, setNoted] = useState(0);
  const send = (note: string): void => {
    if (onNote === null) return;
    void onNote(signal, note).then((kept) => {
      if (!kept) return;
      setOpen(false);
      setNoted((before) => before + 1);
    });
  };
  return (
    <li data-undecided={`${signal.partition}:${signal.offset}`}>
      <time>{hms(signal.received_at)}</time>
      <span>
        <span className="mono">{signal.account}</span> {signal.site_name !== "" && <b>{signal.site_name} </b>}
        {t(`class.${signal.class}`)} <span className="mono">{signal.code}</span>
        {signal.zone !== "" && ` · ${whichWord(t, signal)}`}
      </span>
      {onNote !== null && !open && (
        <span className="typed">
          <button type="button" className="btn quiet" onClick={() => setOpen(true)}>
            {t("lane.note")}
          </button>
          {noted > 0 && (
            <span className="small dim">
              {t("lane.noted")} {noted}
            </span>
          )}
        </span>
      )}
      {open && <Typing send={send} cancel={() => setOpen(false)} />}
    </li>
  );
}

function Typing({ send, cancel }: { send: (note: string) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (note.trim() !== "") send(note.trim());
  };
  return (
    <form className="typed" onSubmit={submit} onKeyDown={leave(cancel)}>
      <input name="undecided" autoFocus aria-label={t("lane.note")} placeholder={t("lane.hint")} autoComplete="off" maxLength={LONGEST} value={note} onChange={(event) => setNote(event.target.value)} />
      <button type="submit" className="btn quiet" aria-disabled={note.trim() === ""}>
        {t("act.send")} <kbd>↵</kbd>
      </button>
    </form>
  );
}
