// Which shape and colour stand for what a person says of an act.
import type { ActVerdict } from "../../../bindings";
import type { MarkName } from "../../../components/marks";
import { texts } from "../../../texts";

const marks: Record<ActVerdict, MarkName> = { mine: "needs_you", not_mine: "refused", not_sure: "unknown" };
const colours: Record<ActVerdict, string> = { mine: "c-blue", not_mine: "c-red", not_sure: "c-amber" };

export const verdictMark = (verdict: ActVerdict | null): MarkName => (verdict === null ? "queued" : marks[verdict]);
export const verdictColour = (verdict: ActVerdict | null): string => (verdict === null ? "c-quiet" : colours[verdict]);
export const verdictWord = (verdict: ActVerdict | null): string => (verdict === null ? texts.marks.unmarked : texts.marks.verdict[verdict]);
