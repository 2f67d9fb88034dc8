// How much room there is, in lines of text rather than in pixels: twice the text is half the room.

let width = $state(80);
let height = $state(60);

/** Measures again: after the text size changed. */
export function measure(): void {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  width = innerWidth / rem;
  height = innerHeight / rem;
}

/** Follows the window; use as `$effect(measuring)`. */
export function measuring(): () => void {
  measure();
  addEventListener("resize", measure);
  return () => removeEventListener("resize", measure);
}




export const layout = {
  /** The minimum window: one card open, times shortened. */
  get compact(): boolean {
    return width <= 68.7 || height <= 44.9;
  },
};
