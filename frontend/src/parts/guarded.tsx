import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** A page that failed says so; a blank screen would look like an empty queue. */
export class Guarded extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="band" role="alert">
      <span>
        <b>{t("broken.title")}</b> {t("broken.do")}
      </span>
      <button type="button" className="btn" onClick={() => location.reload()}>
        {t("broken.reload")}
      </button>
    </div>
  );
}
