declare global {
  namespace App {
    interface PageState {
      /** Set when a page was opened from inside the app, so that "Back" may go back in history. */
      inside?: boolean;
    }
  }
}

export {};
