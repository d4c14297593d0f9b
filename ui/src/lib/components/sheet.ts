import type { Snippet } from 'svelte';

/** Something that is decided before anything else goes on. */
export interface SheetProps {
  open: boolean;
  title: string;
  onclose?: () => void;
  wide?: boolean;
  children: Snippet;
  /** The acts, at the bottom, always in reach. */
  acts?: Snippet;
}
