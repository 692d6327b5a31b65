/** What the API answers. Written by answer_types.py from the plugin's answers.py. */

export interface Refusal {
  ok: boolean;
  error: string;
  code: string;
}

export interface WordSearch {
  ok: boolean;
  missing?: MissingShard[];
  model: string;
  matches: (Match | Moment | SoundEvent)[];
  understood: Understood[];
  doubt: string | null;
  doubts: Doubt[];
  plan: Plan;
  note?: string;
  query: string;
}

export interface MissingShard {
  shard: number;
  reason: string;
}

export interface Match {
  rank: number;
  score: number;
  weak: boolean;
  sample_id: number;
  path: string;
  duration_s: number;
  status: string;
  heard_share: number | null;
  format: string | null;
  found_by: "text" | "sound" | "both" | null;
  transposed: number | null;
  row_key: number | string | null;
  more_rows: number;
  hardly_heard: boolean;
}

export interface Moment {
  rank: number;
  score: number;
  weak: boolean;
  sample_id: number;
  path: string;
  duration_s: number;
  status: string;
  heard_share: number | null;
  format: string | null;
  found_by: "text" | "sound" | "both" | null;
  transposed: number | null;
  row_key: number | string | null;
  more_rows: number;
  start_s: number;
  end_s: number;
  hardly_heard: boolean;
}

export interface SoundEvent {
  rank: number;
  score: number;
  weak: boolean;
  sample_id: number;
  path: string;
  duration_s: number;
  status: string;
  heard_share: number | null;
  format: string | null;
  found_by: "text" | "sound" | "both" | null;
  transposed: number | null;
  row_key: number | string | null;
  more_rows: number;
  start_s: number;
  end_s: number;
  peak_s: number;
  windows: number;
  hardly_heard: boolean;
}

export interface Understood {
  words: string;
  means: string;
}

export interface Doubt {
  code: string;
  text: string;
  words: string[];
  is_serious: boolean;
  serious: boolean;
}

export interface Plan {
  path: string;
  reason: string;
  generation: number | null;
  indexed: number;
  tail: number;
  removed: number;
  allowed: number | null;
  ef_search: number;
  ranked: number;
  seconds: number;
  remark: string | null;
  ms: number;
}

export interface SampleSearch {
  ok: boolean;
  missing?: MissingShard[];
  model: string;
  matches: (Match | Moment | SoundEvent)[];
  understood: Understood[];
  doubt: string | null;
  doubts: Doubt[];
  plan: Plan;
  note?: string;
  sample_id: number;
}

export interface ComposedSearch {
  ok: boolean;
  missing?: MissingShard[];
  model: string;
  matches: (Match | Moment | SoundEvent)[];
  understood: Understood[];
  doubt: string | null;
  doubts: Doubt[];
  plan: Plan;
  note?: string;
  terms: TermShare[];
  notes: string[];
}

export interface TermShare {
  term: string;
  weight: number;
  median: number;
  reach: number;
  level: number | null;
}

export interface StatementAnswer {
  ok: boolean;
  sql: string;
  notes: string[];
}

export interface FoldersAnswer {
  ok: boolean;
  missing?: MissingShard[];
  below: string;
  folders: FolderBelow[];
}

export interface FolderBelow {
  path: string;
  name: string;
  samples: number;
  has_folders: boolean;
}

export interface FacetsAnswer {
  ok: boolean;
  missing?: MissingShard[];
  facets: FacetCounts[];
}

export interface FacetCounts {
  facet: string;
  counted: number;
  without: number;
  values: FacetValue[];
  other_values: number;
  other_sounds: number;
}

export interface FacetValue {
  value: string | number;
  sounds: number;
}

export interface SampleAnswer {
  ok: boolean;
  playable: boolean;
  tags: SampleTag[];
  anchor_of: SampleAnchor[];
  metadata: MetadataEntry[];
}

export interface SampleTag {
  label: string;
  score: number | null;
  confidence: "high" | "medium" | "low" | "hand";
  start_s?: number | null;
  end_s?: number | null;
}

export interface SampleAnchor {
  label: string;
  polarity: "positive" | "negative";
  weight: number;
  start_s?: number | null;
  end_s?: number | null;
}

export interface MetadataEntry {
  field: string;
  value: string | number;
  origin: string;
  said_by: string;
  is_best: boolean;
}

export interface Sample {
  sample_id: number;
  path: string;
  content_hash: string;
  bytes: number;
  sample_rate: number | null;
  channels: number | null;
  format: string | null;
  duration_s: number | null;
  peak_db: number | null;
  rms_db: number | null;
  spectral_centroid_hz: number | null;
  flatness: number | null;
  attack_s: number | null;
  pitch_hz: number | null;
  pitch_confidence: number | null;
  heard_share: number | null;
  zero_crossing_rate: number | null;
  loudness: number | null;
  loudness_short_term: number | null;
  loudness_momentary: number | null;
  decay: number | null;
  onsets: number | null;
  tempo: number | null;
  tempo_confidence: number | null;
  key: string | null;
  key_confidence: number | null;
  sound_kind: string | null;
  kind_confidence: number | null;
  stereo_width: number | null;
  status: string;
  note: string | null;
  hardly_heard: boolean;
}

