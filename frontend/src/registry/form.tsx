// One form for every entry. What is typed stays until it is saved; a refusal says who was first and lets it be saved again.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { change, Refusal, type Problem } from "../api.ts";
import { leave } from "../desk/form_parts.tsx";
import { uuid7 } from "../ids.ts";

/** What every change answers; some entries have no version to be seen. */
export interface Kept {
  id: string;
  version?: number;
}

export type Values = Readonly<Record<string, string>>;

export interface Field {
  name: string;
  label: string;
  hint?: string;
  required?: boolean;
  pattern?: string;
  type?: "text" | "date" | "checkbox" | "password";
  options?: readonly (readonly [string, string])[];
  mono?: boolean;
  wide?: boolean;
}

export interface Ask {
  method: "POST" | "PUT";
  path: string;
  body: object;
}

interface FormProps<Answer extends Kept> {
  label: string;
  fields: readonly Field[];
  start: Values;
  /** Of the entry as this person saw it; null for what is new. */
  version: number | null;
  ask: (values: Values) => Ask;
  done: (saved: Answer) => void;
  cancel: () => void;
  /** More that stands in the form, like a proposal; it may set values. */
  more?: (values: Values, set: (name: string, value: string) => void) => ReactNode;
}

type Trouble = { kind: "refused"; problem: Problem } | { kind: "unreachable" };

export function EntryForm<Answer extends Kept>({ label, fields, start, version, ask, done, cancel, more }: FormProps<Answer>): ReactNode {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>(start);
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const saving = useSaving(version, done);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select")?.focus(), []);
  const set = (name: string, value: string): void => setValues((before) => ({ ...before, [name]: value }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = faultsOf(form.current, fields);
    setFaults(found);
    const first = Object.keys(found)[0];
    if (first !== undefined) (form.current?.elements.namedItem(first) as HTMLElement | null)?.focus();
    else saving.save(ask(values));
  };
  return (
    <form ref={form} className="form entry" onSubmit={submit} onKeyDown={leave(cancel)} noValidate aria-label={label}>
      <b>{label}</b>
      <div className="evidence">
        {fields.map((field) => (
          <Input key={field.name} field={field} value={values[field.name] ?? ""} fault={faults[field.name]} set={(value) => set(field.name, value)} />
        ))}
      </div>
      {more?.(values, set)}
      {saving.trouble !== null && <TroubleText trouble={saving.trouble} />}
      <div className="buttons">
        <button type="submit" className="btn main" aria-disabled={saving.pending}>
          {saving.pending ? t("reg.saving") : saving.stale ? t("reg.again") : t("reg.save")}
        </button>
        <button type="button" className="btn quiet" onClick={cancel}>
          {t("reg.cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

export interface Saving {
  pending: boolean;
  stale: boolean;
  trouble: Trouble | null;
  save: (ask: Ask) => void;
}

/** Sends a change once: the same body again has the same id, so that an answer that was lost does no harm. */
export function useSaving<Answer extends Kept>(version: number | null, done: (saved: Answer) => void): Saving {
  const queries = useQueryClient();
  const [pending, setPending] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [seen, setSeen] = useState(version);
  const sent = useRef({ text: "", id: "" });
  const save = ({ method, path, body }: Ask): void => {
    if (pending) return;
    const text = JSON.stringify([method, path, body, seen]);
    if (text !== sent.current.text) sent.current = { text, id: uuid7(Date.now()) };
    setPending(true);
    change<Answer>(method, path, seen === null ? body : { ...body, version: seen }, sent.current.id)
      .then(async (saved) => {
        setTrouble(null);
        setSeen(saved.version ?? null);
        await queries.invalidateQueries({ queryKey: ["registry"] });
        done(saved);
      })
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) return setTrouble({ kind: "unreachable" });
        setTrouble({ kind: "refused", problem: error.problem });
        const newest = Number(error.problem.params?.["version"]);
        if (isStale(error.problem)) setSeen(newest), void queries.invalidateQueries({ queryKey: ["registry"] });
      })
      .finally(() => setPending(false));
  };
  return { pending, trouble, save, stale: trouble?.kind === "refused" && isStale(trouble.problem) };
}

function isStale(problem: Problem): boolean {
  return problem.type.endsWith("entry.stale");
}

export function TroubleText({ trouble }: { trouble: Trouble }): ReactNode {
  const { t } = useTranslation();
  if (trouble.kind === "unreachable") return <p role="alert" className="fault">{t("reg.unreachable")}</p>;
  return (
    <p role="alert" className="fault">
      <b>{t("reg.refused", { title: trouble.problem.title })}</b> {trouble.problem.what_to_do} {t("reg.kept")}
    </p>
  );
}

interface InputProps {
  field: Field;
  value: string;
  fault: string | undefined;
  set: (value: string) => void;
}

function Input({ field, value, fault, set }: InputProps): ReactNode {
  const { t } = useTranslation();
  const wrong = fault === undefined ? {} : { "aria-invalid": true, "aria-describedby": `fault-${field.name}` };
  const common = { name: field.name, required: field.required ?? false, ...wrong };
  const className = field.mono === true ? "mono" : "";
  return (
    <label className={field.wide === true ? "grow" : ""}>
      {field.label}
      {field.options !== undefined ? (
        <select {...common} value={value} onChange={(event) => set(event.target.value)}>
          {field.options.map(([word, text]) => (
            <option key={word} value={word}>
              {text}
            </option>
          ))}
        </select>
      ) : field.type === "checkbox" ? (
        <input {...common} type="checkbox" checked={value === "yes"} onChange={(event) => set(event.target.checked ? "yes" : "")} />
      ) : (
        <input {...common} className={className} type={field.type ?? "text"} value={value} autoComplete="off" maxLength={500} {...(field.pattern === undefined ? {} : { pattern: field.pattern })} onChange={(event) => set(event.target.value)} />
      )}
      {fault !== undefined && (
        <span id={`fault-${field.name}`} className="fault">
          {t("reg.fill", { hint: fault })}
        </span>
      )}
    </label>
  );
}

function faultsOf(form: HTMLFormElement | null, fields: readonly Field[]): Record<string, string> {
  const wrong = fields.filter((field) => {
    const input = form?.elements.namedItem(field.name);
    if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) return false;
    return !input.validity.valid || (field.required === true && input.value.trim() === "");
  });
  return Object.fromEntries(wrong.map((field) => [field.name, field.hint ?? field.label]));
}

export function orNull(word: string | undefined): string | null {
  const text = (word ?? "").trim();
  return text === "" ? null : text;
}
