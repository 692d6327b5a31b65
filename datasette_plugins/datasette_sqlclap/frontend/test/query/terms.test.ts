import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAspects, parseAspects } from "../../src/query/aspects.ts";
import { canTurnOff, quote, quotedIn, unquote, wayOf } from "../../src/query/asking.ts";
import { asQuery, labelTerm, nameOf, soundTerm, titleOf, withTerm, wordsTerm, type Term } from "../../src/query/terms.ts";

const GIVEN: Term = { kind: "given", key: "k-1", name: "low.wav", weight: 1 };

test("one term is a plain search, several are a composed query", () => {
  assert.equal(wayOf([wordsTerm("kick")]), "api/search");
  assert.equal(wayOf([soundTerm(3)], "pitch"), "api/similar");
  assert.equal(wayOf([GIVEN]), "api/similar-to");
  assert.equal(wayOf([labelTerm("deep")]), "api/find");
  assert.equal(wayOf([wordsTerm("kick"), soundTerm(3, -1)]), "api/find");
});

test("terms are what the API takes; sounds that were given follow in the body", () => {
  const other = { ...GIVEN, key: "k-2", weight: -0.5 };
  const terms = [wordsTerm("kick", 2), soundTerm(3, -1, { start: 0.5, end: 1 }), GIVEN];
  assert.equal(asQuery(terms, [10]), '[{"words":"kick","weight":2},{"sound":"3@0.5-1","weight":-1},{"upload":true}]');
  assert.equal(asQuery([GIVEN, other], [10, 20]), '[{"upload_bytes":10},{"upload_bytes":20,"weight":-0.5}]');
});

test("the same thing again takes the new weight", () => {
  const terms = withTerm([soundTerm(3), wordsTerm("kick")], soundTerm(3, -1));
  assert.deepEqual(terms, [wordsTerm("kick"), soundTerm(3, -1)]);
  assert.equal(withTerm([soundTerm(3)], soundTerm(3, 1, { start: 0, end: 1 })).length, 2);
});

test("a heading says what is wanted first", () => {
  const terms = [wordsTerm("reverb", -1), soundTerm(3), wordsTerm("kick")];
  const title = titleOf(terms, terms.map((term) => nameOf(term, "kits/a.wav")));
  assert.equal(title, "like a.wav + “kick” \u2212 “reverb”");
  assert.equal(titleOf([wordsTerm("noise")], ["“noise”"]), "“noise”");
});

test("quotes turn a measure off, and on again", () => {
  const understood = { words: "Deep", means: "low pitch" };
  assert.equal(quote("a deep kick", "Deep"), 'a "deep" kick');
  assert.equal(unquote('a "deep" kick', "deep"), "a deep kick");
  assert.deepEqual(quotedIn([wordsTerm('a "deep" kick'), soundTerm(1)]), ["deep"]);
  assert.equal(canTurnOff(understood, [wordsTerm("a deep kick")]), true);
  assert.equal(canTurnOff({ words: "deep", means: "the model is asked for it, too" }, [wordsTerm("deep")]), false);
});

test("aspects go through the address; timbre alone is the plain search", () => {
  const names = ["timbre", "pitch", "length"];
  assert.equal(formatAspects(parseAspects("pitch:2,length", names)), "pitch:2,length");
  assert.equal(formatAspects(parseAspects("timbre:0,pitch", names)), "timbre:0,pitch");
  assert.equal(formatAspects(parseAspects("", names)), "");
  assert.equal(formatAspects(parseAspects("timbre:2", names)), "");
});
