// Times arrive as UTC microseconds and are shown as Asia/Shanghai, 24 h, as text.

const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short" });

/** HH:MM:SS of an instant in microseconds. */
export function hms(us: number): string {
  return clock.format(us / 1000);
}

/** YYYY-MM-DD HH:MM:SS, for lists that span days. */
export function stamp(us: number): string {
  return `${day.format(us / 1000)} ${hms(us)}`;
}

/** HH:MM:SS, with the day before it when it is not today's in Shanghai. */
export function near(us: number, nowUs: number): string {
  return day.format(us / 1000) === day.format(nowUs / 1000) ? hms(us) : stamp(us);
}

/** HH:MM:SS of today in Shanghai; MM-DD HH:MM of another day, for narrow lists. */
export function brief(us: number, nowUs: number): string {
  return day.format(us / 1000) === day.format(nowUs / 1000) ? hms(us) : stamp(us).slice(5, 16);
}

/** A duration in microseconds as MM:SS, or H:MM:SS from one hour on. Never negative. */
export function age(us: number): string {
  const all = Math.max(0, Math.floor(us / 1_000_000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}
