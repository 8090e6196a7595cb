import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { en } from "./en.ts";
import { zh, type Words } from "./zh.ts";

export type Language = "zh" | "en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Words };
  }
}

/** `?lang=` first, then what was chosen on this desk, then Chinese. */
function chosen(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("lang");
  return asked === "en" ? "en" : "zh";
}

export function language(): Language {
  return i18next.language === "en" ? "en" : "zh";
}

export async function speak(next: Language): Promise<void> {
  localStorage.setItem("lang", next);
  await i18next.changeLanguage(next);
  document.documentElement.lang = next === "en" ? "en" : "zh-CN";
}

export async function prepareWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: chosen(),
    fallbackLng: "zh",
    keySeparator: ".",
    interpolation: { escapeValue: false }, // React escapes
    resources: { zh: { translation: zh }, en: { translation: en } },
  });
  document.documentElement.lang = language() === "en" ? "en" : "zh-CN";
}
