/** The measured filters: two fields and a histogram each, linked with map, selection and list. */

import { byId, el, say } from "../page/elements.ts";
import { Brush } from "./brush.ts";
import { binsOf, type Bins } from "./cross_filter.ts";
import { isRange, rangeField, type Measured, type Range, type Ranges } from "./measures.ts";
import { isPositive, type PointFilter } from "./point_filter.ts";
import { LENGTH } from "./state.ts";

/** Those that stand open; all others are a click away. */
const FOREMOST = [LENGTH, "pitch_hz", "loudness", "spectral_centroid_hz"];

interface Drawn {
  brush: Brush;
  values: Float32Array;
  bins: Bins;
}

export class MeasuredFilters {
  private readonly columns: Measured[];
  private readonly drawn = new Map<string, Drawn>();
  private readonly seen: IntersectionObserver;
  private ranges: Ranges = {};
  private selection: ReadonlySet<number> = new Set();

  /**
   * @param points null where there is no map: fields are left without histograms
   */
  constructor(
    measured: Measured[],
    private readonly points: PointFilter | null,
    private readonly changed: (name: string, range: Range) => void,
  ) {
    this.columns = measured.filter((column) => column.is_filter || column.name === LENGTH);
    const fields = this.columns.map((column): [Measured, HTMLElement] => [column, rangeField(column, column.name === LENGTH)]);
    byId("foremost-fields").replaceChildren(...FOREMOST.flatMap((name) => fields.filter(([column]) => column.name === name).map(([, field]) => field)));
    byId("measured-fields").replaceChildren(...fields.filter(([column]) => !FOREMOST.includes(column.name)).map(([, field]) => field));
    // A descriptor's values are fetched when its histogram comes into sight.
    this.seen = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && void this.draw(entry.target as HTMLElement)));
    if (points) for (const [, field] of fields) this.seen.observe(field);
  }

  get names(): string[] {
    return this.columns.map((column) => column.name);
  }

  /** Whether any of those that are a click away narrows. */
  hidesAny(ranges: Ranges): boolean {
    return Object.keys(ranges).some((name) => !FOREMOST.includes(name));
  }

  show(ranges: Ranges): void {
    this.ranges = ranges;
    for (const [name, { brush }] of this.drawn) brush.show(ranges[name] ?? [null, null]);
    this.fill();
  }

  /** Other sounds are selected: the histograms show where these lie. */
  select(ids: ReadonlySet<number>): void {
    this.selection = ids;
    this.fill();
  }

  /** Counts again what the filters keep, in all histograms but one. */
  fill(but = ""): void {
    for (const [name, { brush, values, bins }] of this.drawn) {
      if (!this.points || name === but) continue;
      const selected = this.selection.size ? this.points.histogram(name, values, bins, this.selection) : null;
      brush.fill(this.points.histogram(name, values, bins), selected);
    }
  }

  private async draw(field: HTMLElement): Promise<void> {
    const name = field.dataset["column"] ?? "";
    const column = this.columns.find((one) => one.name === name);
    this.seen.unobserve(field);
    if (!this.points || !column || this.drawn.has(name)) return;
    try {
      const values = await this.points.values(name);
      const bins = binsOf(values, isPositive(column));
      if (!bins) return field.append(el("p", { class: "hint" }, "Not measured of any sound here."));
      const brush = new Brush(column, bins, {
        drawing: (range) => this.brush(name, range),
        drawn: (range) => this.changed(name, range),
      });
      this.drawn.set(name, { brush, values, bins });
      field.append(brush.element);
      brush.show(this.ranges[name] ?? [null, null]);
      this.fill();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private brush(name: string, range: Range): void {
    void this.points?.brush(name, isRange(range) ? range : [null, null]).then(() => this.fill(name));
  }
}
