import assert from "node:assert/strict";
import { test } from "node:test";

import { dayNumber, daysByWeeks, hoursByDates, percent, weekday, type ActivityRow } from "../../src/recordings/activity_rows.ts";
import { longTime } from "../../src/page/show.ts";

const row = (date: string, hour: number | null, recordings: number, withIt: number | null): ActivityRow => ({
  period: date, date, hour, recordings, duration_s: 60 * recordings, recordings_with_it: withIt,
});

test("weeks begin on Monday, and days are counted without any zone", () => {
  assert.equal(weekday(dayNumber("2024-05-06")), 0);
  assert.equal(weekday(dayNumber("1969-12-28")), 6);
  assert.equal(dayNumber("2024-03-31") - dayNumber("2024-03-30"), 1);
  assert.equal(dayNumber("2024-11-01") - dayNumber("2024-10-01"), 31);
});

test("hours by dates: a column a day, with gaps, and the share as the value", () => {
  const grid = hoursByDates([row("2024-04-29", 23, 4, 1), row("2024-05-02", 0, 2, 0)], "owl");
  assert.equal(grid.columns, 4);
  assert.deepEqual(grid.cells.map((cell) => [cell.column, cell.row, cell.value]), [[0, 23, 0.25], [3, 0, 0]]);
  assert.equal(grid.cells[0]?.text, "Mon 29 Apr 2024, 23:00: 1 of 4 recordings with owl (25 %)");
  assert.deepEqual(grid.cells[0]?.where, { date: "2024-04-29", hour: "23" });
  assert.deepEqual(grid.columnNames, [[0, "Apr 2024"], [2, "May"]]);
});

test("days by weeks: a column a week, a row a weekday", () => {
  const grid = daysByWeeks([row("2024-05-05", null, 1, null), row("2024-05-06", null, 3, null)], "");
  assert.equal(grid.columns, 2);
  assert.deepEqual(grid.cells.map((cell) => [cell.column, cell.row, cell.value]), [[0, 6, 60], [1, 0, 180]]);
  assert.equal(grid.cells[1]?.text, "Mon 6 May 2024: 3 recordings, 3:00");
});

test("a year has its name where January begins", () => {
  const names = daysByWeeks([row("2023-12-15", null, 1, null), row("2024-02-01", null, 1, null)], "").columnNames;
  assert.deepEqual(names.map(([, name]) => name), ["Dec 2023", "Jan 2024", "Feb"]);
});

test("shares and lengths as people read them", () => {
  assert.deepEqual([0, 0.004, 0.25, 1].map(percent), ["0 %", "0.4 %", "25 %", "100 %"]);
  assert.deepEqual([90, 3600, 3660 * 60, 7200 * 60].map(longTime), ["1:30", "1 h 00 min", "61 h 00 min", "120 h"]);
});
