import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Drawn } from "../desk/optimism.ts";
import { useLive, useNow, useStale } from "../feed/live.tsx";
import type { EscalationView } from "../generated/contracts.ts";
import { Ghosts } from "../parts/pieces.tsx";
import { brief } from "../time.ts";
import { isNew } from "./order.ts";

interface ListProps {
  all: readonly Drawn<EscalationView>[];
  chosen: string | null;
  choose: (id: string) => void;
  error: string | null;
}

/** What is new is loud and on top, what is worked on is grey, what is final lies below. */
export function List({ all, chosen, choose, error }: ListProps): ReactNode {
  const { t } = useTranslation();
  const { picture } = useLive();
  const unsigned = all.filter(({ view }) => isNew(view)).length;
  return (
    <section className="pane list" aria-label={t("police.title")}>
      <div className="head">
        <h2>{t("police.title")}</h2>
        <span className={unsigned > 0 ? "tag p1" : "tag"}>
          {t("police.unsigned")} {unsigned}
        </span>
        <span className="push" />
        <kbd>J</kbd>
        <kbd>K</kbd>
      </div>
      {error !== null && (
        <p className="fault" role="status" data-part-failed>
          {t("police.listFailed", { detail: error })}
        </p>
      )}
      {!picture.complete && <Ghosts />}
      <ul className="rows">
        {all.map(({ view, pending }) => (
          <Row key={view.id} one={view} pending={pending !== null} current={view.id === chosen} choose={choose} />
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  one: EscalationView;
  pending: boolean;
  current: boolean;
  choose: (id: string) => void;
}

/** Drawn anew when its report changes, as the rows of the desk. */
const Row = memo(function Row({ one, pending, current, choose }: RowProps): ReactNode {
  const { t } = useTranslation();
  const stale = useStale();
  const fresh = isNew(one);
  const classes = ["row", fresh ? "new" : "", pending ? "hatch" : ""].filter(Boolean).join(" ");
  return (
    <li className={classes} data-escalation={one.id} data-state={one.state} aria-current={current}>
      <span className="mark">
        {fresh && <i className={current || stale ? "sq" : "sq blink"} />}
        {fresh ? t("police.fresh") : t(`mark.${one.state as "final"}`)}
      </span>
      <button type="button" className="open" onClick={() => choose(one.id)}>
        <span className="l1">
          {one.mark !== "actual" && <span className="tag drill">{t(`drill.${one.mark}`)}</span>}
          {one.possibly_repeated && <span className="tag">{t("police.repeatedShort")}</span>}
          <b>{one.site_name === "" ? t("police.unknownSite", { account: one.account }) : one.site_name}</b>
          <Told at={one.escalated_at} />
        </span>
        <span className="l2">{one.police_incident_no === null ? t(`class.${one.class}`) : <span className="mono">{one.police_incident_no}</span>}</span>
        <span className="small dim">{one.verification === null ? t("police.unsaid") : t(`result.${one.verification.result}`)}</span>
      </button>
    </li>
  );
});

function Told({ at }: { at: number }): ReactNode {
  return <time>{brief(at, useNow())}</time>;
}
