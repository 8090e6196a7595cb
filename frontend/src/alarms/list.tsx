import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarms as fetchAlarms, type Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import type { AlarmView } from "../generated/contracts.ts";
import { Code, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { Shell } from "../parts/shell.tsx";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";

const STATES = ["all", "open", "closed"] as const;
type Wanted = (typeof STATES)[number];
const AGAIN_MS = 5000;

export function AlarmsPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [state, setState] = useState<Wanted>("all");
  const [account, setAccount] = useState("");
  const pages = useInfiniteQuery({
    queryKey: ["alarms", state, account],
    queryFn: ({ pageParam }) => fetchAlarms({ state, account, after: pageParam }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: AGAIN_MS,
  });
  const found = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Shell me={me} page="alarms" layout="records" onSignOut={onSignOut}>
      <main className="pane" id="content">
        <Filter state={state} setState={setState} setAccount={setAccount} />
        {pages.isError && <p className="fault">{said(pages.error)}</p>}
        <div className="scroll" tabIndex={0}>
          <Table me={me} found={found} />
          {!pages.isPending && found.length === 0 && <p className="nothing">{t("empty.none")}</p>}
        </div>
        <p className="head">
          {pages.isPending ? t("records.loading") : t("records.count", { n: found.length })}
          <span className="push" />
          {pages.hasNextPage && (
            <button type="button" className="btn" onClick={() => void pages.fetchNextPage()}>
              {t("records.more")}
            </button>
          )}
        </p>
      </main>
    </Shell>
  );
}

interface FilterProps {
  state: Wanted;
  setState: (state: Wanted) => void;
  setAccount: (account: string) => void;
}

function Filter({ state, setState, setAccount }: FilterProps): ReactNode {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    setAccount(String(new FormData(event.currentTarget).get("account")).trim());
  };
  return (
    <form className="filter" onSubmit={submit}>
      <h1>{t("records.title")}</h1>
      <label>
        {t("records.state")}
        <select name="state" value={state} onChange={(event) => setState(event.target.value as Wanted)}>
          {STATES.map((word) => (
            <option key={word} value={word}>
              {word === "all" ? t("records.all") : t(`alarmState.${word}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("records.account")}
        <input name="account" autoComplete="off" />
      </label>
      <button type="submit" className="btn">
        {t("records.find")}
      </button>
    </form>
  );
}

function Table({ me, found }: { me: Me; found: readonly AlarmView[] }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const heads = ["time", "number", "what", "site", "provider", "holder", "tracks", "state"] as const;
  return (
    <table>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {t(`records.${head}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {found.map((alarm) => (
          <tr key={alarm.id} data-alarm={alarm.id}>
            <td className="nowrap">{stamp(alarm.raised_at)}</td>
            <td className="nowrap">
              <a {...inside(`/alarms/${encodeURIComponent(alarm.id)}`)}>{alarm.number}</a>
            </td>
            <td className="nowrap">
              <Priority level={alarm.priority} /> {t(`class.${alarm.class}`)} <Code alarm={alarm} />
            </td>
            <td>
              <SiteName alarm={alarm} />
            </td>
            <td>{alarm.provider_name === "" ? t("alarm.unknownProvider") : alarm.provider_name}</td>
            <td>{person(alarm.claimed_by)}</td>
            <td>
              {alarm.tracks.verification === "waiting" ? t("track.waiting") : t(`result.${alarm.tracks.verification}`)} / {t(`track.${alarm.tracks.escalation}`)}
            </td>
            <td className="nowrap">{t(`alarmState.${alarm.state}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
