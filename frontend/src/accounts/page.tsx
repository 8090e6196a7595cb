import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { providers, type Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import { uuid7 } from "../ids.ts";
import { useBureau } from "../parts/bureau.tsx";
import { Copy } from "../parts/copy.tsx";
import { Heads } from "../parts/heads.tsx";
import { Shell } from "../parts/shell.tsx";
import { accounts, freshPassword, type Account } from "./api.ts";
import { AccountForm } from "./form.tsx";

/** A password that was just made: it is shown until the next act, and never again. */
interface Made {
  username: string;
  password: string;
}

/** Who may log in, as what. For administrators: the first page of a new station. */
export function AccountsPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const told = useQuery({ queryKey: ["accounts"], queryFn: accounts });
  const [editing, setEditing] = useState<Account | "new" | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const open = (what: Account | "new" | null): void => {
    setMade(null);
    setFailed(null);
    setEditing(what);
  };
  const saved = (account: Account): void => {
    open(null);
    if (account.password != null) setMade({ username: account.username, password: account.password });
    void queries.invalidateQueries({ queryKey: ["accounts"] });
  };
  const renew = (account: Account): void => {
    open(null);
    freshPassword(account.id, uuid7(Date.now()))
      .then((password) => setMade({ username: account.username, password }))
      .catch((error: Error) => setFailed(said(error)));
  };
  const only = told.data?.length === 1;
  return (
    <Shell me={me} page="accounts" layout="records" onSignOut={onSignOut} bands={made !== null && <Shown made={made} shut={() => setMade(null)} />}>
      <main className="pane" id="content">
        <div className="filter">
          <h1>{t("account.title")}</h1>
          {editing === null && (
            <button type="button" className="btn main" onClick={() => open("new")}>
              {t("account.new")}
            </button>
          )}
        </div>
        <p className="head">{t("account.lead")}</p>
        {(told.isError || failed !== null) && (
          <p className="fault" role="alert">
            {failed ?? (told.error === null ? "" : said(told.error))}
          </p>
        )}
        <div className="scroll" tabIndex={0} role="region" aria-label={t("account.title")}>
          {editing !== null && <AccountForm key={editing === "new" ? "new" : editing.id} account={editing === "new" ? null : editing} done={saved} cancel={() => open(null)} />}
          <List found={told.data ?? []} edit={open} renew={renew} />
          {only && editing === null && <First />}
        </div>
      </main>
    </Shell>
  );
}

/** Who may be told it stands beside it; the page forgets it. */
function Shown({ made, shut }: { made: Made; shut: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="band calm" role="status" data-made={made.username}>
      <span>
        {t("account.password", { who: made.username })} <b className="mono">{made.password}</b> {t("account.once")}
      </span>
      <span className="push" />
      <Copy text={made.password} />
      <button type="button" className="btn" onClick={shut}>
        {t("band.dismiss")}
      </button>
    </div>
  );
}

/** A new station: what is to be done, in the order in which one thing needs the other. */
function First(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="nothing" data-first>
      <h2>{t("account.first")}</h2>
      <ol>
        {(["registrar", "people", "sites", "panel"] as const).map((step, at) => (
          <li key={step}>
            {at + 1}. {t(`account.steps.${step}`)}
          </li>
        ))}
      </ol>
    </div>
  );
}

interface ListProps {
  found: readonly Account[];
  edit: (account: Account) => void;
  renew: (account: Account) => void;
}

function List({ found, edit, renew }: ListProps): ReactNode {
  const { t } = useTranslation();
  const named = useQuery({ queryKey: ["registry", "providers", "choice"], queryFn: providers }).data ?? [];
  const bureau = useBureau();
  const heads = ["username", "display_name", "roles", "scope", "state", "acts"] as const;
  return (
    <table>
      <Heads words={heads.map((head) => t(`account.fields.${head}`))} />
      <tbody>
        {found.map((one) => (
          <tr key={one.id} data-account={one.username}>
            <td className="mono nowrap">{one.username}</td>
            <td>{one.display_name}</td>
            <td>{one.roles.map((role) => t(`role.${role}`)).join(t("punct.list"))}</td>
            <td>{[named.find((provider) => provider.id === one.provider)?.name ?? one.provider, one.bureau === null ? null : bureau(one.bureau)].filter((part) => part !== null).join(" · ") || t("account.everything")}</td>
            <td className="nowrap">{t(one.active ? "account.active" : "account.ended")}</td>
            <td className="nowrap">
              <button type="button" className="btn quiet" onClick={() => edit(one)}>
                {t("reg.edit")}
              </button>
              <button type="button" className="btn quiet" onClick={() => renew(one)}>
                {t("account.renew")}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