export interface SpectrogramAnswer {
  ok: boolean;
  sample_id: number;
  path: string;
  duration_s: number;
  sample_rate: number;
  version: string;
  tile_columns: number;
  n_ffts: number[];
  n_fft: number;
  most_level: number;
}

export interface SampleEventsAnswer {
  ok: boolean;
  sample_id: number;
  matches: LabelEvent[];
  found: SoundEvent[];
  tags: SampleTag[];
  anchor_of: SampleAnchor[];
  votes: SampleVote[];
}

export interface LabelEvent {
  rank: number;
  sample_id: number;
  path: string;
  score: number;
  rival: number | null;
  gap: number | null;
  confidence: "high" | "medium" | "low";
  held_back_by: string | null;
  rival_label: string | null;
  rival_sample_id: number | null;
  rival_path: string | null;
  status: string;
  heard_share: number | null;
  row_key: number | string | null;
  more_rows: number;
  start_s: number;
  end_s: number;
  peak_s: number;
  windows: number;
  hardly_heard: boolean;
}

export interface SampleVote {
  vote_id: number;
  label: string;
  verdict: "accept" | "reject" | "unsure";
  start_s?: number | null;
  end_s?: number | null;
}

export interface LabelsAnswer {
  ok: boolean;
  missing?: MissingShard[];
  labels: LabelOverview[];
}

export interface LabelOverview {
  label_id: number;
  name: string;
  color: string | null;
  notes: string | null;
  aggregation: "mean" | "max";
  anchors: number;
  negative_anchors: number;
  votes: number;
  accepted: number;
  rejected: number;
  unsure: number;
  tagged: number;
  threshold: number | null;
  gap: number | null;
  top_k: number | null;
  threshold_from: string | null;
  threshold_by_hand: number | null;
  gap_by_hand: number | null;
  calibration_id: number | null;
}

export interface AnchorsAnswer {
  ok: boolean;
  missing?: MissingShard[];
  anchors: Anchor[];
}

export interface Anchor {
  anchor_id: number;
  sample_id: number;
  polarity: "positive" | "negative";
  weight: number;
  state: "ok" | "gone" | "no vector" | "past the end" | "changed";
  path: string | null;
  start_s: number | null;
  end_s: number | null;
}

export interface MatchesAnswer {
  ok: boolean;
  missing?: MissingShard[];
  label: string;
  model: string;
  matches: (LabelMatch | LabelEvent)[];
  plan: Plan;
}

export interface LabelMatch {
  rank: number;
  sample_id: number;
  path: string;
  score: number;
  rival: number | null;
  gap: number | null;
  confidence: "high" | "medium" | "low";
  held_back_by: string | null;
  rival_label: string | null;
  rival_sample_id: number | null;
  rival_path: string | null;
  status: string;
  heard_share: number | null;
  row_key: number | string | null;
  more_rows: number;
  hardly_heard: boolean;
}

export interface Answer {
  ok: boolean;
}

export interface RivalReport {
  label: string;
  has_rival: boolean;
  can_be_high: boolean;
  looked_at: number;
  held_back: RivalShare[];
  suggested: SuggestedRival[];
}

export interface RivalShare {
  label: string | null;
  sample_id: number | null;
  path: string | null;
  matches: number;
}

export interface SuggestedRival {
  kind: "label" | "cluster" | "sounds";
  name: string;
  score: number;
  sample_ids: number[];
  scores: boolean;
}

export interface VotesAnswer {
  ok: boolean;
  missing?: MissingShard[];
  votes: Vote[];
}

export interface Vote {
  vote_id: number;
  sample_id: number;
  verdict: "accept" | "reject" | "unsure";
  score: number | null;
  gap: number | null;
  source: string;
  created_at: string;
  in_force: number;
  path: string | null;
  heard_share: number | null;
  start_s: number | null;
  end_s: number | null;
  row_key: number | string | null;
  more_rows: number;
  hardly_heard: boolean;
}

export interface ScoreHistogram {
  label: string;
  threshold: number;
  edges: number[];
  counts: number[];
  votes: VotedScore[];
}

export interface VotedScore {
  verdict: "accept" | "reject" | "unsure";
  score: number;
  sample_id: number;
}

export interface Precision {
  label: string;
  confidence: "high" | "medium" | "low";
  threshold: number;
  level: number;
  votes: number;
  above: number;
  effective: number;
  precision: number | null;
  low: number | null;
  high: number | null;
}

