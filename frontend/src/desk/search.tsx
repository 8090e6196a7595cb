import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { search as ask, type Me } from "../api.ts";
import type { AlarmView } from "../generated/contracts.ts";
import { Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { stamp } from "../time.ts";
import { moved } from "./queue.ts";
import { said } from "./story.tsx";

export interface Search {
  field: RefObject<HTMLInputElement | null>;
  words: string;
  open: boolean;
  found: readonly AlarmView[];
  looking: boolean;
  error: Error | null;
  chosen: string | null;
  setWords(words: string): void;
  step(by: 1 | -1): void;
  pick(alarm: AlarmView | undefined): void;
  leave(): void;
  focus(): void;
}

/** The search of the command bar: what is typed is looked for at once, Enter opens what is chosen. */
export function useSearch(onPick: (alarm: AlarmView) => void): Search {
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  const [wanted, setWanted] = useState<string | null>(null);
  const asked = words.trim();
  const read = useQuery({ queryKey: ["search", asked], queryFn: () => ask(asked), enabled: asked !== "" });
  const found = read.data ?? [];
  const chosen = found.find((one) => one.id === wanted)?.id ?? found[0]?.id ?? null;
  const leave = (): void => {
    setWords("");
    field.current?.blur();
  };
  return {
    field,
    words,
    found,
    chosen,
    open: asked !== "",
    looking: read.isFetching,
    error: read.error,
    setWords,
    step: (by) => setWanted(moved(found, chosen, by)),
    pick: (alarm) => {
      if (alarm === undefined) return;
      leave();
      onPick(alarm);
    },
    leave,
    focus: () => field.current?.focus(),
  };
}

export function SearchField({ search }: { search: Search }): ReactNode {
  const { t } = useTranslation();
  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const run = { Escape: search.leave, ArrowDown: () => search.step(1), ArrowUp: () => search.step(-1), Enter: () => search.pick(search.found.find((one) => one.id === search.chosen)) }[event.key];
    if (run === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  return (
    <label className="search">
      <span className="dim mono" aria-hidden="true">
        ›
      </span>
      <input
        ref={search.field}
        type="text"
        name="search"
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        autoComplete="off"
        spellCheck={false}
        value={search.words}
        onChange={(event) => search.setWords(event.target.value)}
        onKeyDown={press}
      />
      <kbd>/</kbd>
    </label>
  );
}

/** What was found, in the place of the alarm: the queue stays as it is. */
export function SearchPane({ me, search }: { me: Me; search: Search }): ReactNode {
  const { t } = useTranslation();
  const none = !search.looking && search.error === null && search.found.length === 0;
  return (
    <main className="pane alarm found" id="content">
      <div className="head">
        <h1>{t("search.title", { q: search.words.trim() })}</h1>
        <b>{search.looking ? "" : search.found.length}</b>
        <span>{search.looking ? t("search.looking") : t("search.hint")}</span>
      </div>
      {search.error !== null && <p className="fault">{t("search.failed", { detail: said(search.error) })}</p>}
      {none && <p className="nothing">{t("search.none")}</p>}
      <ul className="rows">
        {search.found.map((alarm) => (
          <Found key={alarm.id} me={me} alarm={alarm} current={alarm.id === search.chosen} open={() => search.pick(alarm)} />
        ))}
      </ul>
    </main>
  );
}

function Found({ me, alarm, current, open }: { me: Me; alarm: AlarmView; current: boolean; open: () => void }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (
    <li className="row" aria-current={current}>
      <Priority level={alarm.priority} />
      <button type="button" className="open" onClick={open}>
        <span className="l1">
          <span className="name">
            <SiteName alarm={alarm} />
          </span>
          <span>{stamp(alarm.raised_at)}</span>
        </span>
        <span className="l2">
          <span className="what">
            {t(`class.${alarm.class}`)} · {t("alarm.account")} <span className="mono">{alarm.account}</span> · {t("alarm.number")} {alarm.number}
          </span>
          <span className="owner">
            {t(`alarmState.${alarm.state}`)} · {alarm.claimed_by === null ? t("queue.untaken") : person(alarm.claimed_by)}
          </span>
        </span>
      </button>
    </li>
  );
}
