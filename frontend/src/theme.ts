export type Theme = "light" | "dark";

export function prepareTheme(): void {
  const asked = new URLSearchParams(location.search);
  const wished = asked.get("theme") ?? localStorage.getItem("theme");
  const system: Theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = wished === "dark" || wished === "light" ? wished : system;
  if (asked.has("grey")) document.documentElement.dataset.grey = "";
}

export function turnTheme(): void {
  const next: Theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
}