export interface DensityAnswer {
  ok: boolean;
  label: string;
  densities: CallDensity[];
}

export interface CallDensity {
  label: string;
  site: string | null;
  deployment: string | null;
  year: number | null;
  month: string | null;
  date: string | null;
  hour: number | null;
  unit: "sound" | "moment";
  total: number;
  votes: number;
  accepted: number;
  density: number;
  low: number;
  high: number;
  level: number;
}

export interface TagsAnswer {
  ok: boolean;
  missing?: MissingShard[];
  tags: Tag[];
  runs: PastRun[];
}

export interface Tag {
  sample_id: number;
  path: string;
  label: string;
  run_id: number;
  score: number | null;
  gap: number | null;
  confidence: "high" | "medium" | "low" | "hand";
  created_at: string;
  heard_share: number | null;
  start_s: number | null;
  end_s: number | null;
  row_key: number | string | null;
  more_rows: number;
  hardly_heard: boolean;
}

export interface PastRun {
  run_id: number;
  label: string;
  confidence: "high" | "medium" | "low" | "hand";
  tagged: number;
  created_at: string;
  undone_at: string | null;
}

export interface ActivityAnswer {
  ok: boolean;
  missing?: MissingShard[];
  label: string | null;
  by: string;
  columns: string[];
  rows: ((string | number | null)[])[];
  timeless: number;
  sites: string[];
}

export interface KeptAnswer {
  ok: boolean;
  missing?: MissingShard[];
  samples: KeptSample[];
}

export interface KeptSample {
  sample_id: number;
  path: string;
  duration_s: number | null;
  favourite: boolean;
  rating: number | null;
  note: string | null;
  collections: string[];
  last_action: "play" | "open" | "reveal" | "export" | null;
  last_used_at: string | null;
  status: string;
}

export interface CollectionsAnswer {
  ok: boolean;
  collections: Collection[];
}

export interface Collection {
  name: string;
  sounds: number;
  duration_s: number;
  created_at: string;
}

export interface FailuresAnswer {
  ok: boolean;
  missing?: MissingShard[];
  failures: IngestFailure[];
}

export interface IngestFailure {
  path: string;
  stage: string;
  reason: string;
  at: string;
}

export interface WorkAnswer {
  ok: boolean;
  work: RunningWork | null;
  samples: number;
  layout: string | null;
}

export interface RunningWork {
  state: "running" | "stopped";
  phase: "sounds" | "index" | "map" | "clusters";
  done: number;
  total: number;
  failed: number;
  per_second: number | null;
  left_s: number | null;
  to_come: ("sounds" | "index" | "map" | "clusters")[];
}

export interface HistoryAnswer {
  ok: boolean;
  changes: Change[];
}

export interface Change {
  change_id: number;
  what: string;
  done_at: string;
  undone: boolean;
}

export interface RecordingsAnswer {
  ok: boolean;
  missing?: MissingShard[];
  label: string | null;
  total: number;
  recordings: Recording[];
}

export interface Recording {
  sample_id: number;
  path: string;
  started_at: string;
  time_source: string | null;
  duration_s: number | null;
  sample_rate: number | null;
  deployment: string | null;
  site: string | null;
  found: number | null;
}

export interface UploadSearch {
  ok: boolean;
  missing?: MissingShard[];
  model: string;
  matches: (Match | Moment | SoundEvent)[];
  understood: Understood[];
  doubt: string | null;
  doubts: Doubt[];
  plan: Plan;
  note?: string;
  notes: string[];
}

export interface SamplesAnswer {
  ok: boolean;
  missing?: MissingShard[];
  samples: ListedSample[];
  columns?: Record<string, (string | number | null)[]>;
}

export interface ListedSample {
  sample_id: number;
  path: string;
  duration_s: number | null;
  format: string | null;
  status: string;
}

export interface OrderAnswer {
  ok: boolean;
  missing?: MissingShard[];
  sample_ids: number[];
}

export interface LabelAnswer {
  ok: boolean;
  label: Label;
}

export interface Label {
  label_id: number;
  name: string;
  aggregation: "mean" | "max";
  top_k: number | null;
  threshold: number | null;
  gap: number | null;
  color: string | null;
  notes: string | null;
}

export interface ChangedAnswer {
  ok: boolean;
  changed: number;
}

export interface RemovedAnswer {
  ok: boolean;
  removed: number;
}

export interface VotedAnswer {
  ok: boolean;
  vote_ids: number[];
}

export interface Review {
  review_id: number;
  label: string;
  draws: Draw[];
  items: ReviewItem[];
}

export interface Draw {
  stratum: string;
  low: number;
  high: number;
  population: number;
  drawn: number;
  unit: string;
}

