import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { providers, sites, type Adoption } from "../api.ts";
import { SiteClassWords, type AlarmView, type SiteClass } from "../generated/contracts.ts";
import { Cancel, leave, Submit, type Sending } from "./form_parts.tsx";
import { said } from "./story.tsx";

type Way = "anew" | "into";

/** An account that nobody registered: a new site, or one more account of a site that is there. */
export function AdoptForm({ alarm, send, cancel, pending }: Sending<Adoption> & { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const [way, setWay] = useState<Way>("anew");
  const ways: readonly Way[] = ["anew", "into"];
  const line = { account_space: alarm.account_space, account: alarm.account };
  return (
    <div className="form" onKeyDown={leave(cancel)} role="group" aria-label={t("adopt.title", { account: alarm.account })}>
      <p className="ask">
        <b>{t("adopt.title", { account: alarm.account })}</b>
      </p>
      <div className="choice">
        {ways.map((one) => (
          <button key={one} type="button" className="btn" aria-pressed={one === way} onClick={() => setWay(one)}>
            {t(`adopt.${one}`)}
          </button>
        ))}
      </div>
      {way === "anew" ? (
        <NewSite pending={pending} cancel={cancel} send={(site) => send({ ...site, ...line })} />
      ) : (
        <KnownSite pending={pending} cancel={cancel} send={(into) => send({ into, ...line })} />
      )}
    </div>
  );
}

type Site = Omit<Extract<Adoption, { name: string }>, "account_space" | "account">;

function NewSite({ pending, cancel, send }: Sending<Site>): ReactNode {
  const { t } = useTranslation();
  const listed = useQuery({ queryKey: ["providers"], queryFn: providers });
  const [complete, setComplete] = useState(false);
  const look = (event: FormEvent<HTMLFormElement>): void => setComplete(event.currentTarget.checkValidity());
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (complete && !pending) send(siteOf(new FormData(event.currentTarget)));
  };
  return (
    <form className="adopt" onSubmit={submit} onInput={look} noValidate>
      <div className="evidence">
        <label className="grow">
          {t("adopt.name")}
          <input name="name" required pattern=".*\S.*" maxLength={200} autoFocus autoComplete="off" />
        </label>
        <label className="grow">
          {t("adopt.provider")}
          <select name="provider" required defaultValue="">
            <option value="">{t("adopt.choose")}</option>
            {listed.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("alarm.siteClass")}
          <select name="site_class" defaultValue="other">
            {SiteClassWords.map((word) => (
              <option key={word} value={word}>
                {t(`siteClass.${word}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="evidence">
        <label>
          {t("adopt.division")}
          <input name="division" className="mono" required pattern="\d{6}(\d{6})?" inputMode="numeric" autoComplete="off" />
        </label>
        <label>
          {t("adopt.bureau")}
          <input name="bureau" className="mono" required pattern="\d{6,12}" inputMode="numeric" autoComplete="off" />
        </label>
        <label>
          {t("adopt.lon")}
          <input name="lon" className="mono" pattern="-?\d{1,3}(\.\d+)?" inputMode="decimal" autoComplete="off" />
        </label>
        <label>
          {t("adopt.lat")}
          <input name="lat" className="mono" pattern="-?\d{1,2}(\.\d+)?" inputMode="decimal" autoComplete="off" />
        </label>
      </div>
      {listed.isError && <p className="fault">{t("adopt.failed", { detail: said(listed.error) })}</p>}
      <div className="buttons">
        <Submit able={complete && !pending} why={t("why.fillIn")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

function siteOf(fields: FormData): Site {
  const word = (name: string): string => String(fields.get(name) ?? "").trim();
  const [lon, lat] = [word("lon"), word("lat")];
  const place = lon === "" || lat === "" ? {} : { lon: Number(lon), lat: Number(lat) };
  return { name: word("name"), provider: word("provider"), site_class: word("site_class") as SiteClass, division: word("division"), bureau: word("bureau"), ...place };
}

function KnownSite({ pending, cancel, send }: Sending<string>): ReactNode {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const found = useQuery({ queryKey: ["sites", words], queryFn: () => sites(words), enabled: words !== "" });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (chosen !== null && !pending) send(chosen);
  };
  return (
    <form className="adopt" onSubmit={submit}>
      <label>
        {t("adopt.find")}
        <input name="find" autoFocus autoComplete="off" value={words} onChange={(event) => setWords(event.target.value)} />
      </label>
      {found.isError && <p className="fault">{t("adopt.failed", { detail: said(found.error) })}</p>}
      {found.data?.length === 0 && <p className="dim">{t("adopt.none")}</p>}
      <div className="choice">
        {found.data?.map((site) => (
          <button key={site.id} type="button" className="btn" aria-pressed={site.id === chosen} onClick={() => setChosen(site.id)}>
            {site.name} <span className="mono dim">{site.division ?? ""}</span>
          </button>
        ))}
      </div>
      <div className="buttons">
        <Submit able={chosen !== null && !pending} why={t("why.chooseWho")} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}
