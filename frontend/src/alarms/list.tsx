import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alarms as fetchAlarms, type Me } from "../api.ts";
import { Proof } from "../desk/empty.tsx";
import { said } from "../desk/story.tsx";
import type { AlarmView } from "../generated/contracts.ts";
import { Heads } from "../parts/heads.tsx";
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
        <Filter key={account} state={state} setState={setState} account={account} setAccount={setAccount} />
        {pages.isError && <p className="fault">{said(pages.error)}</p>}
        <div className="scroll" tabIndex={0}>
          <Table me={me} found={found} />
          {!pages.isPending && !pages.isError && found.length === 0 && <None filtered={state !== "all" || account !== ""} all={() => (setState("all"), setAccount(""))} />}
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

/** Nothing fits, or there is nothing: the second is proved. */
function None({ filtered, all }: { filtered: boolean; all: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="nothing" data-empty>
      <h2>{t(filtered ? "empty.none" : "empty.noneYet")}</h2>
      {filtered ? (
        <button type="button" className="btn" onClick={all}>
          {t("empty.all")}
        </button>
      ) : (
        <Proof />
      )}
    </div>
  );
}

interface FilterProps {
  state: Wanted;
  setState: (state: Wanted) => void;
  account: string;
  setAccount: (account: string) => void;
}

function Filter({ state, setState, account, setAccount }: FilterProps): ReactNode {
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
        <input name="account" autoComplete="off" defaultValue={account} />
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
      <Heads words={heads.map((head) => t(`records.${head}`))} />
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