export interface ReviewItem {
  sample_id: number;
  path: string;
  stratum: string;
  score: number;
  gap: number | null;
  confidence: "high" | "medium" | "low";
  held_back_by: string | null;
  rival_label: string | null;
  heard_share: number | null;
  start_s: number | null;
  end_s: number | null;
  hardly_heard: boolean;
}

export interface CalibrationAnswer {
  ok: boolean;
  label: string;
  point: OperatingPoint | null;
  problem: string | null;
  votes_used: number;
  top_k: number;
  calibration_id: number | null;
}

export interface OperatingPoint {
  threshold: number;
  gap: number;
  precision: number;
  precision_low: number;
  recall: number;
  votes: number;
}

export interface RevertedAnswer {
  ok: boolean;
  calibration_id: number | null;
}

export interface TaggedAnswer {
  ok: boolean;
  missing?: MissingShard[];
  dry_run: boolean;
  runs: TagRun[];
}

export interface TagRun {
  run_id: number | null;
  label: string;
  tagged: number;
  conflicts: Conflict[];
  unproven: number;
  precision: Precision | null;
  target: number | null;
  refused: boolean;
  warning: string | null;
  preview: PlannedTag[];
  conflict_count: number;
}

export interface Conflict {
  sample_id: number;
  path: string;
  label: string;
  other: string;
  start_s: number | null;
  end_s: number | null;
}

export interface PlannedTag {
  rank: number;
  sample_id: number;
  path: string;
  score: number;
  rival: number | null;
  gap: number | null;
  confidence: "high" | "medium" | "low";
  held_back_by: string | null;
  rival_label: string | null;
  rival_sample_id: number | null;
  rival_path: string | null;
  status: string;
  heard_share: number | null;
  row_key: number | string | null;
  more_rows: number;
  margin: number;
  start_s: number | null;
  end_s: number | null;
  others: string[];
  hardly_heard: boolean;
}

export interface TurnedAnswer {
  ok: boolean;
  change: Change;
}

export interface Reads {
  "api/search": WordSearch;
  "api/similar": SampleSearch;
  "api/find": ComposedSearch;
  "api/find/sql": StatementAnswer;
  "api/between": ComposedSearch;
  "api/folders": FoldersAnswer;
  "api/facets": FacetsAnswer;
  "sample/ID": SampleAnswer & Sample;
  "sample/ID/spectrogram": SpectrogramAnswer;
  "sample/ID/events": SampleEventsAnswer;
  "api/labels": LabelsAnswer;
  "api/anchors": AnchorsAnswer;
  "api/matches": MatchesAnswer;
  "api/rivals": Answer & RivalReport;
  "api/votes": VotesAnswer;
  "api/histogram": Answer & ScoreHistogram;
  "api/precision": Answer & Precision;
  "api/density": DensityAnswer;
  "api/tags": TagsAnswer;
  "api/activity": ActivityAnswer;
  "api/favourites": KeptAnswer;
  "api/ratings": KeptAnswer;
  "api/notes": KeptAnswer;
  "api/recent": KeptAnswer;
  "api/collections": CollectionsAnswer;
  "api/collections/sounds": KeptAnswer;
  "api/failures": FailuresAnswer;
  "api/work": WorkAnswer;
  "api/history": HistoryAnswer;
  "api/recordings": RecordingsAnswer;
}

export interface Writes {
  "api/similar-to": UploadSearch;
  "api/find": ComposedSearch;
  "api/find/sql": StatementAnswer;
  "api/between": ComposedSearch;
  "api/samples": SamplesAnswer;
  "api/samples/order": OrderAnswer;
  "api/labels": LabelAnswer;
  "api/labels/change": LabelAnswer;
  "api/labels/remove": Answer;
  "api/anchors": ChangedAnswer;
  "api/anchors/remove": RemovedAnswer;
  "api/votes": VotedAnswer;
  "api/votes/undo": Answer;
  "api/review": Answer & Review;
  "api/calibrate": CalibrationAnswer;
  "api/calibrate/revert": RevertedAnswer;
  "api/tags": TaggedAnswer;
  "api/tags/by-hand": Answer & TagRun;
  "api/tags/undo": RemovedAnswer;
  "api/kept": KeptAnswer;
  "api/favourites": ChangedAnswer;
  "api/favourites/remove": ChangedAnswer;
  "api/ratings": ChangedAnswer;
  "api/notes": ChangedAnswer;
  "api/recent": ChangedAnswer;
  "api/collections": ChangedAnswer;
  "api/collections/remove": ChangedAnswer;
  "api/collections/rename": Answer;
  "api/collections/delete": Answer;
  "api/clusters/rename": Answer;
  "api/reveal": Answer;
  "api/history/undo": TurnedAnswer;
  "api/history/redo": TurnedAnswer;
}
