import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { providers } from "../api.ts";
import { RoleWords } from "../generated/contracts.ts";
import { EntryForm, orNull, type Field } from "../registry/form.tsx";
import type { Account } from "./api.ts";

/** An account; null: a new one. */
export function AccountForm({ account, done, cancel }: { account: Account | null; done: (saved: Account) => void; cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  const [missing, setMissing] = useState(false);
  const listed = useQuery({ queryKey: ["registry", "providers", "choice"], queryFn: providers });
  const choices = (listed.data ?? []).map((one) => [one.id, one.name] as const);
  const fields: readonly Field[] = [
    ...(account === null ? [{ name: "username", label: t("account.fields.username"), hint: t("account.hints.username"), required: true, pattern: "[0-9A-Za-z._\\-]{1,64}", mono: true }] : []),
    { name: "display_name", label: t("account.fields.display_name"), hint: t("account.hints.display_name"), required: true, wide: true },
    { name: "provider", label: t("account.fields.provider"), options: [["", t("account.everything")], ...choices] },
    { name: "bureau", label: t("account.fields.bureau"), hint: t("reg.hints.bureau"), pattern: "\\d{6,12}", mono: true },
    ...(account === null ? [] : [{ name: "active", label: t("account.active"), type: "checkbox" as const }]),
    ...RoleWords.map((role) => ({ name: role, label: t(`role.${role}`), type: "checkbox" as const })),
  ];
  const roles = Object.fromEntries((account?.roles ?? []).map((role) => [role, "yes"]));
  const start = { display_name: account?.display_name ?? "", provider: account?.provider ?? "", bureau: account?.bureau ?? "", active: account?.active === false ? "" : "yes", ...roles };
  return (
    <EntryForm<Account>
      label={t(account === null ? "account.new" : "account.change", { who: account?.username ?? "" })}
      fields={fields}
      start={start}
      version={null}
      cancel={cancel}
      done={done}
      more={(values) => missing && RoleWords.every((role) => values[role] !== "yes") && <p className="fault">{t("reg.fill", { hint: t("account.hints.roles") })}</p>}
      ask={(typed) => {
        const chosen = RoleWords.filter((role) => typed[role] === "yes");
        setMissing(chosen.length === 0);
        const body = { display_name: typed["display_name"], roles: chosen, provider: orNull(typed["provider"]), bureau: orNull(typed["bureau"]), active: typed["active"] === "yes" };
        return account === null ? { method: "POST", path: "/api/accounts", body: { ...body, username: (typed["username"] ?? "").trim() } } : { method: "PUT", path: `/api/accounts/${encodeURIComponent(account.id)}`, body };
      }}
    />
  );
}
