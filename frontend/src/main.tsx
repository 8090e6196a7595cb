import "@fontsource-variable/noto-sans-sc";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app.tsx";
import { Guarded } from "./parts/guarded.tsx";
import { prepareTheme } from "./theme.ts";
import { prepareWords } from "./words/i18n.ts";
import "./tokens.css";
import "./parts.css";
import "./screens.css";
import "./history.css";
import "./oversight.css";
import "./registry.css";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 0, refetchOnWindowFocus: true } } });

prepareTheme();
await prepareWords();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Guarded>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </Guarded>
  </StrictMode>,
);
