import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { exported, type Past, type PastRecord } from "../api.ts";
import { said } from "../desk/story.tsx";
import { Icon } from "../parts/pieces.tsx";

type State = { state: "idle" } | { state: "running"; done: number; of: number } | { state: "done"; name: string } | { state: "failed"; detail: string };

export interface Exporting {
  state: State;
  run(): void;
}

/** Fetch the export file at `path` (null: not known yet) and hand it to the browser to keep. */
export function useExport(path: string | null): Exporting {
  const [state, setState] = useState<State>({ state: "idle" });
  const run = (): void => {
    if (state.state === "running" || path === null) return;
    setState({ state: "running", done: 0, of: 0 });
    exported(path, (done, of) => setState({ state: "running", done, of })).then(
      ({ name, file }) => {
        keep(name, file);
        setState({ state: "done", name });
      },
      (error: unknown) => setState({ state: "failed", detail: error instanceof Error ? said(error) : String(error) }),
    );
  };
  return { state, run };
}

function keep(name: string, file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

interface ProofProps {
  /** The page is about one alarm: its records are shown, and how they hang together. */
  one: boolean;
  past: Past | undefined;
  broken: PastRecord | null;
  exporting: Exporting;
}

/** What this page can show of the proof, and the file that anybody can check without this centre. */
export function Proof({ one, past, broken, exporting }: ProofProps): ReactNode {
  const { t } = useTranslation();
  return (
    <aside className="pane why" aria-label={t("history.proof")}>
      <div className="head">
        <h2>{t("history.proof")}</h2>
      </div>
      <div className="scroll" tabIndex={0} role="group" aria-label={t("history.proof")}>
        <ul className="proof">
          {one && (
            <li>
              <Icon name={broken === null ? "check" : "no"} />
              <span>{broken === null ? t("history.chain") : t("history.broken", { at: `${broken.partition}·${broken.offset}` })}</span>
            </li>
          )}
          <li>
            <Icon name="check" />
            <span>
              {t("history.hash")}
              <br />
              <span className="mono">{past?.hash ?? "—"}</span>
            </span>
          </li>
        </ul>
        {one && <Positions past={past} />}
      </div>
      <Export exporting={exporting} check={one ? t("timeline.alarmCheck") : t("history.check")} />
    </aside>
  );
}

/** The file that anybody can check; `check`: how. */
export function Export({ exporting, check }: { exporting: Exporting; check: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="export">
      <p className="small">{check}</p>
      <Told exporting={exporting} />
      <button type="button" className="btn main" aria-disabled={exporting.state.state === "running"} onClick={exporting.run}>
        {exporting.state.state === "running" ? t("history.exporting") : t("history.export")} <kbd>X</kbd>
      </button>
    </section>
  );
}

function Positions({ past }: { past: Past | undefined }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <div className="head">
        <h2>{t("history.partitions")}</h2>
      </div>
      <ul className="proof positions">
        {past?.positions.map((at) => (
          <li key={at.partition} className="mono" title={at.log_id}>
            {at.partition}·{at.offset} <span className="dim">{at.head.slice(0, 16)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Told({ exporting: { state } }: { exporting: Exporting }): ReactNode {
  const { t } = useTranslation();
  if (state.state === "running") {
    const kilobytes = (bytes: number): number => Math.ceil(bytes / 1000);
    return (
      <p role="status">
        {state.of === 0 ? t("timeline.preparing") : t("timeline.fetched", { done: kilobytes(state.done), of: kilobytes(state.of) })}
        <progress aria-label={t("history.exporting")} {...(state.of === 0 ? {} : { value: state.done, max: state.of })} />
      </p>
    );
  }
  if (state.state === "done") return <p role="status">{t("history.exported", { name: state.name })}</p>;
  return state.state === "failed" ? (
    <p className="fault" role="alert">
      {state.detail}
    </p>
  ) : null;
}
