// Where the accounting page stands: all days, a day by line or by minute, a minute by line, a line by minute, its signals.

export interface Place {
  day: string | null;
  line: string | null;
  minute: string | null;
  /** A day is looked at by line, or by minute. */
  by: "lines" | "minutes";
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE = /^\d{1,16}$/;

export function placeOf(path: string): Place {
  const [, , day = "", ...rest] = path.split("/").map(decoded);
  const nowhere: Place = { day: null, line: null, minute: null, by: "lines" };
  if (!DAY.test(day)) return nowhere;
  const given = (name: string): string | null => {
    const at = rest.indexOf(name);
    return at < 0 ? null : (rest[at + 1] ?? null);
  };
  const minute = given("minute");
  return { day, line: given("line"), minute: minute !== null && MINUTE.test(minute) ? minute : null, by: rest[0] === "minutes" ? "minutes" : "lines" };
}

export function pathOf({ day, line, minute, by }: Place): string {
  if (day === null) return "/accounting";
  const parts = [day, ...(by === "minutes" && line === null && minute === null ? ["minutes"] : [])];
  if (line !== null) parts.push("line", line);
  if (minute !== null) parts.push("minute", minute);
  return ["/accounting", ...parts.map(encodeURIComponent)].join("/");
}

/** One level up. */
export function above(place: Place): Place {
  if (place.minute !== null && place.line !== null) return { ...place, minute: null };
  if (place.line !== null) return { ...place, line: null, by: "lines" };
  if (place.minute !== null) return { ...place, minute: null, by: "minutes" };
  return { day: null, line: null, minute: null, by: "lines" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
