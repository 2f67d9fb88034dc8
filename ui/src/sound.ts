// One short tone when something needs the person, for those who asked for it. Made here: no file, no network.

/** Plays it; silence where the system has no sound. */
export function tone(): void {
  try {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.1;
    oscillator.frequency.value = 660;
    oscillator.connect(volume).connect(context.destination);
    oscillator.start();
    oscillator.stop(context.currentTime + 0.25);
    oscillator.onended = () => void context.close();
  } catch {
    // a tone is never load-bearing
  }
}
