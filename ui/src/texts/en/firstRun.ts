// The words of the first run: four steps, each of which can be skipped.
export const firstRun = {
  label: "First steps",
  position: (at: number, all: number) => `Step ${at} of ${all}`,
  skip: "Skip this step",
  skipAll: "Skip all of it",
  next: "Next",
  back: "Back",
  jobs: {
    title: "Three jobs: stop it, practise, prove it.",
    stop: { title: "Stop it", text: "Something is wrong with your account. One guarded press cancels the open orders, cuts what can be cut, and says what is still open." },
    practise: { title: "Practise", text: "The same press on simulated accounts, until you are fast and make no mistake." },
    prove: { title: "Prove it", text: "What happened, signed, for the broker, the lawyer and the police. A stranger can check it." },
    note: "Firebreak never asks for your password. It closes no position by itself.",
  },
  account: {
    title: "Add an account",
    text: "Which doors lead to it, and what each lever reaches there. Nothing is sent before you say so.",
    have: (names: string) => `Added: ${names}.`,
    another: "Add another account",
  },
  arm: {
    title: "Arm",
    none: "There is no account to arm yet. You can go on and practise.",
    text: "Armed means: doors open and warm, clocks compared. A press then costs one round trip.",
    button: (n: number) => (n === 1 ? "Arm the account" : `Arm all ${n} accounts`),
    armed: (armed: number, all: number) => `${armed} of ${all} armed.`,
    whyNot: "Why not:",
  },
  practice: {
    title: "Press once, for practice",
    text: "Simulated accounts with an intruder in them. Nothing leaves this computer, and your own accounts are not shown.",
    what: ["Open the cover.", "Hold the red button for 1.2 seconds.", "Do what the cards say, read the values back.", "Reset, and see what was true."],
    button: "Practise one press",
    starting: "Serving the simulated accounts",
    comeBack: "Afterwards you come back here.",
  },
  print: {
    title: "Print the card.",
    text: "One page with the numbers and the steps. It works when this computer does not.",
    button: "Print the card",
    finish: "Finish",
  },
};
