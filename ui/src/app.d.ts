declare global {
  /** This program's version, from package.json. */
  const __APP_VERSION__: string;

  interface WindowEventMap {
    /** The `/` key: open the search of this page. */
    'datebook:search': CustomEvent;
  }

  namespace App {
    interface PageState {
      /** Set when a page was opened from inside the app, so that "Back" may go back in history. */
      inside?: boolean;
    }
  }
}

export {};
