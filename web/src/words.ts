// The words of the API's codes, for people.

export const kinds: Record<string, string> = {
  CASE_STUDY: "Case study",
  BOOKLET: "Booklet",
  LESSON_MATERIAL: "Lesson material",
  POLICY: "Policy",
  TRAINING_MATERIAL: "Training material",
  RESEARCH_SUMMARY: "Research summary",
  TOOL: "Tool",
};

export const phases: Record<string, string> = {
  NURSERY: "Nursery",
  PRIMARY: "Primary",
  MIDDLE_DEEMED_PRIMARY: "Middle (deemed primary)",
  SECONDARY: "Secondary",
  MIDDLE_DEEMED_SECONDARY: "Middle (deemed secondary)",
  SIXTEEN_PLUS: "16 plus",
  ALL_THROUGH: "All-through",
  NOT_APPLICABLE: "Special and other",
};

export const licences: Record<string, string> = {
  CC_BY_4_0: "CC BY 4.0",
  CC_BY_SA_4_0: "CC BY-SA 4.0",
  CC_BY_NC_4_0: "CC BY-NC 4.0",
  CC_BY_NC_SA_4_0: "CC BY-NC-SA 4.0",
  CC0_1_0: "CC0 1.0",
  OGL_3_0: "Open Government Licence 3.0",
  ALL_RIGHTS_RESERVED: "All rights reserved",
};

export const visibilities: Record<string, string> = {
  PUBLIC: "Everybody",
  MEMBERS: "Members of the network",
  SCHOOL: "Members of my school",
};

export const statuses: Record<string, string> = { DRAFT: "Draft", PUBLISHED: "Published", WITHDRAWN: "Withdrawn" };

export const word = (words: Record<string, string>, code: string) => words[code] ?? code;

export const list = (words: Record<string, string>, codes: string[]) => codes.map((code) => word(words, code)).join(", ");

// The network is in London, wherever its readers are. A plain day (2026-03-01) has no time zone; as a Date it begins in UTC.
const plainDays = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const days = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "Europe/London" });
const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/London" });

export const day = (time: string) => (time.includes("T") ? days : plainDays).format(new Date(time));
export const moment = (time: string) => moments.format(new Date(time));

/** A number of bytes, in the units in which limits are round. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MiB`;
}
