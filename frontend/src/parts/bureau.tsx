import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { bureaus } from "../api.ts";

/** Bureaus by name, as the register calls them now; "" for one that it does not know. */
function useNames(): (code: string) => string {
  const found = useQuery({ queryKey: ["registry", "bureaus", "names"], queryFn: bureaus, staleTime: 60_000, refetchInterval: 300_000 });
  return (code) => found.data?.find((one) => one.id === code)?.name ?? "";
}

/** A bureau in a sentence: its name, then its code. */
export function useBureau(): (code: string | null) => string {
  const named = useNames();
  return (code) => (code === null ? "—" : [named(code), code].filter(Boolean).join(" "));
}

/** A bureau on its own: its name, then its code. */
export function Bureau({ code }: { code: string | null }): ReactNode {
  const named = useNames();
  if (code === null) return "—";
  return (
    <>
      {named(code)} <span className="mono">{code}</span>
    </>
  );
}
