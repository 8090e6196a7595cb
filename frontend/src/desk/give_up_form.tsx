import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Named } from "../api.ts";
import type { Role } from "../generated/contracts.ts";
import { usePeople } from "../parts/pieces.tsx";
import { Cancel, leave, Submit, type Sending } from "./form_parts.tsx";
import { said } from "./story.tsx";

/** To whom the alarm goes; null: back to the queue. */
export type GivingUp = string | null;

const MAY_HOLD: readonly Role[] = ["operator", "shift_supervisor"];

/** Release to everybody, or hand over to a colleague: one list, typed into or moved with the arrows. */
export function GiveUpForm({ holder, send, cancel, pending }: Sending<GivingUp> & { holder: string | null }): ReactNode {
  const { t } = useTranslation();
  const [to, setTo] = useState("");
  const people = usePeople();
  const list = useRef<HTMLSelectElement>(null);
  useEffect(() => list.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!pending) send(to === "" ? null : to);
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={t("giveUp.title")}>
      <label className="grow">
        {t("giveUp.title")}
        <select ref={list} name="to" value={to} onChange={(event) => setTo(event.target.value)} onKeyDown={sendOnEnter}>
          <option value="">{t("giveUp.release")}</option>
          <optgroup label={t("giveUp.to")}>
            {colleagues(people.data ?? [], holder).map((one) => (
              <option key={one.id} value={one.id}>
                {one.display_name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      {people.isError && <p className="fault">{t("giveUp.failed", { detail: said(people.error) })}</p>}
      <div className="buttons">
        <Submit able={!pending} why={t("why.pending")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

/** Who may hold an alarm, where the server tells roles; the gateway judges in any case. */
function colleagues(people: readonly Named[], holder: string | null): Named[] {
  return people.filter((one) => one.id !== holder && (one.roles === undefined || one.roles.some((role) => MAY_HOLD.includes(role))));
}

/** Enter in a closed list opens it in some browsers; here it sends, as the button says. */
function sendOnEnter(event: React.KeyboardEvent<HTMLSelectElement>): void {
  if (event.key !== "Enter") return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
