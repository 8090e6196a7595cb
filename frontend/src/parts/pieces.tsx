import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { people, type Named } from "../api.ts";
import type { AlarmView } from "../generated/contracts.ts";

export type IconName = "check" | "now" | "wait" | "no" | "warn" | "link" | "cut" | "nocall" | "lock" | "sound" | "eye";

export function Icon({ name }: { name: IconName }): ReactNode {
  return <i className={`i i-${name}`} aria-hidden="true" />;
}

/** What must be read before anything else is done. */
export function Alert({ icon, word, toDo }: { icon: IconName; word: string; toDo: string }): ReactNode {
  return (
    <p className="never-call" role="alert">
      <Icon name={icon} />
      <b>{word}</b>
      <span>{toDo}</span>
    </p>
  );
}

export function Priority({ level, big = false, blink = false }: { level: number; big?: boolean; blink?: boolean }): ReactNode {
  const { t } = useTranslation();
  const classes = ["pri", big ? "big" : "", blink ? "blink" : ""].filter(Boolean).join(" ");
  return (
    <span className={classes} data-p={Math.min(4, Math.max(1, level))} role="img" aria-label={t("alarm.priority", { n: level })}>
      {level}
    </span>
  );
}

interface ActButtonProps {
  word: string;
  keys: readonly string[];
  /** Why it cannot be done now; null when it can. */
  why: string | null;
  run: () => void;
  main?: boolean;
  pressed?: boolean;
}

/** What cannot be done yet stays visible, dashed, with its reason. */
export function ActButton({ word, keys, why, run, main = false, pressed }: ActButtonProps): ReactNode {
  const able = why === null;
  return (
    <button
      type="button"
      className={main && able ? "btn main" : "btn"}
      aria-disabled={!able}
      aria-pressed={pressed}
      onClick={() => able && run()}
    >
      {!able && <Icon name="lock" />}
      <span>{word}</span>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
      {!able && <span className="because">{why}</span>}
    </button>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The site by name; an account that nobody registered by its number. */
/** What a code says: of an alarm that the system raised about itself a sentence, else the panel's code. */
export function Code({ alarm }: { alarm: Pick<AlarmView, "class" | "code"> }): ReactNode {
  const { t, i18n } = useTranslation();
  const key = `systemCode.${alarm.code}` as "systemCode.clock.host";
  if (alarm.class === "system" && i18n.exists(key)) return <>{t(key)}</>;
  return <span className="mono">{alarm.code}</span>;
}

export function SiteName({ alarm }: { alarm: Pick<AlarmView, "site_name" | "account"> }): ReactNode {
  const { t } = useTranslation();
  if (alarm.site_name === "" && alarm.account === "") return <>{t("class.system")}</>;
  return <>{alarm.site_name === "" ? t("queue.unknownSite", { account: alarm.account }) : alarm.site_name}</>;
}

/** Everybody by id. */
export function usePeople(): UseQueryResult<readonly Named[]> {
  return useQuery({ queryKey: ["people"], queryFn: people, staleTime: 60_000, refetchInterval: 300_000 });
}

/** A person by name; "me" for the reader; by id as long as the names are not there. */
export function usePerson(me: { id: string; display_name: string }): (id: string | null) => string {
  const { t } = useTranslation();
  const names = usePeople();
  return (id) => (id === null ? "—" : id === me.id ? t("queue.mine") : (names.data?.find((one) => one.id === id)?.display_name ?? id));
}

/** Flat bars in the place of rows that have not arrived; nothing moves. */
export function Ghosts(): ReactNode {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2].map((one) => (
        <div key={one} className="ghost">
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
